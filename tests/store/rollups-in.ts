import { LATENCY_NAMES } from '../../src/domain/rollup.ts';
import type { BucketRollup, RollupReader } from '../../src/ports.ts';

/** Every bucket of both spans, in an order of their own. */
export async function rollupsIn(store: RollupReader): Promise<readonly BucketRollup[]> {
  const ever = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, latencies: LATENCY_NAMES };
  const read = async (span: 'hour' | 'day') => (await Array.fromAsync(store.rollups({ span, ...ever }))).flat();
  const key = ({ atMs, series }: BucketRollup) => `${atMs} ${JSON.stringify(series)}`;
  const sorted = (buckets: readonly BucketRollup[]) => buckets.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  return [...sorted(await read('hour')), ...sorted(await read('day'))];
}
