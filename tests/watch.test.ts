import { describe, expect, test } from 'bun:test';
import type { FoundIncident } from '../src/domain/incident.ts';
import { type Sample, sampleOf } from '../src/domain/sample.ts';
import { createKnowledge } from '../src/knowledge.ts';
import { createRecent, fillRecent } from '../src/recent.ts';
import { historyOf } from '../src/sim/past/history.ts';
import { askedModels, storyOf } from '../src/sim/story.ts';
import { createUniverse } from '../src/sim/universe.ts';
import type { Store } from '../src/store/open-store.ts';
import { createWatch } from '../src/watch.ts';
import { recordingLog } from './support/log.ts';
import { byKind, plantedIn } from './support/planted.ts';

const NOW_MS = Date.UTC(2026, 10, 25, 3, 17, 40);
/** Judged are 28 days; the week before is what was usual then. */
const DAYS = 35;

function pastOf(seed: number) {
  const universe = createUniverse(seed);
  const story = storyOf(universe, seed, NOW_MS);
  const world = { universe, models: askedModels(universe), seed, story, mapping: { '*': 'http://router' } };
  const identity = { writer: 'w', location: 'demo', trackerVersion: '0' };
  const question = { prompt: 'Solve this: 123/2*3.2*9', expected: '1771.2', maxTokens: 4096 };
  const rows = [...historyOf(world, { days: DAYS, untilMs: NOW_MS, identity, question })].flat();
  const samples = rows.flatMap((row) => sampleOf(row) ?? []).sort((a, b) => a.dueAtMs - b.dueAtMs);
  return { story, samples };
}

/** What the first look at a store with these samples keeps. */
async function foundIn(past: readonly Sample[], intervalMs: number): Promise<readonly FoundIncident[]> {
  let kept: readonly FoundIncident[] = [];
  const store = {
    async *samples({ sinceMs }: { readonly sinceMs: number }) {
      yield past.filter(({ dueAtMs }) => dueAtMs >= sinceMs);
    },
    judgedUntilMs: async () => null,
    incidents: async () => [],
    async saveIncidents(found: readonly FoundIncident[]) {
      kept = found;
    },
  } as unknown as Store;
  const recent = createRecent();
  await fillRecent(recent, store, NOW_MS);
  const clock = { nowMs: () => NOW_MS };
  const parts = { recent, store, intervalMs, location: 'demo' };
  const knowledge = createKnowledge({ ...parts, ...clock, catalog: () => null });
  await createWatch({ ...parts, knowledge, clock, log: recordingLog() }).judge();
  return kept;
}

describe('the first look at the past of the demo', () => {
  for (const seed of [2, 7]) {
    test(`finds what was planted in world ${seed}, each where it was, and nothing else`, async () => {
      const { story, samples } = pastOf(seed);
      const found = await foundIn(samples, 20_000);
      expect(byKind(found)).toEqual(plantedIn(story));
      const of = (kind: string) => found.find((incident) => incident.kind === kind)!;
      expect(of('outage')).toMatchObject({ startedAtMs: story.outage!.sinceMs, endedAtMs: story.outage!.untilMs });
      expect(Math.abs(of('slow').startedAtMs - story.slow!.sinceMs)).toBeLessThanOrEqual(2 * 3_600_000);
    });
  }
});

test('others have a turn between two targets while it looks', async () => {
  const { samples } = pastOf(2);
  const [{ modelId }] = samples as [Sample];
  const ofModel = samples.filter((sample) => sample.modelId === modelId && sample.dueAtMs >= NOW_MS - 86_400_000);
  const targets = new Set(ofModel.map(({ providerName }) => providerName)).size;
  let turns = 0;
  let isOver = false;
  const take = () => {
    turns++;
    if (!isOver) setImmediate(take);
  };

  setImmediate(take);
  await foundIn(ofModel, 20_000);
  isOver = true;

  expect(targets).toBeGreaterThan(2);
  expect(turns).toBeGreaterThan(targets);
});
