import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { cycleId, probeId } from '../../src/domain/ids.ts';
import { planCycle } from '../../src/schedule/plan.ts';
import { aCycle, anIdentity, aTarget, DUE_AT_MS } from '../support/builders.ts';

const MODELS = ['acme/a', 'acme/b', 'acme/c', 'acme/d', 'acme/e'];
const PROVIDERS = ['one', 'two', 'three', 'four'];
const TARGETS = MODELS.flatMap((modelId) => PROVIDERS.map((provider) => aTarget({ modelId, provider })));

function plan(overrides: Partial<Parameters<typeof planCycle>[0]> = {}) {
  const identity = anIdentity();
  return planCycle({
    cycle: aCycle(),
    targets: TARGETS,
    delisted: [],
    identity,
    scheduledAtMs: DUE_AT_MS,
    ...overrides,
  });
}

const order = (probes: ReturnType<typeof plan>) => probes.map(({ target }) => `${target.modelId}:${target.provider}`);

describe('the plan of a cycle', () => {
  test('has each target once, under the id of its probe', () => {
    const probes = plan();

    expect(probes).toHaveLength(TARGETS.length);
    expect(new Set(order(probes)).size).toBe(TARGETS.length);
    const { target, probeId: id } = probes[0]!;
    expect(id).toBe(probeId(aCycle().cycleId, 'local', target.modelId, target.provider, 'standard'));
  });

  test('keeps the providers of a model side by side, due together', () => {
    const probes = plan();

    const changes = probes.filter(({ target }, i) => target.modelId !== probes[i - 1]?.target.modelId);
    expect(changes).toHaveLength(MODELS.length);
    expect(new Set(probes.map(({ scheduledAtMs }) => scheduledAtMs))).toEqual(new Set([DUE_AT_MS]));
  });

  test('is the same for the same cycle and another for the next', () => {
    expect(order(plan())).toEqual(order(plan()));
    expect(order(plan())).not.toEqual(order(plan({ cycle: aCycle({ dueAtMs: DUE_AT_MS + 1_800_000 }) })));
  });

  test('is the same at every place that has the same catalogue, whoever writes and in whatever order it was read', () => {
    const atPlace = (location: string, dueAtMs: number, targets = TARGETS) =>
      plan({
        cycle: { cycleId: cycleId(`writer of ${location}`, dueAtMs), dueAtMs },
        identity: anIdentity({ location, writer: `writer of ${location}` }),
        targets,
      });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e12 }),
        fc.shuffledSubarray(TARGETS),
        fc.shuffledSubarray(TARGETS),
        (dueAtMs, some, others) => {
          const eu = atPlace('eu', dueAtMs, some);
          const us = atPlace('us', dueAtMs, some.toReversed());
          expect(order(us)).toEqual(order(eu));
          expect(us.map(({ cycle }) => cycle.dueAtMs)).toEqual(eu.map(({ cycle }) => cycle.dueAtMs));
          expect(us.map(({ skip, kind }) => [skip, kind])).toEqual(eu.map(({ skip, kind }) => [skip, kind]));
          const ids = new Set([...eu, ...us].map((probe) => probe.probeId));
          expect(ids.size).toBe(2 * some.length);
          const both = new Set(order(atPlace('eu', dueAtMs, others)).filter((key) => order(eu).includes(key)));
          expect(order(eu).filter((key) => both.has(key))).toEqual([...both]);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('lets every model and every provider come first in some cycle', () => {
    const firsts = Array.from(
      { length: 100 },
      (_, i) => plan({ cycle: aCycle({ dueAtMs: DUE_AT_MS + i }) })[0]!.target,
    );

    expect(new Set(firsts.map(({ modelId }) => modelId)).size).toBe(MODELS.length);
    expect(new Set(firsts.map(({ provider }) => provider)).size).toBe(PROVIDERS.length);
  });

  test('marks delisted targets to be skipped, beside the others of their model', () => {
    const gone = aTarget({ modelId: 'acme/c', provider: 'gone' });

    const probes = plan({ delisted: [gone] });

    expect(probes.filter(({ skip }) => skip !== null).map(({ target, skip }) => [target, skip])).toEqual([
      [gone, 'delisted'],
    ]);
    const places = probes.flatMap(({ target }, i) => (target.modelId === 'acme/c' ? [i] : []));
    expect(places.at(-1)! - places[0]!).toBe(PROVIDERS.length);
  });

  test('of a cycle that is left out for the budget has every target, all to be skipped, in the same order', () => {
    const gone = aTarget({ modelId: 'acme/c', provider: 'gone' });

    const probes = plan({ delisted: [gone], skip: 'budget' });

    expect(order(probes)).toEqual(order(plan({ delisted: [gone] })));
    expect(probes.filter(({ skip }) => skip !== 'budget').map(({ target }) => target)).toEqual([gone]);
  });

  test('is empty without targets', () => {
    expect(plan({ targets: [] })).toEqual([]);
  });
});
