import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type BandPoint, bandOf, levelsAround } from '../../../src/web/charts/band.ts';
import { BandChart } from '../../../src/web/charts/band-chart.tsx';
import { Sparkline, sparkOf } from '../../../src/web/charts/sparkline.tsx';
import { HOSTILE, numbersIn } from './places.ts';

const DAY_MS = 24 * 3600 * 1000;
const SINCE = Date.parse('2026-07-02T00:00:00Z');
const WINDOW = { sinceMs: SINCE, untilMs: SINCE + 10 * DAY_MS };

const at = (day: number, p50: number | null, p10 = p50, p90 = p50): BandPoint => ({
  ...{ atMs: SINCE + day * DAY_MS, spanMs: DAY_MS, n: 48 },
  ...{ p10, p50, p90 },
});

describe('a band chart', () => {
  test('draws medians in the middle of their stretch, over a y axis that begins at 0', () => {
    const { median, y } = bandOf([at(0, 500, 400, 1000), at(1, 250, 200, 500)], WINDOW);
    expect(y(0)).toBe(100);
    expect(median).toEqual([
      [
        [5, 50],
        [15, 75],
      ],
    ]);
  });

  test('leaves a gap where a stretch is missing, or too few replies tell a median', () => {
    const { median } = bandOf([at(0, 500), at(2, 500), at(3, null), at(4, 500), at(5, 500)], WINDOW);
    expect(median.map((run) => run.length)).toEqual([1, 1, 2]);
  });

  test('goes along the 90th percentile and back along the 10th', () => {
    const { areas } = bandOf([at(0, 500, 0, 1000), at(1, 500, 0, 1000)], WINDOW);
    expect(areas).toEqual([
      [
        [5, 0],
        [15, 0],
        [15, 100],
        [5, 100],
      ],
    ]);
  });

  test('is cut at the 98.5th percentile of p90, and marks what is above', () => {
    const window = { sinceMs: SINCE, untilMs: SINCE + 100 * DAY_MS };
    const points = Array.from({ length: 100 }, (_, day) => at(day, 300, 200, day === 40 ? 90_000 : 1000));
    const { y, clipped } = bandOf(points, window);
    expect(y(1000)).toBe(0);
    expect(clipped).toEqual([40.5]);
  });

  test('never cuts a median', () => {
    const points = Array.from({ length: 100 }, (_, day) => at(day, day === 40 ? 5000 : 300, 200, 1000));
    expect(bandOf(points, WINDOW).y(5000)).toBeGreaterThan(0);
  });

  test('shows a change as a rule, with the levels on both sides', () => {
    const points = [at(0, 400), at(1, 440), at(2, 450), at(5, 600), at(6, 640)];
    expect(levelsAround(points, SINCE + 5 * DAY_MS)).toEqual({ before: 440, since: 620 });
    const html = String(<BandChart name="x" points={points} window={WINDOW} changedAtMs={SINCE + 5 * DAY_MS} />);
    expect(html).toContain('Step change</tspan> 7 Jul<tspan class="levels"> · median 440 ms → 620 ms</tspan>');
    expect(html.match(/class="level"/g)).toHaveLength(2);
  });

  test('shades outages', () => {
    const outages = [{ sinceMs: SINCE + DAY_MS, untilMs: SINCE + 2 * DAY_MS }];
    const html = String(<BandChart name="x" points={[at(0, 1)]} window={WINDOW} outages={outages} />);
    expect(html).toContain('<rect class="outage" x="10" width="10" y="0" height="100">');
  });

  test('without data says so, and keeps its frame', () => {
    const html = String(<BandChart name="First token of cobalt: no data" points={[]} window={WINDOW} />);
    expect(html).toContain('Not enough data for a line yet.');
    expect(html).toContain('aria-label="First token of cobalt: no data"');
  });

  test('draws a single point as a dot', () => {
    expect(String(<BandChart name="x" points={[at(0, 5)]} window={WINDOW} />)).toContain('d="M5 4.76h.01"');
  });

  test('tells every point in its table, and escapes its name', () => {
    const html = String(<BandChart name={HOSTILE} points={[at(0, 218, null, null)]} window={WINDOW} />);
    expect(html).toContain('<tr><th scope="row">2 Jul</th><td>218 ms</td><td>–</td><td>–</td><td>48</td></tr>');
    expect(html).not.toContain('<script');
  });

  test('stays inside its box, whatever was measured', () => {
    const length = fc.option(fc.double({ min: 0, max: 1e7, noNaN: true }));
    const points = fc.array(
      fc.record({ day: fc.integer({ min: -2, max: 12 }), p10: length, p50: length, p90: length }),
    );
    fc.assert(
      fc.property(points, (all) => {
        const given = all.toSorted((a, b) => a.day - b.day).map(({ day, p10, p50, p90 }) => at(day, p50, p10, p90));
        const { median, areas, clipped } = bandOf(given, WINDOW);
        const places = [...median, ...areas].flat(2);
        expect([...places, ...clipped].every((place) => place >= 0 && place <= 100)).toBe(true);
        expect(numbersIn(String(<BandChart name="x" points={given} window={WINDOW} />)).every(Number.isFinite)).toBe(
          true,
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('a sparkline', () => {
  test('of what hardly changes looks steady: its y is never tighter than 0.6 to 1.6 times the median', () => {
    const heights = sparkOf([100, 104, 97, 100])
      .runs.flat()
      .map(([, y]) => y);
    expect(Math.max(...heights) - Math.min(...heights)).toBeLessThan(8);
  });

  test('keeps gaps, and ends in the last value that is known', () => {
    const { runs, last } = sparkOf([100, null, 100, 160]);
    expect(runs.map((run) => run.length)).toEqual([1, 2]);
    expect(last).toEqual([100, 5]);
  });

  test('of nothing, or of nothing known, is an empty picture with its name', () => {
    for (const values of [[], [null, null]]) {
      expect(String(<Sparkline values={values} name="no data" />)).toMatch(/^<svg [^>]*aria-label="no data"><\/svg>$/);
    }
  });

  test('escapes its name', () => {
    expect(String(<Sparkline values={[1]} name={HOSTILE} />)).not.toContain('<script');
  });

  test('stays inside its box', () => {
    const values = fc.array(fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })));
    fc.assert(
      fc.property(values, (all) => {
        const { runs } = sparkOf(all);
        expect(runs.flat(2).every((place) => place >= 0 && place <= 100)).toBe(true);
      }),
    );
  });
});
