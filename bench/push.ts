import { join } from 'node:path';
import { csvHeader, csvText } from '../src/domain/csv.ts';
import type { AttemptRecord } from '../src/domain/record.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import type { DatasetHub, Log } from '../src/ports.ts';
import { createCardKeeper } from '../src/push/card-keeper.ts';
import { createHub } from '../src/push/hub.ts';
import type { Fetch } from '../src/push/hub-fetch.ts';
import { pushOnce } from '../src/push/push-once.ts';
import { startWorld } from '../src/sim/world.ts';
import { openStore } from '../src/store/open-store.ts';
import { aRecord } from '../tests/support/builders.ts';
import { SetClock } from '../tests/support/set-clock.ts';
import type { Bench, Figure } from './bench.ts';
import { median } from './statistics.ts';
import { benchFolder } from './tracker.ts';

const RECORDS = 10;
/** Twelve a day: of those shown, all but the first are the fourth of their day, so that they carry files of the same kinds. */
const EVERY_MS = 2 * 3600 * 1000;
const SHOWN = { quick: [1, 28, 40], whole: [1, 100, 1000] } as const;
/** Times are medians of so many pushes: the first ones, or those up to the one shown. */
const NEIGHBOURS = 11;
const CSV_PATH = 'metrics.csv';
const PEER = 'one growing CSV';

const GROWTH = 'growth of what is sent';
const OWN_GROWTH = 'growth without metrics.csv';

export const push: Bench = {
  about: `the 1st, 100th and 1,000th push (--quick: 28th and 40th) of ${RECORDS} records with replies of 3 KB, every two hours, to a Hub on loopback in the same process; metrics.csv holds today and yesterday: it grows for two days, and then no more`,
  goals: { [GROWTH]: { atMost: [null, 1.1] }, [OWN_GROWTH]: { atMost: [1.1, 1.1] } },
  async run({ quick, progress }) {
    const shown = SHOWN[quick ? 'quick' : 'whole'];
    const [, , last] = shown;
    const near = new Set(shown.flatMap(neighbours));
    await using world = await startWorld({ seed: 1 });
    using folder = benchFolder();
    const clock = new SetClock('2026-08-03T00:00:00.000Z');
    using store = openStore({ dataDir: folder.path, csvPath: join(folder.path, 'buffer.csv') }, { clock });
    const wire = countedFetch();
    const hubOf = (repo: string) =>
      createHub({ token: world.hubToken, repo, hubEndpoint: world.hubUrl, fetch: wire.fetch, clock, log: SILENT });
    const dataset = hubOf(world.repo);
    const files = countedFiles(dataset);
    const hub = { ...dataset, commit: files.commit };
    const parts = {
      batches: store,
      rollups: store,
      hub,
      settings: { csvFilename: CSV_PATH },
      writer: store.writer,
      card: createCardKeeper({ repo: world.repo, hub, log: SILENT }),
      clock,
      log: SILENT,
    };
    const growing = growingCsv(hubOf(`${world.repo}-growing`));
    const random = seededRandom('push');

    const ours = new Map<number, Cost>();
    const theirs = new Map<number, Cost>();
    for (let nth = 1; nth <= last; nth++) {
      progress(`push ${nth} of ${last}`);
      const records = Array.from({ length: RECORDS }, (_, i) => recordOf(`${nth}-${i}`, clock.nowMs(), random));
      await store.append(records);
      growing.add(records);
      const cost = await wire.costOf(async () => {
        const { kind } = await pushOnce(parts, NEVER);
        if (kind !== 'pushed') throw new Error(`a push of the bench: ${kind}`);
      });
      ours.set(nth, { ...cost, ownBytes: files.takeOwnBytes() });
      if (near.has(nth)) theirs.set(nth, await wire.costOf(growing.push));
      await clock.advance(EVERY_MS);
    }
    return figuresOf(ours, theirs, shown);
  },
};

/** What one push took. */
interface Cost {
  readonly ms: number;
  /** Bodies of all its requests. */
  readonly sentBytes: number;
  /** Its files but `metrics.csv`, as they are in the dataset. */
  readonly ownBytes: number;
}

type Shown = readonly [first: number, middle: number, last: number];

function figuresOf(ours: ReadonlyMap<number, Cost>, theirs: typeof ours, shown: Shown): readonly Figure[] {
  const kb = (costs: typeof ours, bytes: keyof Cost) => shown.map((nth) => costs.get(nth)![bytes] / 1000);
  const ms = (costs: typeof ours) => shown.map((nth) => median(neighbours(nth).map((each) => costs.get(each)!.ms)));
  const growth = ([first, middle, last]: readonly number[]) => [last! / first!, last! / middle!];
  const heaviest = (nth: number) => Math.max(...Array.from({ length: nth }, (_, i) => ours.get(i + 1)!.sentBytes));

  const [sent, own, theirSent] = [kb(ours, 'sentBytes'), kb(ours, 'ownBytes'), kb(theirs, 'sentBytes')];
  const [first, middle, last] = shown;
  const each = shown.join(' / ');
  const times = `times, ${last} to ${first} / to ${middle}`;
  return [
    { name: 'sent', unit: `kB, ${each}`, ours: sent, peers: { [PEER]: theirSent } },
    { name: 'files without metrics.csv', unit: `kB, ${each}`, ours: own },
    { name: 'heaviest so far', unit: `kB sent, ${each}`, ours: shown.map((nth) => heaviest(nth) / 1000) },
    { name: 'time', unit: `ms, ${each}`, ours: ms(ours), peers: { [PEER]: ms(theirs) } },
    { name: GROWTH, unit: times, ours: growth(sent), peers: { [PEER]: growth(theirSent) } },
    { name: OWN_GROWTH, unit: times, ours: growth(own) },
  ];
}

function neighbours(nth: number): readonly number[] {
  const first = Math.max(1, nth - NEIGHBOURS + 1);
  return Array.from({ length: NEIGHBOURS }, (_, i) => first + i);
}

/** Counts what the Hub's client sends; its bodies are texts and blobs. */
function countedFetch() {
  let sentBytes = 0;
  const fetch: Fetch = (input, init) => {
    const body = init?.body;
    sentBytes += body instanceof Blob ? body.size : Buffer.byteLength((body ?? '') as string);
    return globalThis.fetch(input, init);
  };
  return {
    fetch,
    async costOf(send: () => Promise<unknown>): Promise<Cost> {
      sentBytes = 0;
      const beganMs = performance.now();
      await send();
      return { ms: performance.now() - beganMs, sentBytes, ownBytes: 0 };
    },
  };
}

function countedFiles(hub: DatasetHub) {
  let ownBytes = 0;
  const commit: DatasetHub['commit'] = (made, signal) => {
    for (const { path, bytes } of made.files) if (path !== CSV_PATH) ownBytes += bytes.length;
    return hub.commit(made, signal);
  };
  return {
    commit,
    takeOwnBytes() {
      const taken = ownBytes;
      ownBytes = 0;
      return taken;
    },
  };
}

/** Everything ever measured in one file, uploaded anew each time. */
function growingCsv(hub: DatasetHub) {
  const pieces = [csvHeader()];
  return {
    add: (records: readonly AttemptRecord[]) => void pieces.push(csvText(records)),
    async push() {
      await hub.hashes([CSV_PATH], NEVER); // creates the dataset
      const bytes = Buffer.from(pieces.join(''));
      await hub.commit({ title: 'Update', description: '', files: [{ path: CSV_PATH, bytes }] }, NEVER);
    },
  };
}

function recordOf(id: string, dueAtMs: number, random: Random): AttemptRecord {
  const bytes = Array.from({ length: 2000 }, () => Math.floor(random() * 256));
  return aRecord({
    attemptId: `attempt-${id}`,
    probeId: `probe-${id}`,
    cycleTimestampIso: new Date(dueAtMs).toISOString(),
    requestStartIso: new Date(dueAtMs + Math.floor(random() * 900)).toISOString(),
    responseBodyRaw: Buffer.from(bytes).toString('base64'),
  });
}

const NEVER = new AbortController().signal;
const ignore = () => {};
const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
