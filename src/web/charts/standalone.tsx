/** @jsxImportSource hono/jsx */
import { readFileSync } from 'node:fs';
import { visible } from '../../lib/visible.ts';
import { xml } from '../xml.ts';
import type { Chart } from './figure.tsx';
import { mixed } from './oklab.ts';
import { plainPicture } from './table-picture.tsx';

export const THEMES = ['light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const read = (name: string) =>
  readFileSync(new URL(`../look/${name}.css`, import.meta.url), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');

interface Rule {
  readonly selector: string;
  readonly body: string;
}

/** Of both style sheets what holds anywhere: nothing that depends on the width of a window. */
const RULES: readonly Rule[] = [
  ...`${read('charts')}${read('standalone')}`.matchAll(/^([.\w][^{}@]*)\{([^}]*)\}/gm),
].map(([, selector, body]) => ({ selector: selector!.trim(), body: body!.trim().replace(/\s+/g, ' ') }));

/** `--ink: light-dark(#14181b, #e9edec)` for each token that is a colour. */
const COLOURS = [...read('tokens').matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)].map(
  ([, name, light, dark]) => ({ name: name!, light: light!, dark: dark! }),
);

/** Every colour a plain one: others than browsers know no others. */
function coloursIn(css: string, theme: Theme): string {
  const known = new Map(COLOURS.map((colour) => [colour.name, colour[theme]]));
  return css
    .replace(/var\(--([\w-]+)\)/g, (whole, name: string) => known.get(name) ?? whole)
    .replace(/color-mix\(in oklab, (#\w+) ([\d.]+)%, (#\w+)\)/g, (_, a: string, share: string, b: string) =>
      mixed(a, b, Number(share) / 100),
    );
}

/** The rules whose classes all stand in the picture. */
function styleOf(markup: string, theme: Theme): string {
  const used = new Set([...markup.matchAll(/ class="([^"]*)"/g)].flatMap(([, names]) => names!.split(' ')));
  const isUsed = (selector: string) =>
    [...selector.replace(/:[\w-]+(\([^)]*\))?/g, '').matchAll(/\.([\w-]+)/g)].every(([, name]) => used.has(name!));
  const rules = RULES.flatMap(({ selector, body }) => {
    const kept = selector.split(/,\s*(?![^(]*\))/).filter(isUsed);
    return kept.length === 0 || /:hover|:focus(?!\))/.test(kept.join()) ? [] : [`${kept.join(',')}{${body}}`];
  });
  return coloursIn(rules.join('\n'), theme);
}

const EDGE = 20;
const LINE = 20;
const LETTER = 9.2;

/** The name in lines as wide as the picture. */
function linesOf(name: string, width: number): readonly string[] {
  const most = Math.max(24, Math.floor(width / LETTER));
  const lines: string[] = [''];
  for (const word of name.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= most || lines.at(-1) === '') lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A picture that needs nothing else: its size, its colours and its name are in it. @param source where and when it is from */
export function standalone(
  { name, table, drawing = plainPicture(table) }: Chart,
  theme: Theme,
  source: string,
): string {
  const { look, width, height, room, marks, axes } = drawing;
  const outer = Math.max(360, room.left + width + room.right + 2 * EDGE);
  const lines = linesOf(name, outer - 2 * EDGE);
  const top = EDGE + lines.length * LINE + 12 + room.top;
  const whole = top + height + room.bottom + 16 + LINE;
  const markup = (
    <>
      <rect class="page" width={outer} height={whole} />
      {lines.map((line, at) => (
        <text class="title" x={EDGE} y={EDGE + (at + 0.75) * LINE}>
          {line}
        </text>
      ))}
      {axes === undefined ? null : (
        <>
          <text class="source" x={EDGE} y={top - 14}>
            {axes.y}
          </text>
          <text class="source end" x={outer - EDGE} y={top + height + room.bottom + 8}>
            {axes.x}
          </text>
        </>
      )}
      <g class={look}>
        <svg x={EDGE + room.left} y={top} width={width} height={height} overflow="visible" aria-hidden="true">
          {marks}
        </svg>
      </g>
      <text class="source" x={EDGE} y={whole - 14}>
        {source}
      </text>
    </>
  ).toString();
  const size = `width="${outer}" height="${whole}" viewBox="0 0 ${outer} ${whole}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-labelledby="name">`,
    `<title id="name">${xml(name)}</title>`,
    `<style>${styleOf(` class="page title source ${look}"${markup}`, theme)}</style>`,
    ...markup.split('\n').map(visible),
    '</svg>\n',
  ].join('');
}
