import { join } from 'node:path';
import { freePort } from '../../bench/free-port.ts';
import { parseConfig } from '../../src/config.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { Identity, Target } from '../../src/domain/types.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import { openOnlookers } from '../../src/onlookers.ts';
import { openParts, SYSTEM_CLOCK } from '../../src/parts.ts';
import { historyOf } from '../../src/sim/past/history.ts';
import type { PastWorld } from '../../src/sim/past/targets.ts';
import { askedModels, storyOf } from '../../src/sim/story.ts';
import { createUniverse, isAskable } from '../../src/sim/universe.ts';
import { openStore } from '../../src/store/open-store.ts';
import { aRecord, TOKEN } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { tempDir } from '../support/temp-dir.ts';
import { hostilePast, type Wording } from './hostile-past.ts';

/** Two minutes after a cycle. */
const NOW_MS = Date.UTC(2026, 7, 20, 9, 32);
const SEED = 1;
/** All that is planted in the past lies within. */
const DAYS = 9;
const QUESTION = { prompt: 'Solve this: 123/2*3.2*9', expected: '1771.2', maxTokens: 4096 };
const NO_LIMIT = { burst: 1e9, perSecond: 1e9 };

/** A real store behind real pages at a port of its own; the clock stands still. */
export interface Tracker extends AsyncDisposable {
  readonly url: string;
}

/** What a store begins with. */
interface Past {
  readonly targets: readonly Target[];
  readonly records: (identity: Identity) => Iterable<readonly AttemptRecord[]>;
}

async function openTracker({ targets, records }: Past): Promise<Tracker> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(tempDir());
  const clock = { ...SYSTEM_CLOCK, nowMs: () => NOW_MS };
  const settings = { dataDir: join(folder.path, 'store'), csvPath: join(folder.path, 'buffer.csv') };
  {
    using store = openStore(settings, { clock });
    if (targets.length > 0) await store.save({ fetchedAtMs: NOW_MS, source: 'api', targets, delisted: [] });
    const identity = { writer: store.writer, location: 'local', trackerVersion: '0.1.0' };
    for (const some of records(identity)) await store.append(some);
  }
  const environment = {
    ...{ HF_TOKEN: TOKEN, PUSH: 'off', ALERTS_PATH: 'off', PORT: String(freePort()) },
    ...{ DATA_DIR: settings.dataDir, LOCAL_CSV_PATH: settings.csvPath },
  };
  const need = { inference: true, hub: false } as const;
  const config = parseConfig(environment, { baseDir: join(import.meta.dir, '../..'), need });
  const redact = createRedactor(config.secrets);
  const parts = opening.use(await openParts(config, { log: recordingLog(), redact }, clock));
  const limits = { reading: NO_LIMIT, administration: NO_LIMIT };
  const { web } = opening.use(await openOnlookers(parts, { redact, redactTold: redact, limits }));
  if (web === null) throw new Error('the port is taken');
  const open = opening.move();
  return { url: web.url, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** Nobody was asked yet. */
export const openFirstRun = () => openTracker({ targets: [], records: () => [] });

/** Nine days of the demo's world, with all that is planted in it, and two attempts of which everything is kept. */
export function openLived(): Promise<Tracker> {
  const universe = createUniverse(SEED);
  const story = storyOf(universe, SEED, NOW_MS);
  const mapping = { '*': 'http://127.0.0.1:9/v1/chat/completions' };
  const world = { universe, models: askedModels(universe), seed: SEED, story, mapping };
  const targets = targetsIn(world);
  return openTracker({
    targets,
    *records(identity) {
      yield* historyOf(world, { days: DAYS, untilMs: NOW_MS, identity, question: QUESTION });
      yield targets.slice(0, 2).map(({ modelId, provider }, at) =>
        aRecord({
          ...identity,
          ...{ modelId, providerName: provider, cycleTimestampIso: new Date(NOW_MS - 60_000).toISOString() },
          ...(at === 0 ? {} : { outcome: 'target_error', errorClass: 'http_5xx', errorPhase: 'headers' }),
          ...(at === 0 ? {} : { responseStatusCode: 503, errorMessage: 'HTTP 503: overloaded' }),
        }),
      );
    },
  });
}

const targetsIn = ({ models }: PastWorld): readonly Target[] =>
  models.flatMap((model, rank) =>
    model.offers
      .filter((offer) => isAskable(model, offer))
      .map(({ provider, providerId, pricing, ...offer }) => ({
        ...{ modelId: model.id, provider, providerModelId: providerId, trendingRank: rank + 1 },
        priceInputUsdPerMtok: pricing?.input ?? null,
        priceOutputUsdPerMtok: pricing?.output ?? null,
        ...{ claimedTtftMs: offer.claimedTtftMs, claimedTps: offer.claimedTps, contextLength: offer.contextLength },
        ...{ supportsTools: offer.supportsTools, supportsStructuredOutput: offer.supportsStructuredOutput },
      })),
  );

/** What a tracker has heard from others who mean harm. */
export const openHostile = (wording: Wording) =>
  openTracker({ targets: [], records: () => hostilePast(wording, NOW_MS - 2 * 60_000) });
