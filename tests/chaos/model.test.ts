import { expect, test } from 'bun:test';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { DatasetHub } from '../../src/ports.ts';
import { HubFailure } from '../../src/push/hub-failure.ts';
import { pushOnce } from '../../src/push/push-once.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { aRecord, aSkippedRecord } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { Dataset } from './dataset.ts';

/** How one push goes. `dies`: the process, before or after its commit has landed. */
const PUSHES = ['well', 'refused', 'answer lost', 'stale', 'dies before', 'dies after'] as const;
type Push = (typeof PUSHES)[number];

type Step =
  | { readonly kind: 'append'; readonly records: number }
  /** The process dies before it was told that the records are stored. */
  | { readonly kind: 'die while appending'; readonly records: number }
  | { readonly kind: 'seal' }
  | { readonly kind: 'push'; readonly goes: Push }
  | { readonly kind: 'prune'; readonly steps: number }
  | { readonly kind: 'die' }
  | { readonly kind: 'set the clock'; readonly byHours: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('append' as const), records: fc.integer({ min: 1, max: 5 }) }),
  },
  fc.record({ kind: fc.constant('die while appending' as const), records: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('seal' as const) }),
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('push' as const), goes: fc.constantFrom(...PUSHES) }) },
  fc.record({ kind: fc.constant('prune' as const), steps: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('die' as const) }),
  fc.record({ kind: fc.constant('set the clock' as const), byHours: fc.integer({ min: -30, max: 60 }) }),
);

/** Not the Hub's failure, and not the store's: the end of the process. */
class Death extends Error {}

test('whatever is appended, sealed and pushed in whatever order, and wherever the process dies, the dataset holds what was acknowledged once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
      using folder = tempDir();
      using world = await aWorld(folder.path);
      for (const next of steps) {
        await world.take(next);
        await world.expectNothingLost();
      }
      await world.take({ kind: 'push', goes: 'well' });
      await world.expectAllPushed();
    }),
    { seed: 20260803, numRuns: 20 },
  );
}, 60_000);

/** A daemon's store and a dataset; beside them, as a plain list, what the daemon has been told is stored. */
async function aWorld(root: string) {
  const clock = new SetClock();
  const hub = new MemoryHub();
  const dataset = await Dataset.open(join(root, 'dataset'));
  const acknowledged: string[] = [];
  let asked = 0;
  let lives = 0;
  let store = open();

  function open(): Store {
    const settings = { dataDir: join(root, `store-${lives}`), csvPath: join(root, 'buffer.csv') };
    return openStore(settings, { clock });
  }

  /** What is on the disk at this moment is all that the next life finds. */
  function die(): void {
    cpSync(join(root, `store-${lives}`), join(root, `store-${lives + 1}`), { recursive: true });
    store[Symbol.dispose]();
    lives++;
    store = open();
  }

  /** Every third is no CSV row. */
  function newRecords(count: number): readonly AttemptRecord[] {
    return Array.from({ length: count }, () => {
      const cycleTimestampIso = new Date(Math.floor(clock.nowMs() / 60_000) * 60_000).toISOString();
      const make = asked % 3 === 2 ? aSkippedRecord : aRecord;
      return make({ cycleTimestampIso, modelId: `acme/Model-${String(asked++).padStart(4, '0')}` });
    });
  }

  const push = (spoilt: DatasetHub) =>
    pushOnce(
      {
        batches: store,
        rollups: store,
        hub: spoilt,
        settings: { csvFilename: 'metrics.csv' },
        writer: store.writer,
        clock,
        log: recordingLog(),
      },
      AbortSignal.timeout(60_000),
    );

  return {
    async take(next: Step): Promise<void> {
      switch (next.kind) {
        case 'append': {
          const records = newRecords(next.records);
          await store.append(records);
          acknowledged.push(...records.map(({ attemptId }) => attemptId));
          return;
        }
        case 'die while appending':
          store.append(newRecords(next.records)).catch(() => undefined);
          return die();
        case 'seal':
          await store.seal(clock.nowMs());
          return;
        case 'push':
          try {
            const { kind } = await push(spoiltBy(next.goes, hub, join(root, 'dataset')));
            expect(kind).not.toBe('alarm');
          } catch (error) {
            if (!(error instanceof Death)) throw error;
            die();
          }
          return;
        case 'prune': {
          const pruned = store
            .prune({ days: 1, limitBytes: null, onlyPushed: true }, clock.nowMs())
            [Symbol.asyncIterator]();
          for (let taken = 0; taken < next.steps && !(await pruned.next()).done; taken++);
          return;
        }
        case 'die':
          return die();
        case 'set the clock':
          return clock.jumpWall(next.byHours * 3_600_000);
        default:
          return next satisfies never;
      }
    },

    async expectNothingLost() {
      expect(await dataset.look()).toEqual([]);
      const stored = new Set(await idsOf(store.read()));
      const copies = (id: string) => dataset.copies.get(id) ?? 0;
      expect(acknowledged.filter((id) => !stored.has(id) && copies(id) === 0)).toEqual([]);
      expect([...dataset.copies].filter(([, count]) => count > 1)).toEqual([]);
      expect([...dataset.copies.keys()].filter((id) => !acknowledged.includes(id))).toEqual([]);
    },

    async expectAllPushed() {
      await dataset.look();
      expect([...dataset.copies.keys()].sort()).toEqual(acknowledged.toSorted());
      expect(await store.seal(clock.nowMs())).toEqual([]);
    },

    [Symbol.dispose]() {
      store[Symbol.dispose]();
      dataset[Symbol.dispose]();
    },
  };
}

/** A Hub that keeps its files in a folder and does to one push what is asked. */
function spoiltBy(goes: Push, hub: MemoryHub, folder: string): DatasetHub {
  return {
    async hashes(paths, signal) {
      const there = await hub.hashes(paths, signal);
      return goes === 'stale' ? new Map() : there;
    },
    text: (path, signal) => hub.text(path, signal),
    async commit(commit, signal) {
      if (goes === 'refused') throw new HubFailure('unavailable', 'the Hub answered 503');
      if (goes === 'dies before') throw new Death();
      const answer = await hub.commit(commit, signal);
      for (const { path, bytes } of commit.files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), bytes);
      }
      if (goes === 'answer lost') throw new HubFailure('network', 'the answer was lost');
      if (goes === 'dies after') throw new Death();
      return answer;
    },
  };
}

const idsOf = (records: AsyncIterable<AttemptRecord>) => Array.fromAsync(records, ({ attemptId }) => attemptId);
