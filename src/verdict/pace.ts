import type { Sample } from '../domain/sample.ts';

/** Cycles by which one sees how often a target was asked lately. */
const LOOKED_AT = 7;

/**
 * How far apart the last cycles of a target were, ms: the interval, or more where they came more rarely until now. Whoever shortens the interval
 * knows no less of a target than before.
 *
 * @param asked of one target, oldest first
 */
export function paceMs(asked: readonly Pick<Sample, 'dueAtMs' | 'probeKind'>[], intervalMs: number): number {
  const standard = asked.filter(({ probeKind }) => probeKind === 'standard');
  const cycles = [...new Set(standard.map(({ dueAtMs }) => dueAtMs))].slice(-LOOKED_AT);
  const gaps = cycles.slice(1).map((dueAtMs, i) => dueAtMs - cycles[i]!);
  const usual = gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
  return Math.max(intervalMs, usual);
}
