import { OUTCOMES, type Outcome } from '../domain/outcome.ts';
import type { AttemptRecord } from '../domain/record.ts';
import type { Target } from '../domain/types.ts';
import { formatContext, formatCount, formatMs, formatTps, formatUsd, UNKNOWN } from '../lib/format.ts';
import { painted, type Style } from './colour.ts';
import { type Cell, type Column, type Row, renderTable, type TableLook } from './render-table.ts';

/** Shape, then word, then colour. Only a fault of the target is red. */
const SIGNS: Readonly<Record<Outcome, { readonly glyph: string; readonly words: string; readonly style: Style }>> = {
  ok: { glyph: '●', words: 'ok', style: 'green' },
  target_error: { glyph: '✕', words: 'target error', style: 'red' },
  router_error: { glyph: '▲', words: 'router error', style: 'yellow' },
  rate_limited: { glyph: '▲', words: 'rate limited', style: 'yellow' },
  account_error: { glyph: '▲', words: 'account error', style: 'yellow' },
  prober_error: { glyph: '▲', words: 'our own error', style: 'yellow' },
  skipped: { glyph: '○', words: 'skipped', style: 'dim' },
};

const ATTEMPT_COLUMNS: readonly Column[] = [
  { title: 'Provider', minWidth: 10 },
  { title: 'Outcome', minWidth: 12 },
  { title: 'First\ntoken', align: 'right' },
  { title: 'Output\nspeed', align: 'right' },
  { title: 'Tokens', align: 'right' },
  { title: 'Correct' },
  { title: 'Cost', align: 'right' },
];

/**
 * What a cycle showed, for a person: a group for each model in trending order, the quickest provider first; below it the counts
 * by outcome and the cost of all attempts. Only final attempts are rows.
 */
export function formatAttempts(records: readonly AttemptRecord[], look: TableLook): string {
  const finals = records.filter(({ final }) => final);
  const rows = byModel(finals, ({ modelId }) => modelId).flatMap(([model, ofModel]): Row[] => {
    const sorted = ofModel.toSorted(
      (a, b) =>
        OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome) ||
        (a.ttftMs ?? Infinity) - (b.ttftMs ?? Infinity) ||
        (a.providerName ?? '').localeCompare(b.providerName ?? ''),
    );
    const bestMs = sorted.find(({ outcome }) => outcome === 'ok')?.ttftMs ?? null;
    return [heading(model), ...sorted.map((record) => ({ cells: attemptCells(record, bestMs) }))];
  });
  return `${renderTable(ATTEMPT_COLUMNS, rows, look)}\n${footer(finals, records, look.colour)}\n`;
}

function attemptCells(record: AttemptRecord, bestMs: number | null): readonly Cell[] {
  const { outcome, ttftMs, answerCorrect } = record;
  const { style } = SIGNS[outcome];
  const best = ttftMs !== null && ttftMs === bestMs && outcome === 'ok';
  return [
    { text: record.providerName ?? UNKNOWN },
    { text: outcomeText(record), style },
    { text: formatMs(ttftMs), ...(best ? { style: 'bold' } : {}) },
    { text: formatTps(record.decodeTps) },
    { text: formatCount(record.completionTokens) },
    { text: answerCorrect === null ? UNKNOWN : answerCorrect ? 'yes' : 'no' },
    { text: formatUsd(record.costUsd) },
  ];
}

/** `● ok`, `✕ HTTP 503`, `▲ rate limited`, `○ skipped: shutdown`; how often it was tried where more than once. */
function outcomeText({ outcome, errorClass, responseStatusCode, attempt }: AttemptRecord): string {
  const { glyph, words } = SIGNS[outcome];
  const what = errorClass?.startsWith('http_') ? `HTTP ${responseStatusCode}` : errorClass?.replaceAll('_', ' ');
  const said = {
    ok: words,
    rate_limited: words,
    target_error: what ?? words,
    account_error: `account: ${what}`,
    router_error: `router: ${what}`,
    prober_error: `ours: ${what}`,
    skipped: `skipped: ${what}`,
  }[outcome];
  return `${glyph} ${said}${attempt > 1 ? `, try ${attempt}` : ''}`;
}

function footer(finals: readonly AttemptRecord[], all: readonly AttemptRecord[], colour: boolean): string {
  const counts = OUTCOMES.flatMap((outcome) => {
    const count = finals.filter((record) => record.outcome === outcome).length;
    const { glyph, words, style } = SIGNS[outcome];
    return count > 0 ? [painted(`${glyph} ${formatCount(count)} ${words}`, style, colour)] : [];
  });
  const known = all.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]));
  const totalUsd = known.length > 0 ? known.reduce((sum, usd) => sum + usd, 0) : null;
  const unknown = all.filter(({ outcome, costUsd }) => outcome === 'ok' && costUsd === null).length;
  const cost = `cost ${totalUsd === null ? 'unknown' : formatUsd(totalUsd)}`;
  const note = unknown > 0 && totalUsd !== null ? ` and that of ${formatCount(unknown)} unknown` : '';
  return [`${formatCount(finals.length)} ${finals.length === 1 ? 'probe' : 'probes'}`, ...counts, cost + note].join(
    '   ',
  );
}

const TARGET_COLUMNS: readonly Column[] = [
  { title: 'Provider', minWidth: 10 },
  { title: 'Route', minWidth: 8 },
  { title: 'Price in\nper Mtok', align: 'right' },
  { title: 'Price out\nper Mtok', align: 'right' },
  { title: 'Claimed\nfirst token', align: 'right' },
  { title: 'Claimed\nspeed', align: 'right' },
  { title: 'Context', align: 'right' },
];

/** What would be asked, by which route, with what the catalogue says of it. */
export function formatTargets(
  targets: readonly (Target & { readonly route: 'provider' | 'unified' })[],
  look: TableLook,
): string {
  const rows = byModel(targets, ({ modelId }) => modelId).flatMap(([model, ofModel]): Row[] => [
    heading(model),
    ...ofModel
      .toSorted((a, b) => a.provider.localeCompare(b.provider))
      .map((target) => ({
        cells: [
          target.provider,
          target.route,
          formatUsd(target.priceInputUsdPerMtok),
          formatUsd(target.priceOutputUsdPerMtok),
          formatMs(target.claimedTtftMs),
          formatTps(target.claimedTps),
          formatContext(target.contextLength),
        ].map((text) => ({ text })),
      })),
  ]);
  return renderTable(TARGET_COLUMNS, rows, look);
}

const heading = (model: string | null): Row => ({ heading: { text: model ?? 'no model', style: 'bold' } });

/** Groups in trending order; what does not trend comes after, as it came. */
function byModel<Item extends { readonly trendingRank: number | null }>(
  items: readonly Item[],
  modelOf: (item: Item) => string | null,
): readonly (readonly [string | null, readonly Item[]])[] {
  const rank = (group: readonly Item[]) => group[0]?.trendingRank ?? Infinity;
  return [...Map.groupBy(items, modelOf)].toSorted(([, a], [, b]) => rank(a) - rank(b) || 0);
}
