import type { Endpoint } from '../../domain/incident.ts';
import {
  type Comparison,
  type EndpointVerdict,
  FEATURES,
  type FeatureVerdict,
  type Metric,
  type ModelVerdict,
  type Recommendation,
} from '../../domain/verdict.ts';
import { METRIC_WORDS, STATE_WORDS } from '../../domain/words.ts';
import { formatCount, formatMs, formatTps, formatUsd, UNKNOWN } from '../../lib/format.ts';
import type { Column } from '../render-table.ts';
import type { Said, Table } from './document.ts';
import { STATE_LOOKS, share, signed } from './words.ts';

const PROVIDER: Column = { title: 'Provider', minWidth: 10 };
const right = (title: string): Column => ({ title, align: 'right' });

/** Best first by the order of the recommendation, then the others by name; all tables of a model have this order. */
export function inOrder(
  { endpoints }: ModelVerdict,
  recommendation: Recommendation | null,
): readonly { readonly endpoint: EndpointVerdict; readonly place: string }[] {
  const order = recommendation?.order ?? [];
  const rankOf = ({ provider }: Endpoint) => {
    const rank = order.findIndex((each) => each.provider === provider);
    return rank < 0 ? Infinity : rank;
  };
  return endpoints
    .toSorted((a, b) => rankOf(a) - rankOf(b) || a.provider.localeCompare(b.provider))
    .map((endpoint) => {
      const placed = order[rankOf(endpoint)];
      if (placed === undefined) return { endpoint, place: UNKNOWN };
      return { endpoint, place: placed.from === placed.to ? `${placed.from}` : `${placed.from}–${placed.to}` };
    });
}

type Ordered = ReturnType<typeof inOrder>;

export function reliabilityTable(ordered: Ordered): Table {
  return {
    kind: 'table',
    caption: 'How reliable, how quick to start',
    columns: [
      { title: 'Place' },
      PROVIDER,
      { title: 'State', minWidth: 9 },
      right('Uptime\n(95%)'),
      right('n'),
      right('Asked'),
      right('First\ntoken\np50'),
      right('First\ntoken\np90'),
    ],
    rows: ordered.map(({ endpoint, place }) => {
      const { provider, state, availability, ttftMs } = endpoint;
      const { glyph, tone } = STATE_LOOKS[state.state];
      return [
        { text: place },
        { text: provider },
        { text: `${glyph} ${STATE_WORDS[state.state]}`, tone },
        { text: share(availability.firstTry) },
        { text: formatCount(availability.firstTry.trials) },
        { text: share({ ...availability.coverage, interval: null }) },
        { text: formatMs(ttftMs.p50) },
        { text: formatMs(ttftMs.p90) },
      ];
    }),
    note: 'A shared place: they cannot be told apart. Uptime: first attempts, only faults of the provider count. Asked: probes sent of those due.',
  };
}

export function valueTable(ordered: Ordered): Table {
  return {
    kind: 'table',
    caption: 'How fast, how dear, how right',
    columns: [
      PROVIDER,
      right('Output\nspeed'),
      right('Time per\ntoken'),
      right('Price in\nper Mtok'),
      right('Price out\nper Mtok'),
      right('A reply\ncosts'),
      right('Correct\n(95%)'),
    ],
    rows: ordered.map(({ endpoint }) => [
      { text: endpoint.provider },
      { text: formatTps(endpoint.decodeTps.p50) },
      { text: formatMs(endpoint.tpotMs.p50) },
      { text: formatUsd(endpoint.priceInputUsdPerMtok) },
      { text: formatUsd(endpoint.priceOutputUsdPerMtok) },
      { text: formatUsd(endpoint.costUsd.p50) },
      { text: share(endpoint.correct) },
    ]),
    note: null,
  };
}

const FEATURE_SIGNS: Readonly<Record<FeatureVerdict['verdict'], Said>> = {
  works: { text: '✓', tone: 'good' },
  sometimes: { text: '~', tone: 'warning' },
  fails: { text: '✕', tone: 'bad' },
  not_offered: { text: UNKNOWN, tone: 'quiet' },
  unknown: { text: '?', tone: 'quiet' },
};

const FEATURE_TITLES = ['Tool\ncalls', 'JSON\nschema', 'System\nprompt', 'Stop\nwords', 'Seed', 'Prompt\ncache'];

/** Null: of nobody anything is known. */
export function featureTable(ordered: Ordered): Table | null {
  if (ordered.every(({ endpoint }) => endpoint.features.length === 0)) return null;
  return {
    kind: 'table',
    caption: 'Features',
    columns: [PROVIDER, ...FEATURE_TITLES.map((title) => ({ title }))],
    rows: ordered.map(({ endpoint }) => [
      { text: endpoint.provider },
      ...FEATURES.map((feature) => {
        const found = endpoint.features.find((each) => each.feature === feature);
        return FEATURE_SIGNS[found?.verdict ?? 'unknown'];
      }),
    ]),
    note: '✓ works · ~ sometimes · ✕ fails · – not offered · ? not known yet',
  };
}

/** What each other provider is compared with the recommended one by. */
export const COMPARED = ['ttftMs', 'tpotMs', 'e2eMs', 'costUsd'] as const satisfies readonly Metric[];

/** @param comparisons each with the same `a`; null where there is nobody to compare with */
export function comparisonTable(comparisons: readonly Comparison[]): Table | null {
  const base = comparisons[0]?.a.provider;
  if (base === undefined) return null;
  const others = Map.groupBy(comparisons, ({ b }) => b.provider);
  return {
    kind: 'table',
    caption: `Compared with ${base}`,
    columns: [PROVIDER, ...COMPARED.map((metric) => ({ title: capital(METRIC_WORDS[metric]) })), right('Pairs')],
    rows: [...others].map(([provider, found]) => {
      const of = (metric: Metric) => found.find((comparison) => comparison.metric === metric);
      const pairs = Math.max(...found.map(({ ratio, n }) => ratio?.pairs ?? n));
      return [{ text: provider }, ...COMPARED.map((metric) => difference(of(metric))), { text: formatCount(pairs) }];
    }),
    note: 'What it takes more (+) or less (−), paired by cycle, with the 95% interval. Alike: no difference we can tell from noise.',
  };
}

function difference(comparison: Comparison | undefined): Said {
  if (!comparison?.ratio) return { text: UNKNOWN, tone: 'quiet' };
  if (comparison.better === null) return { text: 'alike', tone: 'quiet' };
  return { text: signed(comparison.ratio), tone: comparison.better === 'b' ? 'good' : 'warning' };
}

/** What the router publishes against what we measured; null: nothing to hold against each other. */
export function auditTable(ordered: Ordered): Table | null {
  const rows = ordered.flatMap(({ endpoint }) =>
    endpoint.claims
      .filter(({ n }) => n > 0)
      .map(({ claim, ratio, low, high, n }) => [
        { text: endpoint.provider },
        { text: claim === 'ttft' ? 'first token' : 'output speed' },
        { text: ratio === null ? UNKNOWN : ratio.toFixed(2) },
        { text: low === null || high === null ? UNKNOWN : `${low.toFixed(2)}–${high.toFixed(2)}` },
        { text: formatCount(n) },
      ]),
  );
  if (rows.length === 0) return null;
  return {
    kind: 'table',
    caption: 'Claims',
    columns: [PROVIDER, { title: 'Claim' }, right('Ours over\ntheirs'), right('95%'), right('Pairs')],
    rows,
    note: null,
  };
}

const capital = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}`;
