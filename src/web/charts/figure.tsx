/** @jsxImportSource hono/jsx */
import { type Child, createContext, useContext } from 'hono/jsx';

export type Cell = string | number | boolean | null;

/** A column under its name in data, with the words and the form in which a person reads it. */
interface Column {
  readonly name: string;
  readonly word: string;
  /** Unrounded values stay in the data. */
  readonly text?: (cell: never) => string;
}

/** The same figures as a chart, for whoever would rather read them, or take them along. */
export interface Table {
  /** A bare word is a column whose cells are read as they are. */
  readonly columns: readonly (Column | string)[];
  /** The first cell of each is its head. */
  readonly rows: readonly (readonly Cell[])[];
}

/** What is drawn of a chart. Its box has a size of its own where the chart stands alone; on a page it is as wide as there is room. */
export interface Drawing {
  /** Classes of the box, by which marks find their colours. */
  readonly look: string;
  readonly width: number;
  readonly height: number;
  /** Px around the box, for the words that stand beside it. */
  readonly room: { readonly top: number; readonly right: number; readonly bottom: number; readonly left: number };
  readonly marks: Child;
  /** What the axes are, where their ticks do not say it. */
  readonly axes?: { readonly x: string; readonly y: string };
}

/** A chart, or a table, as a value: a page shows it, and it can be had by itself. */
export interface Chart {
  /** States its finding. */
  readonly name: string;
  readonly table: Table;
  /** Absent: the table itself is the picture. */
  readonly drawing?: Drawing;
}

/** Where a figure is to be had by itself: `path` and an ending, under the parameters of its page. */
export interface Address {
  readonly path: string;
  readonly query: string;
}

/** What scrolls sideways can be reached, and so scrolled, by keyboard. */
const SCROLLS = { tabindex: 0 } as const;

/** The box of a chart as wide as there is room, with what is said in it. */
export function Drawn(props: { readonly name: string; readonly drawing: Drawing; readonly children?: Child }) {
  const { name, drawing, children } = props;
  return (
    <div class={drawing.look}>
      <svg width="100%" height="100%" role="img" aria-label={name}>
        {drawing.marks}
      </svg>
      {children}
    </div>
  );
}

/** A chart with its table below, folded, and where to have both by themselves. */
export function Figure(props: {
  readonly table: Table;
  readonly words?: string | undefined;
  readonly address?: Address | undefined;
  readonly children?: Child;
}) {
  const { table, words, address, children } = props;
  return (
    <figure class="figure">
      {children}
      <AsTable table={table} words={words} />
      <Exports address={address} />
    </figure>
  );
}

/** @param words what is shown, where it is not a single chart */
export function AsTable({
  table,
  words = 'Show as table',
}: {
  readonly table: Table;
  readonly words?: string | undefined;
}) {
  return (
    <details class="as-table">
      <summary>{words}</summary>
      <TableOf {...table} />
    </details>
  );
}

/** The place that a page is of, where there are several: what is taken along from it is of the same. */
export const PlaceShown = createContext<string | null>(null);

/** Links to the same as data and as a picture. */
export function Exports({ address }: { readonly address: Address | undefined }) {
  const place = useContext(PlaceShown);
  if (address === undefined) return null;
  const location = place === null ? '' : `${address.query === '' ? '?' : '&'}location=${encodeURIComponent(place)}`;
  return (
    <p class="exports">
      {(['csv', 'json', 'svg'] as const).map((ending) => (
        <a href={`${address.path}.${ending}${address.query}${location}`}>{ending.toUpperCase()}</a>
      ))}
    </p>
  );
}

/** A table as a person reads it. */
export const inWords = ({ columns, rows }: Table) => ({
  heads: columns.map((column) => (typeof column === 'string' ? column : column.word)),
  rows: rows.map((cells) => cells.map((cell, at) => wordsOf(columns[at]!, cell))),
});

function wordsOf(column: Column | string, cell: Cell): string {
  if (typeof column !== 'string' && column.text !== undefined) return column.text(cell as never);
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return cell === null ? '–' : String(cell);
}

function TableOf(table: Table) {
  const { heads, rows } = inWords(table);
  return (
    // biome-ignore lint/a11y/useSemanticElements: several on a page may have this name, so it is no landmark; and it is no group of fields
    <div class="table-scroll" role="group" aria-label="The same as a table" {...SCROLLS}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th scope="col">{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([head, ...cells]) => (
            <tr>
              <th scope="row">{head}</th>
              {cells.map((cell) => (
                <td>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What is stretched to the size of its chart: lines keep their width. Its places are per cent; along the x axis they may be steps of an own number. */
export function Stretched({ steps = 100, children }: { readonly steps?: number; readonly children?: Child }) {
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${steps} 100`}
      preserveAspectRatio="none"
      width="100%"
      height="100%"
      class="stretched"
    >
      {children}
    </svg>
  );
}
