import type { z } from 'zod';
import type { EndpointVerdict, Rate, State } from '../domain/verdict.ts';
import type { BadgeSource } from './schemas/answers.ts';
import { isTooRare } from './words.ts';
import { xml } from './xml.ts';

export const BADGE_METRICS = ['uptime', 'first_token', 'speed', 'state', 'correct'] as const;
type BadgeMetric = (typeof BADGE_METRICS)[number];

/** How long others may show an old badge. */
export const BADGE_SECONDS = 300;

/** Fills under white text, 5.6 : 1 or more: the text colours of the light theme. */
const TEAL = '#0A6E5C';
const AMBER = '#8A5300';
const VERMILION = '#B3261E';
const GREY = '#4D575C';
const INK = '#14181B';

const LOOKS: Readonly<Record<State, readonly [word: string, glyph: string, fill: string]>> = {
  healthy: ['healthy', '●', TEAL],
  slow: ['slow', '▲', AMBER],
  down: ['down', '✕', VERMILION],
  limited: ['limits us', '○', GREY],
  our_account: ['our account', '○', GREY],
  refuses_us: ['refuses us', '○', GREY],
  delisted: ['delisted', '○', GREY],
  no_data: ['no data', '○', GREY],
};

/** It answers now, and within seven days it certainly did so too rarely. */
const FRAIL = ['fails often', '▲', AMBER] as const;

const LABELS: Readonly<Record<BadgeMetric, string>> = {
  uptime: 'uptime',
  first_token: 'first token',
  speed: 'output speed',
  state: 'state',
  correct: 'correct',
};

/** What a badge says of a target: the value over the last seven days and the state now. */
export function badgeOf(endpoint: EndpointVerdict, metric: BadgeMetric): unknown {
  const isFrail = endpoint.state.state === 'healthy' && isTooRare(endpoint.availability.firstTry);
  const [word, glyph, fill] = isFrail ? FRAIL : LOOKS[endpoint.state.state];
  const value = figureOf(endpoint, metric);
  const isKnown = value !== null && endpoint.state.state !== 'no_data';
  const message = isKnown ? `${value === '' ? glyph : `${value} ·`} ${word}` : 'no data';
  const label = `${endpoint.provider} ${LABELS[metric]}`;
  return {
    schemaVersion: 1,
    label,
    message,
    color: isKnown ? fill : GREY,
    cacheSeconds: BADGE_SECONDS,
    title: `${endpoint.modelId} at ${endpoint.provider}: ${LABELS[metric]} ${message}${basisOf(endpoint, metric)}`,
  };
}

/** Empty: the state is all there is to say. Null: unknown. */
function figureOf(endpoint: EndpointVerdict, metric: BadgeMetric): string | null {
  switch (metric) {
    case 'state':
      return '';
    case 'uptime':
      return share(endpoint.availability.firstTry);
    case 'correct':
      return share(endpoint.correct);
    case 'first_token':
      return endpoint.ttftMs.p50 === null ? null : length(endpoint.ttftMs.p50);
    case 'speed':
      return endpoint.decodeTps.p50 === null ? null : `${figure(endpoint.decodeTps.p50)} tok/s`;
    default:
      return metric satisfies never;
  }
}

function basisOf(endpoint: EndpointVerdict, metric: BadgeMetric): string {
  const { availability, correct, ttftMs, decodeTps, state } = endpoint;
  const n = {
    uptime: availability.firstTry.trials,
    correct: correct.trials,
    first_token: ttftMs.n,
    speed: decodeTps.n,
    state: state.n,
  }[metric];
  return metric === 'state' ? ` (n = ${n})` : ` over seven days (n = ${n})`;
}

/** Floored to a hundredth of a per cent, so that 100% is never less than all. */
function share({ successes, trials }: Rate): string | null {
  return trials === 0 ? null : `${Math.floor((successes * 10_000) / trials) / 100}%`;
}

const length = (ms: number) => (ms < 10_000 ? `${figure(ms)} ms` : `${figure(ms / 1000)} s`);
const figure = (value: number) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

const HEIGHT = 22;
const PADDING = 8;
const LONGEST_TEXT = 80;

/** 22 px high. The widths are laid down, whatever font the reader has. */
export function badgeSvg({ label, message, color, title }: z.output<typeof BadgeSource>): string {
  const left = widthOf(label) + 2 * PADDING;
  const right = widthOf(message) + 2 * PADDING;
  const words = (text: string, x: number) =>
    `<text x="${x + PADDING}" y="15" textLength="${widthOf(text)}" lengthAdjust="spacingAndGlyphs">${xml(cut(text))}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${HEIGHT}" viewBox="0 0 ${left + right} ${HEIGHT}" role="img" aria-label="${xml(title)}">`,
    `<title>${xml(title)}</title>`,
    `<path fill="${INK}" d="M4 0h${left - 4}v${HEIGHT}h${4 - left}a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z"/>`,
    `<path fill="${xml(color)}" d="M${left} 0h${right - 4}a4 4 0 0 1 4 4v${HEIGHT - 8}a4 4 0 0 1-4 4h${4 - right}z"/>`,
    '<g fill="#fff" font-family="Geist,Verdana,DejaVu Sans,sans-serif" font-size="12">',
    words(label, 0),
    words(message, left),
    '</g></svg>',
    '',
  ].join('\n');
}

const cut = (text: string) => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text);

/** About what a sans-serif of 12 px takes. */
function widthOf(text: string): number {
  const widths = [...cut(text)].map((character) =>
    /[ .,:;'|iIjl!1tfr()-]/.test(character) ? 4 : /[mwMW%●▲✕○]/.test(character) ? 10 : 7,
  );
  return widths.reduce((sum, width) => sum + width, 0);
}
