import { describe, expect, test } from 'bun:test';
import { seededRandom } from '../../src/lib/random.ts';
import { scanLevels } from '../../src/verdict/level-shifts.ts';
import { INTERVAL_MS, newNoise, WORLD_BEGAN_MS } from '../support/sample-world.ts';

const BEFORE = 1344;

/** Noise of the bench, from one cycle on `times` as much. */
function seriesOf(seed: string, n: number, times: (cycle: number) => number = () => 1) {
  const noise = newNoise(seededRandom(seed));
  return {
    atMs: Float64Array.from({ length: n }, (_, cycle) => WORLD_BEGAN_MS + cycle * INTERVAL_MS),
    values: Float64Array.from({ length: n }, (_, cycle) => 300 * noise(cycle) * times(cycle)),
  };
}

const from = (cycle: number, times: number) => (at: number) => (at >= cycle ? times : 1);

describe('levels', () => {
  test('do not shift in two weeks of noise', () => {
    const found = [1, 2, 3, 4, 5].map((seed) => scanLevels(seriesOf(`noise ${seed}`, 672), 'told').shifts);
    expect(found.flat()).toEqual([]);
  });

  test('shift where they double, and it is known within a day or two', () => {
    const { shifts } = scanLevels(seriesOf('double', BEFORE + 144, from(BEFORE, 2)), 'told');
    expect(shifts).toHaveLength(1);
    expect(shifts[0]!.at).toBeWithin(BEFORE - 12, BEFORE + 12);
    expect(shifts[0]!.noticedAt - BEFORE).toBeLessThan(96);
    expect(shifts[0]!.to / shifts[0]!.from).toBeWithin(1.5, 2.7);
    expect(shifts[0]!.endedAt).toBeNull();
  });

  test('that come back are told as over from about the sample with which they came back', () => {
    const { shifts } = scanLevels(
      seriesOf('back', BEFORE + 400, (cycle) => (cycle >= BEFORE && cycle < BEFORE + 200 ? 2 : 1)),
      'told',
    );
    expect(shifts).toHaveLength(1);
    expect(shifts[0]!.endedAt).toBeWithin(BEFORE + 185, BEFORE + 215);
  });

  test('that stay for fourteen days are what is usual', () => {
    const { shifts } = scanLevels(seriesOf('stay', BEFORE + 900, from(BEFORE, 3)), 'told');
    expect(shifts).toHaveLength(1);
    const { at, endedAt, settledAtMs } = shifts[0]!;
    expect(endedAt).toBeNull();
    expect(settledAtMs).toBe(WORLD_BEGAN_MS + at * INTERVAL_MS + 14 * 86_400_000);
  });

  test('that are all but constant shift at once, by as much as they did', () => {
    const series = seriesOf('steady', BEFORE + 48);
    const steady = { ...series, values: series.values.map((_, cycle) => (cycle >= BEFORE ? 300 : 600)) };
    const { shifts } = scanLevels(steady, 'told');
    expect(shifts).toHaveLength(1);
    expect(shifts[0]).toMatchObject({ at: BEFORE, noticedAt: BEFORE + 11, endedAt: null });
    expect(shifts[0]!.from).toBeCloseTo(600, 3);
    expect(shifts[0]!.to).toBeCloseTo(300, 3);
  });

  test('tell at a sample nothing that rests on a later one', () => {
    const series = seriesOf('causal', BEFORE + 300, from(BEFORE, 1.8));
    const whole = scanLevels(series, 'shown').shifts;
    const cut = whole[0]!.noticedAt + 1;
    const part = { atMs: series.atMs.slice(0, cut), values: series.values.slice(0, cut) };
    const { at, noticedAt } = scanLevels(part, 'shown').shifts.at(-1)!;
    expect({ at, noticedAt }).toEqual({ at: whole[0]!.at, noticedAt: whole[0]!.noticedAt });
  });
});
