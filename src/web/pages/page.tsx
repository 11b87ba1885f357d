/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { visible } from '../../lib/visible.ts';
import { iso } from '../data-names.ts';
import * as given from '../parameters.ts';
import { type Route, route, type WebParts } from '../route.ts';
import { MaybeMoment, Moment, Text } from '../schemas/schema.ts';
import { linkedWithin, type Site } from '../site.ts';
import { exportRoutes, type Figures } from './exports.ts';
import { documentOf, type Pulse, type View } from './layout.tsx';
import { keptFrom } from './place.ts';

/** A page made a moment ago does for whoever comes back at once. */
const KEEP_SECONDS = 5;

interface Published<Content> {
  readonly pulse: z.output<typeof PulseData>;
  readonly q: string;
  /** From where the reader asked to look; null: from wherever we do. */
  readonly place: string | null;
  readonly unread: readonly string[];
  readonly content: Content;
}

/** A page, and its figures by themselves. */
export interface Page extends Route {
  readonly exports: readonly Route[];
}

/**
 * Reads a part that a page can do without. Where that fails the page is made with `instead`, and says what is not on it.
 *
 * @param what as it stands after "Could not read", with what holds: `history before 3 Oct. Recent data is complete`
 */
export type Read = <Part>(what: string, part: () => Part | Promise<Part>, instead: Part) => Promise<Part>;

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
  readonly handle: (parameters: z.output<Parameters>, parts: WebParts, read: Read) => unknown;
  /** False: the page says that there is no such thing, and what is like it. */
  readonly isFound?: (content: z.output<Content>) => boolean;
  /** With the site's own address for what is copied to pages of others; links need none, `html` gives it to them. */
  readonly view: (content: z.output<Content>, pulse: Pulse, site: Site) => View;
  /** What of it can be had by itself. */
  readonly figures?: Figures<z.output<Content>>;
}): Page {
  const { path, id, summary, content, handle, isFound = () => true, view, figures = {} } = made;
  const parameters = made.parameters.extend({ location: given.location.optional() });
  const answer = z.object({
    pulse: PulseData,
    q: z.string(),
    place: Text.nullable(),
    unread: z.array(z.string()),
    content,
  });
  const shown = route({
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
      text: (published, site) => {
        const { q, place, unread } = published as Published<z.output<Content>>;
        const { content, pulse } = asTaken<z.output<Content>>(published);
        const document = documentOf({ path, q, unread, pulse, ...view(content, pulse, site) });
        return html(place === null ? document : keptFrom(place, document), site);
      },
    },
    handle: async (asked, parts) => {
      const unread = new Set<string>();
      const found = await handle(asked as z.output<Parameters>, parts, readingFor(id, parts, unread));
      const { q = '', location = null } = asked as { readonly q?: string; readonly location?: string };
      return found === null ? null : { pulse: pulseOf(parts), q, place: location, unread: [...unread], content: found };
    },
  });
  return {
    ...shown,
    exports: exportRoutes({
      path,
      id,
      summary,
      parameters,
      answer,
      figures,
      handle: shown.handle,
      read: asTaken<z.output<Content>>,
    }),
  };
}

/** @param unread what could not be read is added to it */
export function readingFor(page: string, { log }: Pick<WebParts, 'log'>, unread = new Set<string>()): Read {
  return async (what, part, instead) => {
    try {
      return await part();
    } catch (error) {
      log.error({ error, page, what }, 'a part of a page could not be read');
      unread.add(what);
      return instead;
    }
  };
}

/** What was published, as views take it. */
function asTaken<Content>(published: unknown): { readonly content: Content; readonly pulse: Pulse } {
  const { content, pulse } = published as Published<Content>;
  return {
    content,
    pulse: {
      nowMs: Date.parse(pulse.now),
      lastAtMs: pulse.last_at === null ? null : Date.parse(pulse.last_at),
      intervalMs: pulse.interval_ms,
      location: pulse.location,
      locations: pulse.locations,
    },
  };
}

/**
 * A document as it leaves. What cannot be seen, or reorders what can, is made visible wherever it stands (line breaks are no harm
 * in HTML), and links lead to where the site is.
 */
export const html = (document: string, site: Site) => linkedWithin(site, document.split('\n').map(visible).join('\n'));

function pulseOf({ knowledge, setup }: WebParts) {
  const asked = knowledge.board().flatMap(({ endpoints }) => endpoints.map(({ state }) => state.lastAtMs ?? 0));
  const lastAtMs = asked.reduce((latest, atMs) => Math.max(latest, atMs), 0);
  return {
    now: iso(knowledge.nowMs()),
    last_at: lastAtMs === 0 ? null : iso(lastAtMs),
    interval_ms: setup.intervalMs,
    location: knowledge.location(),
    locations: knowledge.locations().map(({ location }) => location),
  };
}
