/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { visible } from '../../lib/visible.ts';
import { iso } from '../data-names.ts';
import * as given from '../parameters.ts';
import { type Route, route, type WebParts } from '../route.ts';
import { MaybeMoment, Moment, Text } from '../schemas/schema.ts';
import { linkedWithin, type Site } from '../site.ts';
import { documentOf, type Pulse, type View } from './layout.tsx';

/** A page made a moment ago does for whoever comes back at once. */
const KEEP_SECONDS = 5;

interface Published<Content> {
  readonly pulse: z.output<typeof PulseData>;
  readonly q: string;
  readonly content: Content;
}

const PulseData = z.object({
  now: Moment,
  last_at: MaybeMoment,
  interval_ms: z.number(),
  location: Text,
  locations: z.array(Text),
});

/**
 * A page as a route: what is published is its content by a schema, and the view writes nothing else. Parameters of others, which
 * links collect on their way, are let pass.
 */
export function page<Parameters extends z.ZodObject, Content extends z.ZodType>(made: {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly parameters: Parameters;
  readonly content: Content;
  /** Null: there is no such thing. */
  readonly handle: (parameters: z.output<Parameters>, parts: WebParts) => unknown;
  /** False: the page says that there is no such thing, and what is like it. */
  readonly isFound?: (content: z.output<Content>) => boolean;
  /** With the site's own address for what is copied to pages of others; links need none, `html` gives it to them. */
  readonly view: (content: z.output<Content>, pulse: Pulse, site: Site) => View;
}): Route {
  const { path, id, summary, parameters, content, handle, isFound = () => true, view } = made;
  return route({
    path,
    id,
    summary,
    tag: 'pages',
    keepSeconds: KEEP_SECONDS,
    restsOnKnowledge: true,
    parameters: parameters.extend({ location: given.location.optional() }),
    statuses: [200, 404],
    status: (published) => (isFound((published as Published<z.output<Content>>).content) ? 200 : 404),
    answer: z.object({ pulse: PulseData, q: z.string(), content }),
    rendering: {
      type: 'text/html; charset=utf-8',
      text: (published, site) => {
        const { pulse, q, content } = published as Published<z.output<Content>>;
        const known = {
          nowMs: Date.parse(pulse.now),
          lastAtMs: pulse.last_at === null ? null : Date.parse(pulse.last_at),
          intervalMs: pulse.interval_ms,
          location: pulse.location,
          locations: pulse.locations,
        };
        return html(documentOf({ path, q, pulse: known, ...view(content, known, site) }), site);
      },
    },
    handle: async (asked, parts) => {
      const found = await handle(asked as z.output<Parameters>, parts);
      return found === null
        ? null
        : { pulse: pulseOf(parts), q: (asked as { readonly q?: string }).q ?? '', content: found };
    },
  });
}

/**
 * A document as it leaves. What cannot be seen, or reorders what can, is made visible wherever it stands (line breaks are no harm
 * in HTML), and links lead to where the site is.
 */
export const html = (document: string, site: Site) => linkedWithin(site, document.split('\n').map(visible).join('\n'));

function pulseOf({ knowledge, health }: WebParts) {
  const asked = knowledge.board().flatMap(({ endpoints }) => endpoints.map(({ state }) => state.lastAtMs ?? 0));
  const lastAtMs = asked.reduce((latest, atMs) => Math.max(latest, atMs), 0);
  return {
    now: iso(knowledge.nowMs()),
    last_at: lastAtMs === 0 ? null : iso(lastAtMs),
    interval_ms: health().intervalMs,
    location: knowledge.location(),
    locations: knowledge.locations().map(({ location }) => location),
  };
}
