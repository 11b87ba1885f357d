import { describe, expect, test } from 'bun:test';
import type { FoundIncident } from '../src/domain/incident.ts';
import type { Sample } from '../src/domain/sample.ts';
import type { Catalog } from '../src/domain/types.ts';
import { createPlaces } from '../src/places.ts';
import { fillRecent } from '../src/recent.ts';
import type { Store } from '../src/store/open-store.ts';
import { createWatches } from '../src/watch.ts';
import { aCatalog, aTarget } from './support/builders.ts';
import { recordingLog } from './support/log.ts';
import { everyPair, INTERVAL_MS, samplesOf, type Trouble, WORLD_BEGAN_MS } from './support/sample-world.ts';

const ENDPOINTS = everyPair(2, 3);
const [DOWN] = ENDPOINTS as [(typeof ENDPOINTS)[number]];
const CYCLES = 400;
const NOW_MS = WORLD_BEGAN_MS + (CYCLES - 1) * INTERVAL_MS + 60_000;
const ALL = { sinceMs: WORLD_BEGAN_MS, untilMs: NOW_MS };
const OUT: Omit<Trouble, 'from' | 'to'> = {
  ...{ scope: 'endpoint', ...DOWN },
  ...{ outcome: 'target_error', errorClass: 'http_5xx' },
};

/** What is seen from there: the same targets and cycles, in other words of chance; everything takes `times` as long. */
function seenFrom(location: string, troubles: readonly Trouble[] = [], times = 1): readonly Sample[] {
  const world = { cycles: CYCLES, endpoints: ENDPOINTS, failureRates: ENDPOINTS.map(() => 0), troubles };
  return samplesOf({ seed: location, ...world }).map((sample) => ({
    ...sample,
    location,
    attemptId: `${location}/${sample.attemptId}`,
    ttftMs: sample.ttftMs && sample.ttftMs * times,
  }));
}

/** A store with these samples, in the order of their arrival. */
function storeOf(samples: readonly Sample[]) {
  const kept = new Map<string, FoundIncident>();
  const judged = new Map<string, number>();
  const catalog: { lastGood: Catalog | null } = { lastGood: null };
  const store = {
    lastGood: async () => catalog.lastGood,
    async *samples({ sinceMs }: { readonly sinceMs: number }) {
      yield samples.filter(({ dueAtMs }) => dueAtMs >= sinceMs);
    },
    async *rollups() {},
    judgedUntilMs: async (location: string) => judged.get(location) ?? null,
    incidents: async ({ location }: { readonly location: string }) =>
      [...kept.values()].filter((one) => one.location === location),
    async saveIncidents(
      found: readonly FoundIncident[],
      { location, untilMs }: { readonly location: string; readonly untilMs: number },
    ) {
      for (const incident of found) kept.set(incident.incidentId, incident);
      judged.set(location, untilMs);
    },
  } as unknown as Store;
  return { store, catalog, kept: () => [...kept.values()] };
}

async function opened(location: string, ...seen: readonly (readonly Sample[])[]) {
  const stored = seen.flat().sort((a, b) => a.dueAtMs - b.dueAtMs);
  const { store, catalog, kept } = storeOf(stored);
  const places = createPlaces({ store, nowMs: () => NOW_MS, intervalMs: INTERVAL_MS, location });
  await fillRecent(places, store, NOW_MS);
  const watch = createWatches({
    places,
    store,
    intervalMs: INTERVAL_MS,
    clock: { nowMs: () => NOW_MS },
    log: recordingLog(),
  });
  const arrive = (samples: readonly Sample[]) => {
    stored.push(...samples);
    for (const sample of samples) places.add(sample);
  };
  return { places, knowledge: places.knowledge, watch, catalog, kept, arrive };
}

const LATELY = { from: CYCLES - 6, to: CYCLES };

describe('what is known from several places', () => {
  test('is told for our own, and is what it would be if there were no other', async () => {
    const [eu, us] = [seenFrom('eu'), seenFrom('us', [], 3)];
    const both = (await opened('eu', eu, us)).knowledge;
    const alone = (await opened('eu', eu)).knowledge;

    expect(both.location()).toBe('eu');
    expect(both.board()).toEqual(alone.board());
    expect(both.model(DOWN.modelId, ALL)).toEqual(alone.model(DOWN.modelId, ALL));
    expect(await both.history(DOWN, 'ttftMs', ALL, 50)).toEqual(await alone.history(DOWN, 'ttftMs', ALL, 50));
    expect(both.hoursOfWeek(DOWN, 'ttftMs', ALL)).toEqual(alone.hoursOfWeek(DOWN, 'ttftMs', ALL));
  });

  test('has its models as the last good catalogue has them, once that is read', async () => {
    const { places, knowledge, catalog } = await opened('eu', seenFrom('eu'));
    const trending = [...new Set(ENDPOINTS.map(({ modelId }) => modelId))].reverse();
    const shown = () => knowledge.board().map(({ modelId }) => modelId);
    catalog.lastGood = aCatalog({ targets: trending.map((modelId) => aTarget({ modelId })) });

    expect(shown()).toEqual(trending.toReversed());
    await places.readCatalog();
    expect(shown()).toEqual(trending);
  });

  test('is told for another when asked, and for none that nobody looked from', async () => {
    const us = seenFrom('us', [], 3);
    const { knowledge } = await opened('eu', seenFrom('eu'), us);
    const alone = (await opened('us', us)).knowledge;

    expect(knowledge.from('us')?.location()).toBe('us');
    expect(knowledge.from('us')?.model(DOWN.modelId, ALL)).toEqual(alone.model(DOWN.modelId, ALL));
    expect(knowledge.from('mars')).toBeNull();
    expect(knowledge.locations()).toEqual([
      { location: 'eu', sinceMs: WORLD_BEGAN_MS, lastAtMs: NOW_MS - 60_000, samples: ENDPOINTS.length * CYCLES },
      { location: 'us', sinceMs: WORLD_BEGAN_MS, lastAtMs: NOW_MS - 60_000, samples: ENDPOINTS.length * CYCLES },
    ]);
  });

  test('is told for the place with the most samples until ours has its first', async () => {
    const us = seenFrom('us');
    const { places, knowledge } = await opened('here', seenFrom('eu').slice(600), us);
    expect(knowledge.location()).toBe('us');
    const before = knowledge.revision();
    places.add({ ...us[0]!, location: 'here', attemptId: 'first' });
    expect(knowledge.location()).toBe('here');
    expect(knowledge.revision()).toBeGreaterThan(before);
  });

  test('says that it is down from one place and answers from the other, on both sides', async () => {
    const { knowledge } = await opened('eu', seenFrom('eu', [{ ...OUT, ...LATELY }]), seenFrom('us'));

    expect(knowledge.checks(DOWN)).toMatchObject({
      finding: 'down_from_here',
      says: "It's down from eu, and answers from us.",
      elsewhere: [{ location: 'us', finding: 'answers' }],
    });
    expect(knowledge.from('us')?.checks(DOWN)).toMatchObject({
      finding: 'down_elsewhere',
      says: 'It answers from us, and is down from eu.',
    });
    const state = (from: string) => knowledge.from(from)?.model(DOWN.modelId, ALL)?.endpoints[0]?.state.state;
    expect([state('eu'), state('us')]).toEqual(['down', 'healthy']);
  });

  test('is down for everybody only where everybody who looks sees it', async () => {
    const out = [{ ...OUT, ...LATELY }];
    const { knowledge } = await opened('eu', seenFrom('eu', out), seenFrom('us', out));
    expect(knowledge.checks(DOWN)).toMatchObject({
      finding: 'down',
      says: "It's down. Not just you. So it is from us.",
    });
  });

  test('nothing is said of a place that did not look lately', async () => {
    const { places, knowledge } = await opened(
      'eu',
      seenFrom('eu', [{ ...OUT, ...LATELY }]),
      seenFrom('us').slice(0, 600),
    );
    expect(places.lookingAt(DOWN)).toEqual(['eu']);
    expect(knowledge.checks(DOWN)).toMatchObject({
      finding: 'down',
      says: "It's down. Not just you.",
      elsewhere: [{ location: 'us', finding: 'too_early' }],
    });
  });

  test('has one endpoint as each place sees it, from whichever it is asked', async () => {
    const lost = seenFrom('ap').filter(({ providerName }) => providerName !== DOWN.provider);
    const eu = seenFrom('eu', [{ ...OUT, ...LATELY }]);
    const { knowledge } = await opened('eu', eu, seenFrom('us', [], 3), lost);
    const found = knowledge.fromPlaces(DOWN, ALL);

    expect(found.map(({ location, state }) => [location, state.state])).toEqual([
      ['eu', 'down'],
      ['us', 'healthy'],
    ]);
    expect(knowledge.from('us')!.fromPlaces(DOWN, ALL)).toEqual(found);
    for (const { location, ...seen } of found) {
      const model = knowledge.from(location)!.model(DOWN.modelId, ALL)!;
      expect(model.endpoints.find(({ provider }) => provider === DOWN.provider)).toMatchObject({ location, ...seen });
    }
  });

  test('has it of those that asked within the window alone', async () => {
    const { knowledge } = await opened('eu', seenFrom('eu'), seenFrom('us').slice(0, 600));
    const lately = { sinceMs: NOW_MS - 3 * INTERVAL_MS, untilMs: NOW_MS };
    expect(knowledge.fromPlaces(DOWN, lately).map(({ location }) => location)).toEqual(['eu']);
    expect(knowledge.fromPlaces(DOWN, ALL).map(({ location }) => location)).toEqual(['eu', 'us']);
  });

  test('compares one endpoint between two places, cycle by cycle', async () => {
    const { knowledge } = await opened('eu', seenFrom('eu'), seenFrom('us', [], 3));
    const found = knowledge.comparePlaces(DOWN, 'eu', 'us', 'ttftMs', ALL)!;

    expect(found).toMatchObject({ ...DOWN, a: 'eu', b: 'us', better: 'a', n: CYCLES });
    expect(found.ratio!.low).toBeLessThan(3);
    expect(found.ratio!.high).toBeGreaterThan(3);
    expect(knowledge.comparePlaces(DOWN, 'eu', 'mars', 'ttftMs', ALL)).toBeNull();
  });
});

describe('incidents seen from several places', () => {
  test('are each of the place that sees them, and say so', async () => {
    const outage = { ...OUT, from: 200, to: 206 };
    const { watch, kept } = await opened('eu', seenFrom('eu', [outage]), seenFrom('us'));
    await watch.judge();
    const outages = kept().filter(({ kind }) => kind === 'outage');
    expect(outages).toMatchObject([{ location: 'eu', scope: 'endpoint', ...DOWN, endReason: 'recovered' }]);
    expect(outages[0]!.says).toStartWith(`From eu: ${DOWN.modelId} at ${DOWN.provider} was down.`);
  });

  test('are found in what another place saw before it was known here', async () => {
    const outage = { ...OUT, from: 200, to: 206 };
    const { watch, kept, arrive } = await opened('eu', seenFrom('eu'));
    await watch.judge();
    arrive(seenFrom('us', [outage]));
    await watch.judge();
    expect(kept().map(({ kind, location }) => [kind, location])).toEqual([['outage', 'us']]);
  });

  test('say nothing of places where there is only one', async () => {
    const { watch, kept } = await opened('eu', seenFrom('eu', [{ ...OUT, from: 200, to: 206 }]));
    await watch.judge();
    expect(kept()[0]!.says).toStartWith(`${DOWN.modelId} at ${DOWN.provider} was down.`);
  });
});
