import { describe, expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { sampleOf } from '../../src/domain/sample.ts';
import { historyOf } from '../../src/sim/past/history.ts';
import { askedModels, conditionsAt, fromAfar, storyOf } from '../../src/sim/story.ts';
import { createUniverse } from '../../src/sim/universe.ts';
import { featureVerdicts } from '../../src/verdict/features.ts';
import { modelFlags } from '../../src/verdict/same-model.ts';
import { flawsOf } from '../support/valid-record.ts';

const NOW_MS = Date.UTC(2026, 7, 20, 9, 47, 11);
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const SEED = 1;
const UNIVERSE = createUniverse(SEED);
const STORY = storyOf(UNIVERSE, SEED, NOW_MS);

const QUESTION = { prompt: 'Solve this: 123/2*3.2*9', expected: '1771.2', maxTokens: 4096 };

function worldOf(seed: number, story = STORY) {
  return {
    universe: UNIVERSE,
    models: askedModels(UNIVERSE),
    seed,
    story,
    mapping: { '*': 'http://router' },
  };
}
const identityAt = (location: string) => ({ writer: 'w', location, trackerVersion: '0' });

function history(days: number, seed = SEED): readonly AttemptRecord[] {
  const options = { days, untilMs: NOW_MS, identity: identityAt('demo'), question: QUESTION };
  return [...historyOf(worldOf(seed), options)].flat();
}

const ROWS = history(12);
const standard = ROWS.filter(({ probeKind }) => probeKind === 'standard');
const dueAtMs = ({ cycleTimestampIso }: AttemptRecord) => Date.parse(cycleTimestampIso);
const isOf = (whom: { provider: string; modelId: string } | null) => (row: AttemptRecord) =>
  row.providerName === whom?.provider && row.modelId === whom.modelId;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the simulated past', () => {
  test('is a row that keeps every rule of the schema for each target and half hour, oldest first', () => {
    expect(ROWS.filter((_, i) => i % 20 === 0).flatMap(flawsOf)).toEqual([]);
    const finals = standard.filter(({ final }) => final);
    expect(finals).toHaveLength(12 * 48 * 23);
    expect(new Set(ROWS.map(({ attemptId }) => attemptId)).size).toBe(ROWS.length);
    const due = finals.map(dueAtMs);
    expect(due).toEqual(due.toSorted((a, b) => a - b));
    expect([NOW_MS - due[0]!, NOW_MS - due.at(-1)!].map((ms) => Math.floor(ms / HOUR_MS))).toEqual([12 * 24 - 1, 0]);
  });

  test('is the same for the same seed and moment, and another for another seed', () => {
    expect(history(1)).toEqual(history(1));
    expect(history(1, 2)).not.toEqual(history(1));
  });

  test('tries each advertised feature of each target once a day, and asks who failed again until it answers', () => {
    const tried = ROWS.filter(({ feature }) => feature === 'stop');
    expect(tried).toHaveLength(12 * 23);
    const failed = standard.filter(({ final, outcome }) => final && outcome === 'target_error').length;
    const confirms = ROWS.filter(({ probeKind, final }) => probeKind === 'confirm' && final);
    expect(confirms.length).toBeGreaterThan(failed / 2);
    expect(confirms.every((row) => dueAtMs(row) % (2 * 60_000) === 0)).toBe(true);
  });

  test('leaves each provider its character', () => {
    const share = (provider: string, is: (row: AttemptRecord) => boolean, of = (_row: AttemptRecord) => true) => {
      const first = standard.filter((row) => row.providerName === provider && row.attempt === 1 && of(row));
      return first.filter(is).length / first.length;
    };
    expect(share('drift', ({ outcome }) => outcome === 'target_error')).toBeCloseTo(0.22, 1);
    expect(
      share(
        'kestrel',
        ({ answerCorrect }) => answerCorrect === false,
        ({ outcome }) => outcome === 'ok',
      ),
    ).toBeCloseTo(0.15, 1);
    expect(share('cobalt', ({ outcome }) => outcome === 'ok')).toBe(1);
  });
});

describe('what is planted in it', () => {
  test('is an outage of one provider with all its models, for three hours, and nobody else', () => {
    const { provider, sinceMs, untilMs } = STORY.outage!;
    const during = standard.filter((row) => dueAtMs(row) >= sinceMs && dueAtMs(row) < untilMs && row.final);
    const down = during.filter((row) => row.providerName === provider);
    expect(new Set(down.map(({ outcome }) => outcome))).toEqual(new Set(['target_error']));
    expect(new Set(down.map(({ modelId }) => modelId)).size).toBeGreaterThanOrEqual(2);
    expect(down).toHaveLength(6 * new Set(down.map(({ modelId }) => modelId)).size);
    const others = during.filter((row) => row.providerName !== provider);
    expect(others.filter(({ outcome }) => outcome === 'ok').length / others.length).toBeGreaterThan(0.85);
  });

  test('is an endpoint whose first token takes 1.8 times as long, until now', () => {
    const slow = standard.filter(isOf(STORY.slow)).filter(({ ttftMs }) => ttftMs !== null);
    const [before, since] = [false, true].map((later) =>
      mean(slow.filter((row) => dueAtMs(row) >= STORY.slow!.sinceMs === later).map(({ ttftMs }) => ttftMs!)),
    );
    expect(since! / before!).toBeCloseTo(1.8, 1);
  });

  test('is a swapped model, which the verdicts find to begin when it did, and no other', () => {
    const window = { sinceMs: NOW_MS - 12 * DAY_MS, untilMs: NOW_MS };
    const samples = ROWS.flatMap((row) => sampleOf(row) ?? []);
    const strong = askedModels(UNIVERSE).flatMap((model) =>
      model.offers.flatMap(({ provider }) => {
        const ofModel = samples.filter(({ modelId }) => modelId === model.id);
        const flags = (modelFlags(ofModel, window).get(provider) ?? []).filter(({ weight }) => weight === 'strong');
        return flags.map(({ atMs }) => ({ modelId: model.id, provider, atMs }));
      }),
    );
    expect(strong).not.toEqual([]);
    const { provider, modelId, sinceMs } = STORY.swapped!;
    expect(strong.filter((flag) => flag.provider !== provider || flag.modelId !== modelId)).toEqual([]);
    expect(strong.every(({ atMs }) => Math.abs(atMs! - sinceMs) <= 5 * HOUR_MS)).toBe(true);
  });

  test('is an endpoint that advertises tools and calls none, and the only one', () => {
    const window = { sinceMs: NOW_MS - 12 * DAY_MS, untilMs: NOW_MS };
    const failing = [...Map.groupBy(ROWS, ({ modelId, providerName }) => `${providerName} ${modelId}`)].flatMap(
      ([whom, rows]) =>
        featureVerdicts(
          rows.flatMap((row) => sampleOf(row) ?? []),
          window,
        )
          .filter(({ verdict }) => verdict === 'fails' || verdict === 'sometimes')
          .map(({ feature }) => `${whom} ${feature}`),
    );
    expect(failing).toEqual([`${STORY.lie!.provider} ${STORY.lie!.modelId} tool_call`]);
  });
});

describe('the story of a world', () => {
  test.each([...Array(15).keys()])('of seed %d has all four, each at a steady provider of its own', (seed) => {
    const { outage, slow, swapped, lie } = storyOf(createUniverse(seed), seed, NOW_MS);
    const providers = [outage, slow, swapped, lie].map((planted) => planted?.provider);
    expect(providers).not.toContain(undefined);
    expect(new Set(providers).size).toBe(4);
    for (const unsteady of ['drift', 'gale', 'kestrel']) expect(providers).not.toContain(unsteady);
  });

  test('goes on in the live world, but for the outage', () => {
    const now = (whom: { provider: string; modelId: string }) =>
      conditionsAt(STORY, whom.provider, whom.modelId, NOW_MS + DAY_MS);
    expect(now(STORY.slow!)).toEqual({ isDown: false, slowdown: 1.8, isSwapped: false });
    expect(now(STORY.swapped!)).toEqual({ isDown: false, slowdown: 1, isSwapped: true });
    expect(now({ provider: STORY.outage!.provider, modelId: 'any' }).isDown).toBe(false);
  });

  test.each([...Array(15).keys()])(
    'of seed %d, from another place, has a fifth provider that answers everywhere else',
    (seed) => {
      const universe = createUniverse(seed);
      const home = storyOf(universe, seed, NOW_MS);
      const { outage, slow, swapped, lie, cutOff } = fromAfar(home, universe, NOW_MS);
      const isDown = (story: typeof home, hoursAgo: number) =>
        conditionsAt(story, cutOff!.provider, 'any', NOW_MS - hoursAgo * HOUR_MS).isDown;

      expect([outage, slow, swapped, lie].map((planted) => planted?.provider)).not.toContain(cutOff!.provider);
      const afar = fromAfar(home, universe, NOW_MS);
      expect([isDown(afar, 3), isDown(afar, 1), isDown(home, 1)]).toEqual([false, true, false]);
    },
  );
});

describe('another place', () => {
  const seen = (location: string, seed: number, story = STORY) =>
    [
      ...historyOf(worldOf(seed, story), {
        ...{ days: 1, untilMs: NOW_MS, identity: identityAt(location), question: QUESTION },
        ...{ intervalMs: HOUR_MS, groupMs: HOUR_MS },
      }),
    ] as const;

  test('asks at the same due times, a cycle at a time, under ids of its own, and farther away', () => {
    const here = seen('eu', SEED);
    const there = seen('us', 2, fromAfar(STORY, UNIVERSE, NOW_MS));
    const first = (rows: readonly AttemptRecord[]) =>
      mean(rows.flatMap(({ ttftMs, probeKind }) => (probeKind === 'standard' && ttftMs !== null ? [ttftMs] : [])));

    expect(there).toHaveLength(24);
    expect(there.map(([row]) => row!.cycleTimestampIso)).toEqual(here.map(([row]) => row!.cycleTimestampIso));
    const ids = [...here.flat(), ...there.flat()].map(({ attemptId }) => attemptId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(first(there.flat()) / first(here.flat())).toBeWithin(1.15, 1.6);
  });
});
