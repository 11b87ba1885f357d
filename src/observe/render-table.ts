import { visible } from '../lib/visible.ts';
import { painted, type Style } from './colour.ts';

export interface Column {
  /** One or more lines. */
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** How narrow it may become when the table is too wide; absent: as wide as its widest cell. */
  readonly minWidth?: number;
}

export interface Cell {
  /** May come from anywhere: made visible here. */
  readonly text: string;
  readonly style?: Style;
}

/** A heading stands above its rows over the whole width. */
export type Row = { readonly heading: Cell } | { readonly cells: readonly Cell[] };

export interface TableLook {
  /** Visible columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
}

const GAP = '  ';
const INDENT = '  ';

/** Lines of a table, aligned by visible width, each at most `width` wide as far as the columns can shrink; ends with a newline. */
export function renderTable(columns: readonly Column[], rows: readonly Row[], { width, colour }: TableLook): string {
  const shown = rows.map(
    (row): Row => ('heading' in row ? { heading: clean(row.heading) } : { cells: row.cells.map(clean) }),
  );
  const titles = columns.map(({ title }) => title.split('\n'));
  const widths = shrunk(columns, widthsOf(titles, shown), width - INDENT.length);
  const lineOf = (cells: readonly Cell[]) =>
    INDENT + cells.map((cell, i) => fitted(cell, widths[i]!, columns[i]!.align ?? 'left', colour)).join(GAP);

  const titleLines = Math.max(...titles.map((lines) => lines.length));
  const header = Array.from({ length: titleLines }, (_, line) =>
    lineOf(titles.map((lines) => ({ text: lines[line] ?? '', style: 'dim' as const }))),
  );
  const body = shown.map((row) =>
    'heading' in row ? painted(truncated(row.heading.text, width), row.heading.style, colour) : lineOf(row.cells),
  );
  return [...header, ...body].map((line) => `${line.trimEnd()}\n`).join('');
}

const clean = (cell: Cell): Cell => ({ ...cell, text: visible(cell.text) });

function widthsOf(titles: readonly (readonly string[])[], rows: readonly Row[]): readonly number[] {
  return titles.map((lines, i) => {
    const cells = rows.flatMap((row) => ('heading' in row ? [] : [row.cells[i]!.text]));
    return [...lines, ...cells].reduce((widest, text) => Math.max(widest, Bun.stringWidth(text)), 0);
  });
}

/** Takes what is too much from the columns that may shrink, always from the widest. */
function shrunk(columns: readonly Column[], widths: readonly number[], width: number): readonly number[] {
  const result = [...widths];
  let excess = result.reduce((sum, each) => sum + each, GAP.length * (columns.length - 1)) - width;
  for (; excess > 0; excess--) {
    const room = (i: number) => result[i]! - (columns[i]!.minWidth ?? Infinity);
    const candidates = columns.flatMap((_, i) => (room(i) > 0 ? [i] : []));
    if (candidates.length === 0) break;
    const widest = candidates.reduce((a, b) => (result[b]! > result[a]! ? b : a));
    result[widest]!--;
  }
  return result;
}

function fitted({ text, style }: Cell, width: number, align: 'left' | 'right', colour: boolean): string {
  const fitting = truncated(text, width);
  const padding = ' '.repeat(Math.max(width - Bun.stringWidth(fitting), 0));
  const paintedText = painted(fitting, style, colour);
  return align === 'right' ? padding + paintedText : paintedText + padding;
}

/** As much as fits, the last place an "…" where something is cut. Bun's slice is a column too wide where it cuts through a wide character. */
function truncated(text: string, width: number): string {
  const cut = Bun.sliceAnsi(text, 0, width, '…');
  return Bun.stringWidth(cut) > width ? Bun.sliceAnsi(text, 0, width - 1, '…') : cut;
}
