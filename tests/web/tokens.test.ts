import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';

const CSS = readFileSync(new URL('../../src/web/look/tokens.css', import.meta.url), 'utf8');
const THEMES = ['light', 'dark'] as const;
const TOKENS = new Map(
  [...CSS.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(([, name, light, dark]) => [
    name!,
    { light: light!, dark: dark! },
  ]),
);

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

/** From 1 (none) to 21 (WCAG 2.2). */
function contrast(a: string, b: string): number {
  const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter! + 0.05) / (darker! + 0.05);
}

const tooLow = (pairs: readonly (readonly [string, string])[], least: number) =>
  pairs.flatMap(([front, back]) =>
    THEMES.flatMap((theme) => {
      const ratio = contrast(TOKENS.get(front)![theme], TOKENS.get(back)![theme]);
      return ratio < least ? [`${front} on ${back}, ${theme}: ${ratio.toFixed(2)}`] : [];
    }),
  );

test('black on white is the most there is', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 6);
});

test('text stands out from what it is on by at least 5.6 : 1', () => {
  const texts = ['ink', 'ink2', 'acc', 'ok', 'warn', 'bad'];
  const own = [
    ['acc', 'acc-bg'],
    ['warn', 'warn-bg'],
    ['bad', 'bad-bg'],
    ['ink', 'seq0'],
    ['ink', 'seq1'],
  ] as const;
  expect(tooLow([...texts.flatMap((text) => [[text, 'bg'] as const, [text, 'surf'] as const]), ...own], 5.6)).toEqual(
    [],
  );
});

test('what is filled stands out from the page by at least 3.1 : 1, and from panels by 3 : 1', () => {
  const fills = ['ok-f', 'warn-f', 'bad-f'];
  expect(
    tooLow(
      fills.map((fill) => [fill, 'bg'] as const),
      3.1,
    ),
  ).toEqual([]);
  expect(
    tooLow(
      fills.map((fill) => [fill, 'surf'] as const),
      3,
    ),
  ).toEqual([]);
});
