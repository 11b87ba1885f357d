import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { ChunkStrip, chunksOf } from '../../../src/web/charts/chunk-strip.tsx';
import { cellsOf, HeatMap, hourOfWeek } from '../../../src/web/charts/heat-map.tsx';
import { IntervalGlyph, sharedAxis } from '../../../src/web/charts/interval-glyph.tsx';
import { HOSTILE, numbersIn } from './places.ts';

/** A Saturday, 12 h. */
const NOW = Date.parse('2026-08-01T12:34:00Z');

describe('a heat map', () => {
  test('has 168 cells whatever is known, and outlines the hour it is', () => {
    const cells = cellsOf([], NOW);
    expect(cells).toHaveLength(168);
    expect(cells.filter(({ isNow }) => isNow)).toMatchObject([{ weekday: 5, hour: 12, step: null }]);
  });

  test('counts hours of the week from Monday', () => {
    expect(hourOfWeek(Date.parse('2026-07-27T00:00:00Z'))).toBe(0);
    expect(hourOfWeek(Date.parse('2026-08-02T23:59:59Z'))).toBe(167);
  });

  test('is darker the slower an hour is, by rank', () => {
    const hours = [200, 9000, 210].map((p50, hour) => ({ weekday: 0, hour, n: 8, p50 }));
    expect(
      cellsOf(hours, NOW)
        .slice(0, 3)
        .map(({ step }) => step),
    ).toEqual([0, 8, 4]);
  });

  test('says when it is quickest and slowest, and tells all hours in its table', () => {
    const hours = [
      { weekday: 0, hour: 3, n: 8, p50: 200 },
      { weekday: 4, hour: 15, n: 8, p50: 400 },
    ];
    const html = String(<HeatMap hours={hours} nowMs={NOW} what={`First token ${HOSTILE}`} />);
    expect(html).toContain('quickest 200 ms on Mon from 3 h UTC, slowest 400 ms on Fri from 15 h UTC');
    expect(html).toContain('<tr><th scope="row">03 h</th><td>200 ms</td><td>–</td>');
    expect(html).not.toContain('<script');
  });

  test('without data says so', () => {
    const html = String(<HeatMap hours={[]} nowMs={NOW} what="First token" />);
    expect(html).toContain('First token by hour of the week: not enough data yet');
    expect(numbersIn(html).every(Number.isFinite)).toBe(true);
  });

  test('has steps from 0 to 8', () => {
    const hour = fc.record({
      ...{ weekday: fc.nat(6), hour: fc.nat(23), n: fc.nat() },
      p50: fc.option(fc.double({ min: 0, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(hour), (hours) => {
        expect(cellsOf(hours, NOW).every(({ step }) => step === null || (step >= 0 && step <= 8))).toBe(true);
      }),
    );
  });
});

describe('a chunk strip', () => {
  test('marks the chunk after a pause of more than 50 ms and of five median gaps', () => {
    expect(chunksOf([200, 205, 210, 261, 266]).map(({ isAfterPause }) => isAfterPause)).toEqual([
      false,
      false,
      false,
      true,
      false,
    ]);
  });

  test('does not call gaps of a slow, even stream pauses', () => {
    expect(chunksOf([0, 80, 160, 240, 500]).filter(({ isAfterPause }) => isAfterPause)).toEqual([]);
  });

  test('has a line per chunk, and a taller one after a pause', () => {
    const html = String(<ChunkStrip atMs={[100, 110, 120, 400]} endMs={400} />);
    expect(html).toContain('d="M25 25V100M27.5 25V100M30 25V100"');
    expect(html).toContain('<path class="after-pause" stroke-width="1.6" d="M100 0V100">');
    expect(html).toContain('4 chunks, 1 after a pause, the longest 280 ms');
  });

  test('of a stream without text says so, and of one chunk shows one', () => {
    expect(String(<ChunkStrip atMs={[]} endMs={900} />)).toContain('No chunk with text came');
    expect(String(<ChunkStrip atMs={[450]} endMs={900} />)).toContain('d="M50 25V100"');
  });

  test('has thinner lines when there are many', () => {
    const many = Array.from({ length: 500 }, (_, index) => index);
    expect(String(<ChunkStrip atMs={many} endMs={500} />)).toContain('stroke-width="0.72"');
  });
});

describe('an interval glyph', () => {
  const axis = sharedAxis([{ p10: 100, p50: 200, p90: 400 }]);

  test('has a dot at the median and a line between the percentiles, on an axis shared by its column', () => {
    const html = String(
      <IntervalGlyph spread={{ p10: 100, p50: 200, p90: 400 }} axis={axis} what="First token" unit="ms" />,
    );
    expect(html).toContain('<circle class="median" cx="50%"');
    expect(html).toContain('First token: median 200 ms, from 100 ms to 400 ms in eight of ten');
  });

  test('has no line where n is too small for one, and no dot where nothing is known', () => {
    const few = String(
      <IntervalGlyph spread={{ p10: null, p50: 200, p90: null }} axis={axis} what="First token" unit="ms" />,
    );
    expect(few).not.toContain('class="range"');
    const none = String(
      <IntervalGlyph spread={{ p10: null, p50: null, p90: null }} axis={axis} what={HOSTILE} unit="ms" />,
    );
    expect(none).not.toContain('<circle');
    expect(none).not.toContain('<script');
    expect(none).toContain(': no data"');
  });

  test('never stands on an axis of less than a factor of four, so that a column of equals looks like one', () => {
    const { scale } = sharedAxis([{ p10: 100, p50: 101, p90: 102 }]);
    expect(scale(102) - scale(100)).toBeLessThan(3);
  });

  test('has an axis even where nothing is known', () => {
    expect(sharedAxis([]).ticks).toEqual([]);
  });
});
