import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { frontierOf, labelBox, type Offer, overlap, scatterOf } from '../../../src/web/charts/scatter.ts';
import { ScatterChart } from '../../../src/web/charts/scatter-chart.tsx';
import { HOSTILE, numbersIn } from './places.ts';

const offer = (name: string, price: number, speed: number, more: Partial<Offer> = {}): Offer => ({
  ...{ name, price, speed, href: `/models/acme/Thinker-7B/${name}` },
  ...{ state: 'well', isPick: false },
  ...more,
});

const anOffer = fc
  .record({
    name: fc.string({ minLength: 1, maxLength: 30 }),
    price: fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1000, noNaN: true })),
    speed: fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 100_000, noNaN: true })),
    state: fc.constantFrom('well' as const, 'slow' as const, 'down' as const),
  })
  .map(({ name, price, speed, state }) => offer(name, price, speed, { state }));

describe('the frontier', () => {
  test('has those whom nobody beats in price without losing in speed', () => {
    const offers = [
      offer('kestrel', 0.14, 80),
      offer('ember', 0.2, 104),
      offer('aster', 0.21, 100),
      offer('cobalt', 0.26, 499),
    ];
    expect(frontierOf(offers).map(({ name }) => name)).toEqual(['kestrel', 'ember', 'cobalt']);
  });

  test('leaves out who does not answer', () => {
    expect(
      frontierOf([offer('drift', 0.1, 900, { state: 'down' }), offer('cobalt', 0.2, 100)]).map(({ name }) => name),
    ).toEqual(['cobalt']);
  });

  test('has one of two with the same price, the faster', () => {
    expect(frontierOf([offer('a', 1, 50), offer('b', 1, 60)]).map(({ name }) => name)).toEqual(['b']);
  });

  test('rises in price and in speed, and whoever is not on it is beaten', () => {
    fc.assert(
      fc.property(fc.array(anOffer, { maxLength: 12 }), (all) => {
        const frontier = frontierOf(all);
        frontier.slice(1).forEach(({ price, speed }, index) => {
          expect(price > frontier[index]!.price && speed > frontier[index]!.speed).toBe(true);
        });
        for (const each of all.filter(({ state, speed }) => state !== 'down' && speed > 0)) {
          expect(frontier.some(({ price, speed }) => price <= each.price && speed >= each.speed)).toBe(true);
        }
      }),
    );
  });
});

describe('a scatter', () => {
  test('puts cheap to the left and fast to the top, and steps along the frontier', () => {
    const { points, step } = scatterOf([offer('cheap', 0.1, 10), offer('fast', 1, 1000)]);
    const [cheap, fast] = points;
    expect(cheap!.x).toBeLessThan(fast!.x);
    expect(cheap!.y).toBeGreaterThan(fast!.y);
    expect(step).toBe(`M${cheap!.x} 100H${cheap!.x}V${cheap!.y}H${fast!.x}V${fast!.y}H100`);
  });

  test('puts a single one in the middle', () => {
    const { points } = scatterOf([offer('cobalt', 0.26, 499)]);
    expect(points.map(({ x, y }) => [x, y])).toEqual([[50, 50]]);
  });

  test('leaves out whose price or speed is not above 0: they have no logarithm', () => {
    expect(scatterOf([offer('free', 0, 100), offer('silent', 1, 0)]).points).toEqual([]);
  });

  test('labels the pick before all others, and leaves a label out rather than cover another', () => {
    const crowd = Array.from({ length: 30 }, (_, index) => offer(`crowded-provider-${index}`, 1, 100 + index / 100));
    const { points } = scatterOf([...crowd, offer('the-pick', 1, 100.5, { isPick: true })]);
    expect(points.find(({ isPick }) => isPick)?.label).not.toBeNull();
    expect(points.filter(({ label }) => label === null).length).toBeGreaterThan(0);
  });

  test('is inside its box, and its labels never cover each other', () => {
    fc.assert(
      fc.property(fc.array(anOffer, { maxLength: 14 }), (all) => {
        const { points } = scatterOf(all);
        expect(points.every(({ x, y }) => x >= 0 && x <= 100 && y >= 0 && y <= 100)).toBe(true);
        const boxes = points.flatMap((point) => (point.label ? labelBox(point, point.label) : []));
        boxes.forEach((box, index) => {
          expect(boxes.slice(index + 1).some((other) => overlap(box, other))).toBe(false);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('has no wild number in its picture', () => {
    fc.assert(
      fc.property(fc.array(anOffer, { maxLength: 6 }), (all) => {
        expect(numbersIn(String(<ScatterChart name="x" offers={all} />)).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test('draws the pick last, who is slow as a triangle, and who is down hollow', () => {
    const html = String(
      <ScatterChart
        name="x"
        offers={[
          offer('pick', 1, 9, { isPick: true }),
          offer('gale', 2, 5, { state: 'slow' }),
          offer('drift', 1, 5, { state: 'down' }),
        ]}
      />,
    );
    expect([...html.matchAll(/<a class="([^"]*)"/g)].map(([, looks]) => looks)).toEqual([
      'point slow',
      'point down',
      'point well pick on-frontier',
    ]);
    expect(html).toContain('gale: $2.00 per million tokens, 5.0 tok/s, slow');
  });

  test('without an offer says so', () => {
    expect(String(<ScatterChart name="x" offers={[]} />)).toContain('No provider with a known price and speed yet.');
  });

  test('escapes names', () => {
    expect(String(<ScatterChart name={HOSTILE} offers={[offer(HOSTILE, 1, 1)]} />)).not.toContain('<script');
  });
});
