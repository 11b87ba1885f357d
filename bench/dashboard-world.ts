import { join } from 'node:path';
import { parseConfig } from '../src/config.ts';
import type { AttemptRecord } from '../src/domain/record.ts';
import type { Target } from '../src/domain/types.ts';
import { DAY_MS } from '../src/domain/utc-day.ts';
import { createRedactor } from '../src/lib/redact.ts';
import { createLog } from '../src/observe/log.ts';
import { type Onlookers, openOnlookers } from '../src/onlookers.ts';
import { openParts, type Parts, SYSTEM_CLOCK } from '../src/parts.ts';
import { historyOf } from '../src/sim/past/history.ts';
import { type PastWorld, toldOf } from '../src/sim/past/targets.ts';
import { createUniverse, isAskable, type Offer, type SimModel } from '../src/sim/universe.ts';
import { openForWriting } from '../src/store/database.ts';
import { openStore } from '../src/store/open-store.ts';
import { TOKEN } from './clients/client.ts';
import { freePort } from './free-port.ts';
import { benchFolder } from './tracker.ts';

export const INTERVAL_MS = 30 * 60_000;
/** Verdicts look back as far; of what is older, pages read the rollups of days alone. */
export const ROW_DAYS = 30;
export const DAYS = 90;
const NO_LIMIT = { burst: 1e9, perSecond: 1e9 };
const QUESTION = { prompt: 'Solve this: 123/2*3.2*9', expected: '1771.2', maxTokens: 4096 };

/** A tracker after ninety days, its web open, with cycles still to come. */
export interface DashboardWorld extends AsyncDisposable {
  readonly url: string;
  readonly targets: readonly Target[];
  readonly rows: number;
  readonly buildSeconds: number;
  readonly openSeconds: number;
  readonly storeMb: number;
  readonly parts: Parts;
  readonly onlookers: Onlookers;
  /** What the next cycle of those held back answers, oldest first; it is now two minutes after it was due. Null: none is left. */
  nextCycle(): readonly AttemptRecord[] | null;
  /** Stores them and lets everybody hear, as the daemon does. */
  store(records: readonly AttemptRecord[]): Promise<void>;
  /** Lets that much time pass on the clock of the tracker. */
  pass(ms: number): void;
}

/**
 * Rows of the last thirty days at the density of half-hourly cycles, retries, confirms and features included (src/sim/past); the rollups of the sixty days before
 * are those of the thirty again, twice. Everything that a page reads is there.
 *
 * @param heldBack how many of the last cycles are left for `nextCycle`
 */
export async function openDashboardWorld(of: {
  readonly seed: number;
  readonly models: number;
  readonly providers: number;
  readonly heldBack: number;
  readonly rowDays?: number;
  readonly progress: (text: string) => void;
}): Promise<DashboardWorld> {
  const { heldBack, rowDays = ROW_DAYS, progress } = of;
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(benchFolder());
  const untilMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS;
  const heldFromMs = untilMs - heldBack * INTERVAL_MS;
  const world = worldOf(of);
  const targets = targetsIn(world);

  let beganMs = performance.now();
  const held: AttemptRecord[] = [];
  let rows = 0;
  const settings = { dataDir: folder.path, csvPath: join(folder.path, 'buffer.csv') };
  {
    using store = openStore(settings, { clock: SYSTEM_CLOCK });
    const identity = { writer: store.writer, location: 'bench', trackerVersion: '0' };
    await store.save({ fetchedAtMs: heldFromMs, source: 'api', targets, delisted: [] });
    for (const records of historyOf(world, { days: rowDays, untilMs, identity, question: QUESTION })) {
      const past = records.filter(({ cycleTimestampIso }) => Date.parse(cycleTimestampIso) < heldFromMs);
      held.push(...records.slice(past.length));
      await store.append(past);
      rows += past.length;
      progress(`${rows} rows stored`);
    }
  }
  repeatRollups(folder.path, rowDays);
  const buildSeconds = (performance.now() - beganMs) / 1000;

  progress('opening');
  beganMs = performance.now();
  let nowMs = heldFromMs - INTERVAL_MS + 2 * 60_000;
  const environment = {
    HF_TOKEN: TOKEN,
    DATA_DIR: folder.path,
    LOCAL_CSV_PATH: settings.csvPath,
    LOCATION: 'bench',
    PORT: String(freePort()),
    PUSH: 'off',
    ALERTS_PATH: 'off',
  };
  const config = parseConfig(environment, {
    baseDir: join(import.meta.dir, '..'),
    need: { inference: true, hub: false },
  });
  const redact = createRedactor(config.secrets, [join(import.meta.dir, '..')]);
  const log = createLog({ level: 'error', output: process.stderr, redact });
  const parts = opening.use(await openParts(config, { log, redact }, { ...SYSTEM_CLOCK, nowMs: () => nowMs }));
  const limits = { reading: NO_LIMIT, administration: NO_LIMIT };
  const onlookers = opening.use(await openOnlookers(parts, { redact, redactTold: redact, limits }));
  if (onlookers.web === null) throw new Error('the port is taken');
  const openSeconds = (performance.now() - beganMs) / 1000;

  const cycles = [
    ...Map.groupBy(held, ({ cycleTimestampIso }) => Math.floor(Date.parse(cycleTimestampIso) / INTERVAL_MS)),
  ];
  const open = opening.move();
  return {
    ...{ url: onlookers.web.url, targets, rows, buildSeconds, openSeconds, parts, onlookers },
    storeMb: Bun.file(join(folder.path, 'tracker.db')).size / 1e6,
    nextCycle() {
      const next = cycles.shift();
      if (next === undefined) return null;
      nowMs = next[0] * INTERVAL_MS + 2 * 60_000;
      return next[1];
    },
    async store(records) {
      await parts.store.append(records);
      for (const record of records) for (const hear of parts.listeners) hear(record);
    },
    pass(ms) {
      nowMs += ms;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** The simulated providers, each serving every one of as many models as wanted. */
function worldOf({ seed, models, providers: wanted }: { seed: number; models: number; providers: number }): PastWorld {
  const universe = createUniverse(seed);
  const known = [...universe.providers.values()];
  const providers = Array.from({ length: wanted }, (_, at) => {
    const provider = known[at % known.length]!;
    return at < known.length
      ? provider
      : { ...provider, name: `${provider.name}-${Math.floor(at / known.length) + 1}` };
  });
  const served = universe.models.filter(({ listing }) => listing === 'served');
  const all = Array.from({ length: models }, (_, at): SimModel => {
    const model = served[at % served.length]!;
    const id = at < served.length ? model.id : `${model.id}-v${Math.floor(at / served.length) + 1}`;
    return {
      ...model,
      id,
      offers: providers.map((provider) => offerOf(model, provider.name, provider.providerId(id))),
    };
  });
  return {
    universe: { providers: new Map(providers.map((provider) => [provider.name, provider])), models: all },
    ...{ models: all, seed, story: null, mapping: { '*': 'http://127.0.0.1:9/v1/chat/completions' } },
  };
}

/** What the model is offered for somewhere, offered here. */
function offerOf({ offers }: SimModel, provider: string, providerId: string): Offer {
  return {
    ...(offers.find((offer) => offer.provider === provider) ?? offers[0]!),
    provider,
    providerId,
    status: 'live',
  };
}

function targetsIn({ models }: PastWorld): readonly Target[] {
  return models.flatMap((model, rank) =>
    model.offers
      .filter((offer) => isAskable(model, offer))
      .map((offer) => ({
        modelId: model.id,
        provider: offer.provider,
        providerModelId: offer.providerId,
        ...toldOf(offer),
        trendingRank: rank + 1,
      })),
  );
}

function repeatRollups(dataDir: string, rowDays: number): void {
  using db = openForWriting(dataDir);
  const columns =
    'series_id, counts, ttft_histogram, ttfat_histogram, tpot_histogram, e2e_histogram, gap_histogram, dispatch_delay_histogram';
  db.transaction(() => {
    for (let back = rowDays; back < DAYS; back += rowDays) {
      db.query(
        `INSERT OR IGNORE INTO rollups (span, at_ms, ${columns}) SELECT span, at_ms - ?, ${columns} FROM rollups WHERE at_ms >= ?`,
      ).run(back * DAY_MS, Date.now() - rowDays * DAY_MS);
    }
  }).immediate();
}
