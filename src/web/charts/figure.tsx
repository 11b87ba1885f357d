/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';

/** The same figures as a chart, for whoever would rather read them. */
export interface Table {
  readonly columns: readonly string[];
  /** The first cell of each is its head. */
  readonly rows: readonly (readonly string[])[];
}

/** What scrolls sideways can be reached, and so scrolled, by keyboard. */
const SCROLLS = { tabindex: 0 } as const;

/** A chart with its table below, folded. */
export function Figure(props: {
  readonly table: Table;
  readonly words?: string | undefined;
  readonly children?: Child;
}) {
  const { table, words, children } = props;
  return (
    <figure class="figure">
      {children}
      <AsTable table={table} words={words} />
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

function TableOf({ columns, rows }: Table) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: several on a page may have this name, so it is no landmark; and it is no group of fields
    <div class="table-scroll" role="group" aria-label="The same as a table" {...SCROLLS}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col">{column}</th>
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

/** What is stretched to the size of its chart: lines keep their width. Its places are per cent. */
export function Stretched({ children }: { readonly children?: Child }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 100 100"
      preserveAspectRatio="none"
      width="100%"
      height="100%"
      class="stretched"
    >
      {children}
    </svg>
  );
}
