import { UNKNOWN } from '../../../lib/format.ts';
import type { Day } from '../../charts/days.ts';
import { daysOf, pointsOf, uptimeOf } from '../days-shown.ts';
import { type Key, mostFirst, sortedBy } from '../sorting.tsx';
import type { Endpoint, ModelContent } from './content.ts';
import { blendedPrice } from './price.ts';
import type { Sort } from './question.ts';

const TREND_DAYS = 30;

export interface Row {
  readonly endpoint: Endpoint;
  /** Null: not among those that can be recommended. */
  readonly place: { readonly from: number; readonly to: number } | null;
  readonly days: readonly Day[];
  /** Daily medians of the first token, the last thirty. */
  readonly trend: readonly (number | null)[];
}

/** Every provider, in the order that was asked for. */
export function rowsOf({ model, asked, recommendations, histories }: ModelContent, nowMs: number): readonly Row[] {
  const order = recommendations.find(({ goal }) => goal === asked.goal)?.order ?? [];
  const rows = (model?.endpoints ?? []).map((endpoint): Row => {
    const points = pointsOf(histories.find(({ provider }) => provider === endpoint.provider)?.points ?? []);
    return {
      endpoint,
      place: order.find(({ provider }) => provider === endpoint.provider) ?? null,
      days: daysOf(points, nowMs),
      trend: points.slice(-TREND_DAYS).map(({ p50 }) => p50),
    };
  });
  const indexOf = ({ endpoint }: Row) => {
    const index = order.findIndex(({ provider }) => provider === endpoint.provider);
    return index < 0 ? rows.length : index;
  };
  const byRank = rows.toSorted((a, b) => indexOf(a) - indexOf(b));
  return sortedBy(byRank, (row) => keyOf(row, asked.sort));
}

/** What is less comes first; what is unknown last. */
function keyOf({ endpoint, days }: Row, sort: Sort): Key {
  switch (sort) {
    case 'provider':
      return endpoint.provider;
    case 'first_token':
      return endpoint.ttft_ms.p50;
    case 'output':
      return endpoint.decode_tps.p50 === null ? null : -endpoint.decode_tps.p50;
    case 'price':
      return blendedPrice(endpoint);
    case 'uptime':
      return mostFirst(uptimeOf(days));
    case 'correct':
      return mostFirst(endpoint.correct);
    case 'rank':
      return null;
    default:
      return sort satisfies never;
  }
}

/** `1`, `3–5`; of those that cannot be recommended nothing. */
export const placeWords = ({ place }: Row) =>
  place === null ? UNKNOWN : place.from === place.to ? String(place.from) : `${place.from}–${place.to}`;
