import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import type { Address, Cell, Chart, Table } from '../charts/figure.tsx';
import { standalone, THEMES, type Theme } from '../charts/standalone.tsx';
import * as given from '../parameters.ts';
import { NOTHING_THERE, Problem } from '../problem.ts';
import { type Route, route } from '../route.ts';
import { named, Text } from '../schemas/schema.ts';
import type { Pulse } from './layout.tsx';
import { withQuery } from './links.ts';

const KEEP_SECONDS = 60;

/** The figures of a page by their names in addresses. Null: there is none of it. */
export type Figures<Content> = Readonly<Record<string, (content: Content, pulse: Pulse) => Chart | null>>;

const Figure = named(
  'Figure',
  'A chart or a table of a page: its finding in words, and what it shows. Null is unknown.',
  {
    title: Text,
    as_of: Text,
    rows: z.array(z.record(Text, z.union([Text, z.number(), z.boolean(), z.null()]))),
  },
);

/** Where a figure of a page is, under the same parameters. */
export function figureAddress(
  pagePath: string,
  figure: string,
  query: Readonly<Record<string, string | undefined>> = {},
): Address {
  const path = `/figures${pagePath === '/' ? '/now' : pagePath}/${figure}`;
  return { path, query: withQuery('', query) };
}

interface Source<Content> {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly parameters: z.ZodObject;
  readonly answer: z.ZodType;
  readonly figures: Figures<Content>;
  readonly handle: Route['handle'];
  /** What was published, as the page takes it. */
  readonly read: (published: unknown) => { readonly content: Content; readonly pulse: Pulse };
}

/** All figures of a page, each as CSV, JSON and SVG: three routes, whatever the page shows. A figure is whole, or none. */
export function exportRoutes<Content>(source: Source<Content>): readonly Route[] {
  const { path, id, figures, handle, read } = source;
  const names = Object.keys(figures);
  if (names.length === 0) return [];
  const figure = given.oneOf(names).describe(`Of the page: ${names.join(', ')}.`);
  const theme = given.oneOf(THEMES).prefault('light').describe('For which background it is.');
  const answer = z.object({ figure: Text, theme: z.enum(THEMES), page: source.answer });
  const chartOf = (published: unknown) => {
    const { figure, theme, page } = published as { figure: string; theme: Theme; page: unknown };
    const { content, pulse } = read(page);
    const asOf = `${new Date(pulse.nowMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    const chart = figures[figure]!(content, pulse);
    if (chart === null) throw new Problem(404, NOTHING_THERE);
    return { chart, theme, asOf };
  };
  const made = (ending: string, type: string, write: (chart: Chart, asOf: string, theme: Theme) => string) =>
    route({
      path: `/figures${path === '/' ? '/now' : path}/{figure}.${ending}`,
      id: `${id}_${ending}`,
      tag: 'embeds',
      summary: `Figures of a page as ${ending.toUpperCase()}. ${source.summary}`,
      keepSeconds: KEEP_SECONDS,
      restsOnKnowledge: true,
      parameters: source.parameters.extend({ figure, theme }),
      answer,
      rendering: {
        type,
        ...(ending === 'json' ? { schema: Figure } : {}),
        text: (published) => {
          const { chart, theme, asOf } = chartOf(published);
          return write(chart, asOf, theme);
        },
      },
      handle: async ({ figure, theme, ...asked }, parts) => {
        const page = (await handle(asked, parts, {})) as { readonly unread: readonly string[] } | null;
        if (page !== null && page.unread.length > 0) throw new Problem(503, PARTLY_READ);
        return page && { figure, theme, page };
      },
    });
  return [
    made('csv', 'text/csv; charset=utf-8', ({ table }) => csvOf(table)),
    made('json', 'application/json', ({ name, table }, asOf) =>
      JSON.stringify({ title: name, as_of: asOf, rows: objectsOf(table) }),
    ),
    made('svg', 'image/svg+xml; charset=utf-8', (chart, asOf, theme) =>
      standalone(chart, theme, `${asOf} · Inference Providers Metrics Tracker`),
    ),
  ];
}

/** Of a page a reader sees which part is missing; of a file nobody does later. */
const PARTLY_READ = 'a part of what it is made of cannot be read now; the fault is ours, and in our log';

const namesOf = ({ columns }: Table) =>
  columns.map((column) => (typeof column === 'string' ? column.toLowerCase().replaceAll(' ', '_') : column.name));

/** Unrounded. What people open in a spreadsheet must not calculate: text that begins as a formula gets an apostrophe before it. */
const csvOf = (table: Table) =>
  stringify([namesOf(table), ...table.rows.map((cells) => [...cells])], {
    escape_formulas: true,
    cast: { boolean: String },
  });

function objectsOf(table: Table): readonly Readonly<Record<string, Cell>>[] {
  const names = namesOf(table);
  return table.rows.map((cells) => Object.fromEntries(names.map((name, at) => [name, cells[at] ?? null])));
}
