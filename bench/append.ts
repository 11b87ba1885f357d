import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptRecord } from '../src/domain/record.ts';
import { SYSTEM_CLOCK } from '../src/parts.ts';
import { openStore } from '../src/store/open-store.ts';
import { aRecord } from '../tests/support/builders.ts';
import type { Bench, Figure } from './bench.ts';
import { benchFolder } from './tracker.ts';

const GROUPS = [1, 10, 100] as const;
const TARGETS = 200;
const CYCLE_MS = 30 * 60 * 1000;
const PEER = 'JSON lines + fsync';

export const append: Bench = {
  about:
    'records of 5.5 KB of 200 targets, cycle after cycle, made durable with ledger and rollups in groups that arrive together, one commit a group (SQLite, synchronous=FULL)',
  goals: { 'groups of 10': { atMost: 0.2 } },
  async run({ quick, progress }) {
    const groups = quick ? 20 : 200;
    const figures: Figure[] = [];
    for (const size of GROUPS) {
      progress(`groups of ${size}`);
      const all = Array.from({ length: groups }, (_, group) => recordsOf(group, size));
      const ours = await msPerRecord(all, storeIn);
      const theirs = await msPerRecord(all, linesIn);
      figures.push({ name: `groups of ${size}`, unit: 'ms/record', ours, peers: { [PEER]: theirs } });
    }
    return figures;
  },
};

type Append = (records: readonly AttemptRecord[]) => unknown;

async function msPerRecord(
  groups: readonly (readonly AttemptRecord[])[],
  open: (folder: string) => Disposable & { readonly append: Append },
): Promise<number> {
  using folder = benchFolder();
  using place = open(folder.path);
  const beganMs = performance.now();
  for (const group of groups) await place.append(group);
  return (performance.now() - beganMs) / groups.flat().length;
}

/** The daemon appends records one by one as probes end; those of one turn of the event loop share a commit. */
function storeIn(folder: string) {
  const store = openStore({ dataDir: folder, csvPath: join(folder, 'buffer.csv') }, { clock: SYSTEM_CLOCK });
  return {
    append: (records: readonly AttemptRecord[]) => Promise.all(records.map((record) => store.append([record]))),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

/** The least that keeps a record through a power cut, and finds none of them again. */
function linesIn(folder: string) {
  const file = openSync(join(folder, 'records.jsonl'), 'a');
  return {
    append(records: readonly AttemptRecord[]) {
      writeSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
      fsyncSync(file);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

function recordsOf(group: number, size: number): readonly AttemptRecord[] {
  return Array.from({ length: size }, (_, i) => {
    const nth = group * size + i;
    const dueAtMs = Date.UTC(2026, 7, 3) + Math.floor(nth / TARGETS) * CYCLE_MS;
    return aRecord({
      attemptId: `attempt-${nth}`,
      probeId: `probe-${nth}`,
      cycleTimestampIso: new Date(dueAtMs).toISOString(),
      providerName: `provider-${nth % TARGETS}`,
      responseBodyRaw: JSON.stringify({ answer: words(nth) }),
      chunkAtMs: Array.from({ length: 150 }, (_, chunk) => 300 + chunk * 8.125),
    });
  });
}

/** Text that compresses about as a model's does: its words repeat, their order does not. */
function words(seed: number): string {
  const vocabulary =
    'the answer of this is a product step first then we multiply divide by and get result so final value'.split(' ');
  let state = seed + 1;
  const next = () => (state = (state * 48271) % 2147483647);
  return Array.from(
    { length: 500 },
    () => `${vocabulary[next() % vocabulary.length]}${next() % 7 === 0 ? next() % 1000 : ''}`,
  ).join(' ');
}
