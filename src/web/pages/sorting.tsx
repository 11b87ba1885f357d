/** @jsxImportSource hono/jsx */

/** By what rows are put in order; of those without a value, which come last, each goes by the name before it. */
export type Key = number | string | null;

/** The rows with the least key first; what is unknown last, and what is alike as it was. */
export const sortedBy = <Row,>(rows: readonly Row[], keyOf: (row: Row) => Key): readonly Row[] =>
  rows.toSorted((a, b) => compare(keyOf(a), keyOf(b)));

function compare(a: Key, b: Key): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : Number(a > b);
}

/** Of a share, so that the highest comes first. */
export const mostFirst = ({ successes, trials }: { readonly successes: number; readonly trials: number }): Key =>
  trials === 0 ? null : -successes / trials;

/** The head of a column that the table can be put in order by. Its link asks for the same page, so that the script follows it in place. */
export function SortHead(props: {
  readonly word: string;
  readonly href: string;
  readonly isChosen: boolean;
  /** Whether the most comes first. */
  readonly isFalling?: boolean;
  readonly isNumber?: boolean;
  readonly className?: string;
}) {
  const { word, href, isChosen, isFalling = false, isNumber = false, className } = props;
  return (
    <th
      scope="col"
      class={[isNumber && 'n', className].filter(Boolean).join(' ') || undefined}
      aria-sort={isChosen ? (isFalling ? 'descending' : 'ascending') : undefined}
    >
      <a href={href}>{word}</a>
    </th>
  );
}
