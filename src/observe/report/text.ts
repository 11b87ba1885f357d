import { visible } from '../../lib/visible.ts';
import { painted, type Style } from '../colour.ts';
import { type Cell, renderTable, type TableLook } from '../render-table.ts';
import type { Block, Document, Said, Tone } from './document.ts';

const STYLES: Readonly<Record<Tone, Style>> = {
  answer: 'bold',
  good: 'green',
  warning: 'yellow',
  bad: 'red',
  quiet: 'dim',
};

/** Longer lines of prose are hard to read. */
const WIDEST_PROSE = 100;

/** For a terminal, or a file without colour. */
export function reportAsText({ title, blocks }: Document, look: TableLook): string {
  return `${painted(visible(title), 'bold', look.colour)}\n${blocks.map((block) => blockText(block, look)).join('')}`;
}

function blockText(block: Block, look: TableLook): string {
  const { colour } = look;
  switch (block.kind) {
    case 'heading':
      return block.level === 2
        ? `\n${painted(`── ${visible(block.text)} ──`, 'bold', colour)}\n`
        : `\n${painted(visible(block.text), 'underline', colour)}\n`;
    case 'paragraph':
      return prose(block, '', look);
    case 'list':
      return block.items.map((item) => prose(item, '  ', look)).join('');
    case 'table': {
      const rows = block.rows.map((cells) => ({ cells: cells.map(cellOf) }));
      const note = block.note === null ? '' : prose({ text: block.note, tone: 'quiet' }, '  ', look);
      return `\n${painted(visible(block.caption), 'underline', colour)}\n${renderTable(block.columns, rows, look)}${note}`;
    }
    default:
      return block satisfies never;
  }
}

const cellOf = ({ text, tone }: Said): Cell => ({ text, ...(tone && { style: STYLES[tone] }) });

/** Whole words on each line; what goes on is two columns further in. */
function prose({ text, tone }: Said, indent: string, { width, colour }: TableLook): string {
  const style = tone && STYLES[tone];
  const room = Math.min(width, WIDEST_PROSE) - indent.length - 2;
  const lines = Bun.wrapAnsi(visible(text), room, { hard: true }).split('\n');
  return lines
    .map((line, i) => `${indent}${i > 0 && indent !== '' ? '  ' : ''}${painted(line.trim(), style, colour)}\n`)
    .join('');
}
