import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import { visible } from '../../lib/visible.ts';
import type { Block, Document, Said, Table } from './document.ts';

/** As hono has it: text that is markup already. */
type Markup = ReturnType<typeof html>;

/** One page with everything in it: no script, nothing fetched, and a policy that lets nothing in. */
export function reportAsHtml({ title, blocks }: Document): string {
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${visible(title)}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${visible(title)}</h1>
${blocks.map(blockMarkup)}</main>
</body>
</html>
`;
  return String(page);
}

function blockMarkup(block: Block): Markup {
  switch (block.kind) {
    case 'heading':
      return block.level === 2 ? html`<h2>${visible(block.text)}</h2>\n` : html`<h3>${visible(block.text)}</h3>\n`;
    case 'paragraph':
      return html`<p${toneOf(block)}>${visible(block.text)}</p>\n`;
    case 'list':
      return html`<ul>\n${block.items.map((item) => html`<li${toneOf(item)}>${visible(item.text)}</li>\n`)}</ul>\n`;
    case 'table':
      return tableMarkup(block);
    default:
      return block satisfies never;
  }
}

/** It scrolls sideways by itself where it is too wide, also by keyboard. The first column names its row. */
function tableMarkup({ caption, columns, rows, note }: Table): Markup {
  const alignOf = (i: number) => raw(columns[i]?.align === 'right' ? ' class="figure"' : '');
  const nameAt = columns.findIndex(({ title }) => title === 'Provider');
  const titles = columns.map(
    ({ title }, i) => html`<th scope="col"${alignOf(i)}>${title.replaceAll('\n', ' ').trim()}</th>`,
  );
  const cell = (item: Said, i: number) =>
    i === nameAt
      ? html`<th scope="row">${visible(item.text)}</th>`
      : html`<td${alignOf(i)}><span${toneOf(item)}>${visible(item.text)}</span></td>`;
  return html`<div class="table" role="region" tabindex="0" aria-label="${visible(caption)}">
<table>
<caption>${visible(caption)}</caption>
<thead><tr>${titles}</tr></thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map(cell)}</tr>\n`)}</tbody>
</table>
</div>
${note === null ? '' : html`<p class="quiet note">${note}</p>\n`}`;
}

const toneOf = ({ tone }: Said) => raw(tone === undefined ? '' : ` class="${tone}"`);

/** The dashboard's tokens. Of the two colours the reader's system picks. */
const STYLE = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#F7F8F6, #0E1114); --surf: light-dark(#FFFFFF, #151A1E);
  --ink: light-dark(#14181B, #E9EDEC); --ink2: light-dark(#4D575C, #A3AEB1); --rule: light-dark(#DFE3DF, #262D32);
  --acc: light-dark(#1F4FD8, #8FB0FF); --ok: light-dark(#0A6E5C, #4CC9AC);
  --warn: light-dark(#8A5300, #F2B84B); --bad: light-dark(#B3261E, #FF8A73);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 Geist, system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 1328px; margin: 0 auto; padding: 28px 32px 44px; }
h1 { font-size: 27px; line-height: 1.2; font-weight: 600; letter-spacing: -0.028em; margin: 0 0 12px; }
h2 { font-size: 18px; font-weight: 600; margin: 44px 0 8px; padding-top: 12px; border-top: 1px solid var(--rule); }
h3 { font-size: 15px; font-weight: 600; margin: 20px 0 4px; }
p, ul { max-width: 80ch; margin: 4px 0; }
ul { padding-left: 20px; }
.answer { color: var(--acc); font-weight: 600; }
.good { color: var(--ok); } .warning { color: var(--warn); } .bad { color: var(--bad); } .quiet { color: var(--ink2); }
.note { font-size: 13px; }
.table { overflow-x: auto; margin: 20px 0 4px; background: var(--surf); border: 1px solid var(--rule); border-radius: 10px; }
.table:focus-visible { outline: 2px solid var(--acc); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 12px 12px 4px; }
th, td { text-align: left; padding: 8px 12px; border-top: 1px solid var(--rule); white-space: nowrap; }
thead th { border-top: 0; font-size: 13px; font-weight: 400; color: var(--ink2); vertical-align: bottom; }
tbody th { font-weight: 600; }
.figure { text-align: right; }
@media (max-width: 640px) { main { padding: 20px 16px; } }
@media print { body { background: none; } .table { overflow: visible; } }
`;
