import { visible } from '../../lib/visible.ts';
import type { Block, Document, Said, Table } from './document.ts';

/** GitHub's Markdown. Whatever a name holds is shown as it is: no link, no mention, no markup. */
export function reportAsMarkdown({ title, blocks }: Document): string {
  return `# ${escaped(title)}\n${blocks.map((block) => `\n${blockMarkdown(block)}\n`).join('')}`;
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escaped(block.text)}`;
    case 'paragraph':
      return said(block);
    case 'list':
      return block.items.map((item) => `- ${said(item)}`).join('\n');
    case 'table':
      return tableMarkdown(block);
    default:
      return block satisfies never;
  }
}

function tableMarkdown({ caption, columns, rows, note }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const titles = columns.map(({ title }) => escaped(title.replaceAll('\n', ' ').trim()));
  const rule = `|${columns.map(({ align }) => (align === 'right' ? '--:' : '---')).join('|')}|`;
  const body = rows.map((cells) => line(cells.map(({ text }) => escaped(text))));
  const parts = [`**${escaped(caption)}**`, [line(titles), rule, ...body].join('\n')];
  return (note === null ? parts : [...parts, escaped(note)]).join('\n\n');
}

const said = ({ text, tone }: Said) => (tone === 'answer' ? `**${escaped(text)}**` : escaped(text));

/** What means something anywhere in a line. An underscore within a word does not. */
const MARKUP = /[\\`*[\]<>&|~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;
/** Where GitHub makes a link or a mention of plain words; it does not once a comment stands there. */
const LINKING = /[@#]|:(?=\/\/)|(?<=\bwww)(?=\.)/gi;

/** One line of plain text. */
const escaped = (text: string) =>
  visible(text)
    .trim()
    .replace(MARKUP, '\\$&')
    .replace(LINKING, '$&<!-- -->')
    .replace(/^(\d+)([.)] )/, '$1\\$2')
    .replace(/^[-+=]/, '\\$&');
