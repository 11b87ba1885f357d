/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { visible } from '../../lib/visible.ts';
import { iso } from '../data-names.ts';
import { type Route, route, type WebParts } from '../route.ts';
import { MaybeMoment, Moment } from '../schemas/schema.ts';
import { exportRoutes, type Figures } from './exports.ts';
import { documentOf, type Pulse, type View } from './layout.tsx';

/** A page made a moment ago does for whoever comes back at once. */
const KEEP_SECONDS = 5;

interface Published<Content> {
  readonly pulse: z.output<typeof PulseData>;
  readonly q: string;
  readonly content: Content;
}

/** A page, and its figures by themselves. */
export interface Page extends Route {
  readonly exports: readonly Route[];
}

const PulseData = z.object({ now: Moment, last_at: MaybeMoment, interval_ms: z.number() });

/**
 * A page as a route: what is published is its content by a schema, and the view writes nothing else. Parameters of others, which
 * links collect on their way, are let pass.
 */
export function page<Parameters extends z.ZodObject, Content extends z.ZodType>(given: {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly parameters: Parameters;
  readonly content: Content;
  /** Null: there is no such thing. */
  readonly handle: (parameters: z.output<Parameters>, parts: WebParts) => unknown;
  /** False: the page says that there is no such thing, and what is like it. */
  readonly isFound?: (content: z.output<Content>) => boolean;
  readonly view: (content: z.output<Content>, pulse: Pulse) => View;
  /** What of it can be had by itself. */
  readonly figures?: Figures<z.output<Content>>;
}): Page {
  const { path, id, summary, parameters, content, handle, isFound = () => true, view, figures = {} } = given;
  const answer = z.object({ pulse: PulseData, q: z.string(), content });
  const read = (published: unknown) => {
    const { pulse, content } = published as Published<z.output<Content>>;
    const lastAtMs = pulse.last_at === null ? null : Date.parse(pulse.last_at);
    return { content, pulse: { nowMs: Date.parse(pulse.now), lastAtMs, intervalMs: pulse.interval_ms } };
  };
  const made = route({
    path,
    id,
    summary,
    tag: 'pages',
    keepSeconds: KEEP_SECONDS,
    restsOnKnowledge: true,
    parameters,
    statuses: [200, 404],
    status: (published) => (isFound((published as Published<z.output<Content>>).content) ? 200 : 404),
    answer,
    rendering: {
      type: 'text/html; charset=utf-8',
      text: (published) => {
        const { content, pulse } = read(published);
        const { q } = published as Published<z.output<Content>>;
        return html(documentOf({ path, q, pulse, ...view(content, pulse) }));
      },
    },
    handle: async (asked, parts) => {
      const found = await handle(asked as z.output<Parameters>, parts);
      return found === null
        ? null
        : { pulse: pulseOf(parts), q: (asked as { readonly q?: string }).q ?? '', content: found };
    },
  });
  return {
    ...made,
    exports: exportRoutes({ path, id, summary, parameters, answer, figures, handle: made.handle, read }),
  };
}

/** What cannot be seen, or reorders what can, is made visible wherever it stands. Line breaks are no harm in HTML. */
export const html = (document: string) => document.split('\n').map(visible).join('\n');

function pulseOf({ knowledge, health }: WebParts) {
  const asked = knowledge.board().flatMap(({ endpoints }) => endpoints.map(({ state }) => state.lastAtMs ?? 0));
  const lastAtMs = asked.reduce((latest, atMs) => Math.max(latest, atMs), 0);
  return {
    now: iso(knowledge.nowMs()),
    last_at: lastAtMs === 0 ? null : iso(lastAtMs),
    interval_ms: health().intervalMs,
  };
}
