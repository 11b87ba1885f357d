/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { type Drawing, inWords, type Table } from './figure.tsx';

/** A cell of a drawn table: words, or a picture stretched over the cell. */
export interface DrawnCell {
  readonly text?: string;
  /** A class, by which the cell finds its colours. */
  readonly look?: string;
  readonly picture?: Child;
}

const ROW = 32;
const LETTER = 7.8;
const PADDING = 14;
const PICTURE = 260;
const LONGEST = 44;

const cut = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** A table as a picture; figures are set to the right, words to the left. */
export function tablePicture(heads: readonly string[], rows: readonly (readonly DrawnCell[])[]): Drawing {
  const columns = heads.map((head, at) => {
    const cells = rows.map((row) => row[at] ?? {});
    const isPicture = cells.some(({ picture }) => picture !== undefined);
    const longest = Math.max(...[head, ...cells.map(({ text = '' }) => cut(text))].map(({ length }) => length));
    const isNumber = !isPicture && cells.some(({ text = '' }) => /\d/.test(text)) && cells.every(isFigure);
    return { head, isNumber, width: isPicture ? PICTURE : Math.ceil(longest * LETTER) + 2 * PADDING };
  });
  const starts = columns.map((_, at) => columns.slice(0, at).reduce((sum, { width }) => sum + width, 0));
  const width = columns.reduce((sum, column) => sum + column.width, 0);
  const words = (at: number, text: string, y: number, look: string) => {
    const { isNumber, width: own } = columns[at]!;
    const x = starts[at]! + (isNumber ? own - PADDING : PADDING);
    return (
      <text class={`${look} ${isNumber ? 'end' : 'start'}`} x={x} y={y + ROW / 2} dy="4.5">
        {cut(text)}
      </text>
    );
  };
  return {
    look: 'table',
    width,
    height: ROW * (rows.length + 1),
    room: { top: 0, right: 8, bottom: 8, left: 8 },
    marks: (
      <>
        {columns.map(({ head }, at) => words(at, head, 0, 'head'))}
        {rows.map((row, index) => {
          const y = ROW * (index + 1);
          return (
            <>
              <line class="grid" x1="0" x2={width} y1={y} y2={y} />
              {row.map(({ look, picture, text = '' }, at) => (
                <>
                  {look === undefined ? null : (
                    <rect
                      class={`cell ${look}`}
                      x={starts[at]! + 2}
                      y={y + 3}
                      width={columns[at]!.width - 4}
                      height={ROW - 6}
                      rx="5"
                    />
                  )}
                  {picture === undefined ? null : (
                    <svg
                      x={starts[at]! + PADDING}
                      y={y + 6}
                      width={PICTURE - 2 * PADDING}
                      height={ROW - 12}
                      aria-hidden="true"
                    >
                      {picture}
                    </svg>
                  )}
                  {words(at, text, y, at === 0 ? 'name' : `words ${look ?? ''}`.trim())}
                </>
              ))}
            </>
          );
        })}
      </>
    ),
  };
}

/** A figure, with its unit or without, or unknown. */
const isFigure = ({ text = '' }: DrawnCell) => /^[−+$×]?[\d.,]+( ?(%|ms|s|tok\/s|k|M))?$|^(–|)$/.test(text);

/** Any table of words. */
export function plainPicture(table: Table): Drawing {
  const { heads, rows } = inWords(table);
  return tablePicture(
    heads,
    rows.map((row) => row.map((text) => ({ text }))),
  );
}
