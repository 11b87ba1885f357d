import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { formatMs, formatTps, formatUsd } from '../lib/format.ts';
import { sharedAxis } from './charts/interval-glyph.tsx';
import { barsOf } from './charts/ribbon.tsx';
import { daysOf, pointsOf, uptimeOf } from './pages/days-shown.ts';
import type { ModelContent } from './pages/model/content.ts';
import { blendedPrice } from './pages/model/price.ts';
import { uptime } from './words.ts';
import { xml } from './xml.ts';

const WIDTH = 1200;
const HEIGHT = 630;
const EDGE = 64;
const MOST_ROWS = 6;

/** The light theme. */
const BG = '#F7F8F6';
const INK = '#14181B';
const INK2 = '#4D575C';
const RULE = '#DFE3DF';
const RULE2 = '#C6CCC8';
const ACCENT = '#1F4FD8';
const FILLS = { good: '#4A9A88', worse: '#C27A00', bad: '#D6402F', none: RULE2 } as const;

/** A machine need not have any font: these are brought along. resvg reads TrueType, not the WOFF2 that pages load. */
const fontFiles = () =>
  [
    import.meta.resolve('@expo-google-fonts/geist/400Regular/Geist_400Regular.ttf'),
    import.meta.resolve('@expo-google-fonts/geist/600SemiBold/Geist_600SemiBold.ttf'),
  ].map((url) => fileURLToPath(url));

type Content = z.output<typeof ModelContent>;
type Endpoint = NonNullable<Content['model']>['endpoints'][number];

/** What is shown where somebody links to a model: 1200 × 630. */
export function cardSvg(content: Content, nowMs: number): string {
  const { model_id, model, recommendations } = content;
  const endpoints = model?.endpoints ?? [];
  const chosen = recommendations.find(({ goal }) => goal === 'balanced');
  const pick = endpoints.find(({ provider }) => provider === chosen?.provider);
  const slash = model_id.indexOf('/');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="Geist" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${BG}"/>`,
    `<path d="M64 62v10M72 54v26M80 60v14M88 50v34M96 62v10" stroke="${ACCENT}" stroke-width="4" stroke-linecap="round"/>`,
    text('Inference Providers Metrics Tracker', 116, 76, 26, { colour: INK2 }),
    text(model_id.slice(0, slash), EDGE, 146, 28, { colour: INK2 }),
    text(model_id.slice(slash + 1), EDGE, 200, sizeFor(model_id.slice(slash + 1), 54, WIDTH - 2 * EDGE), {
      bold: true,
    }),
    pick === undefined
      ? text('Nobody, for now', EDGE, 318, 76, { bold: true })
      : text(`Use ${pick.provider}`, EDGE, 318, sizeFor(`Use ${pick.provider}`, 88, 560), {
          bold: true,
          colour: ACCENT,
        }),
    ...(pick === undefined ? [] : figuresOf(pick)),
    ...intervals(ordered(endpoints, chosen?.order ?? []), pick),
    ...(pick === undefined ? [] : ribbonOf(content, pick, nowMs)),
    text(`${new Date(nowMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`, WIDTH - EDGE, 76, 24, {
      colour: INK2,
      anchor: 'end',
    }),
    '</svg>',
  ].join('\n');
}

/** A PNG of it, made beside this thread. The renderer is native, and loaded by whoever asks first: where it cannot be, all else goes on. */
export async function cardPng(svg: string): Promise<Uint8Array> {
  const { renderAsync } = await import('@resvg/resvg-js');
  const image = await renderAsync(svg, {
    font: { fontFiles: fontFiles(), loadSystemFonts: false, defaultFontFamily: 'Geist' },
  });
  return image.asPng();
}

interface TextLook {
  readonly bold?: boolean;
  readonly colour?: string;
  readonly anchor?: 'start' | 'end';
}

function text(words: string, x: number, y: number, size: number, look: TextLook = {}): string {
  const { bold = false, colour = INK, anchor = 'start' } = look;
  const attributes = `x="${x}" y="${y}" font-size="${size}" font-weight="${bold ? 600 : 400}" fill="${colour}" text-anchor="${anchor}"`;
  return `<text ${attributes}>${xml(words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words)}</text>`;
}

const LONGEST = 60;

/** As large as there is room for. */
const sizeFor = (words: string, size: number, width: number) =>
  Math.max(20, Math.min(size, Math.floor(width / (0.58 * Math.min(words.length, LONGEST)))));

function figuresOf(pick: Endpoint): readonly string[] {
  const figures = [
    [0, 'First token', formatMs(pick.ttft_ms.p50)],
    [180, 'Output speed', formatTps(pick.decode_tps.p50)],
    [424, '$ / M tokens', formatUsd(blendedPrice(pick))],
  ] as const;
  return figures.flatMap(([x, name, value]) => [
    text(value, EDGE + x, 408, 38, { bold: true }),
    text(name, EDGE + x, 442, 22, { colour: INK2 }),
  ]);
}

/** The best first; whoever has no place comes last. */
function ordered(endpoints: readonly Endpoint[], order: readonly { readonly provider: string }[]): readonly Endpoint[] {
  const placeOf = ({ provider }: Endpoint) => {
    const at = order.findIndex((each) => each.provider === provider);
    return at < 0 ? order.length : at;
  };
  return endpoints.toSorted((a, b) => placeOf(a) - placeOf(b)).slice(0, MOST_ROWS);
}

/** First tokens: a dot at the median, a line from the 10th to the 90th percentile, on one logarithmic axis. */
function intervals(endpoints: readonly Endpoint[], pick: Endpoint | undefined): readonly string[] {
  const { scale } = sharedAxis(endpoints.map(({ ttft_ms }) => ttft_ms));
  const [left, width] = [860, 170];
  const at = (ms: number) => left + (scale(ms) * width) / 100;
  const rows = endpoints.flatMap((endpoint, index) => {
    const y = 288 + index * 40;
    const { p10, p50, p90 } = endpoint.ttft_ms;
    const isPick = endpoint === pick;
    const line =
      p10 === null || p90 === null
        ? ''
        : `<path d="M${at(p10)} ${y}H${at(p90)}" stroke="${RULE2}" stroke-width="6" stroke-linecap="round"/>`;
    return [
      `<path d="M${left} ${y}H${left + width}" stroke="${RULE}" stroke-width="1"/>`,
      line,
      p50 === null ? '' : `<circle cx="${at(p50)}" cy="${y}" r="7" fill="${isPick ? ACCENT : INK}"/>`,
      text(shortened(endpoint.provider), left - 20, y + 8, 24, { anchor: 'end', bold: isPick }),
      text(formatMs(p50), WIDTH - EDGE, y + 8, 24, { anchor: 'end', colour: INK2 }),
    ];
  });
  return [text('First token', WIDTH - EDGE, 248, 22, { anchor: 'end', colour: INK2 }), ...rows];
}

const shortened = (name: string) => (name.length > 14 ? `${name.slice(0, 13)}…` : name);

/** Ninety days of the one to use. */
function ribbonOf({ histories }: Content, { provider }: Endpoint, nowMs: number): readonly string[] {
  const points = pointsOf(histories.find((each) => each.provider === provider)?.points ?? []);
  const days = daysOf(points, nowMs);
  const step = (WIDTH - 2 * EDGE) / days.length;
  const bars = barsOf(days).map(({ grade, height }, at) => {
    const tall = grade === 'none' ? 3 : (height * 60) / 100;
    const place = `x="${(EDGE + at * step).toFixed(1)}" y="${(576 - tall).toFixed(1)}"`;
    return `<rect ${place} width="${(step * 0.68).toFixed(1)}" height="${tall.toFixed(1)}" rx="2" fill="${FILLS[grade]}"/>`;
  });
  return [...bars, text(`${uptime(uptimeOf(days))} answered in ${days.length} days`, EDGE, 608, 22, { colour: INK2 })];
}
