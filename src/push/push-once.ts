import type { PushSettings } from '../domain/settings.ts';
import { DAY_MS } from '../domain/utc-day.ts';
import type { BatchStore, Clock, ContentHash, DatasetHub, Log, RollupDays } from '../ports.ts';
import { CARD_PATH } from './card.ts';
import type { CardKeeper } from './card-keeper.ts';
import { batchesIn, commitWords, daysIn } from './commit-words.ts';
import { isContent, sha256 } from './content-hash.ts';
import { type DailyFile, dailyFilesToCommit, daysOf } from './daily-file.ts';
import { csvFile, type DatasetFile, filesByCommit } from './dataset-file.ts';
import { HubFailure } from './hub-failure.ts';
import type { PushResult } from './push-result.ts';

export interface PushParts {
  readonly batches: BatchStore;
  readonly rollups: RollupDays;
  readonly hub: DatasetHub;
  readonly settings: Pick<PushSettings, 'csvFilename'>;
  /** Id of the store: its folders in the dataset are its own. */
  readonly writer: string;
  /** Without one the card of the dataset is left alone. */
  readonly card?: CardKeeper | null;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Seals what is new, builds the files of everything sealed, asks which are in the dataset already, commits the others, marks them all.
 * Safe to repeat after any failure and any crash: names and bytes depend on the batch alone, and whatever landed is found again.
 *
 * @throws what the store throws (a full disk); then nothing is marked that did not land
 */
export async function pushOnce(parts: PushParts, signal: AbortSignal): Promise<PushResult> {
  const { batches: store, rollups, hub, writer, clock, log } = parts;
  const batches = await store.seal(clock.nowMs());
  const today = await store.today(clock.nowMs());
  const days = await store.daysToWrite(today);
  const rollupDays = await rollups.rollupDaysToPush(today);
  if (batches.length === 0 && days.length === 0 && rollupDays.length === 0) return { kind: 'nothing' };

  const commits: string[] = [];
  let attempts = 0;
  let finals = 0;
  const mark = async (files: readonly DatasetFile[], url: string | null) => {
    const landed = batchesIn(files);
    const names = landed.map(({ name }) => name);
    await store.pushed(names, daysIn(files), url, clock.nowMs());
    for (const batch of landed) {
      attempts += batch.attempts;
      finals += batch.finals;
    }
  };
  try {
    const daily = await dailyFilesToCommit(rollupDays, parts, signal);
    for await (const files of filesByCommit(batches, days, writer, store)) {
      const paths = files.map(({ path }) => path);
      const there = await hub.hashes(parts.card ? [...paths, CARD_PATH] : paths, signal);
      const problem = files.map((file) => problemWith(file, there.get(file.path))).find((found) => found !== null);
      if (problem) return { kind: 'alarm', message: problem, commits, attempts, finals };

      const found = files.filter(({ path }) => there.has(path));
      const missing = files.filter(({ path }) => !there.has(path));
      if (found.length > 0) {
        log.info({ files: found.length }, 'already in the dataset: the answer of an earlier commit was lost');
        await mark(found, null);
      }
      if (missing.length > 0) {
        for (const file of missing) await acceptRebuilt(file, parts);
        const renew = commits.length === 0 ? { today, daily } : { today: null, daily: [] };
        const url = await commit(missing, there.get(CARD_PATH), renew, parts, signal);
        commits.push(url);
        await mark(missing, url);
      }
    }
    if (commits.length === 0 && daily.length > 0) {
      const cardThere = parts.card ? (await hub.hashes([CARD_PATH], signal)).get(CARD_PATH) : undefined;
      commits.push(await commit([], cardThere, { today: null, daily }, parts, signal));
    }
  } catch (error) {
    if (!(error instanceof HubFailure)) throw error;
    const { kind: failure, message, retryAfterMs } = error;
    return { kind: 'failed', failure, message, retryAfterMs, commits, attempts, finals };
  }
  return { kind: 'pushed', commits, attempts, finals };
}

/**
 * One commit carries the files and what is renewed with them: the card where it changed, and `metrics.csv`.
 *
 * @param today null: this push has renewed `metrics.csv` already, or there is nothing new for it
 */
async function commit(
  missing: readonly DatasetFile[],
  cardThere: ContentHash | undefined,
  { today, daily }: { readonly today: string | null; readonly daily: readonly DailyFile[] },
  { batches: store, rollups, hub, settings, card: keeper, clock, log }: PushParts,
  signal: AbortSignal,
): Promise<string> {
  const files = [...missing, ...daily].map(({ path, bytes }) => ({ path, bytes }));
  const metricsPath = today && settings.csvFilename;
  if (today !== null && metricsPath !== null) {
    const parts = [dayBefore(today), today].map((day) => store.csvRowsOfDay(day));
    files.push({ path: metricsPath, bytes: await csvFile(parts) });
  }
  const paths = files.map(({ path }) => path);
  const card = (await keeper?.renewal(cardThere, paths, signal)) ?? null;
  const send = async (renewed: typeof card) => {
    const words = commitWords(missing, { metricsPath, cardPath: renewed?.path ?? null, daily });
    const { url } = await hub.commit({ ...words, files: renewed ? [...files, renewed] : files }, signal);
    await rollups.rollupDaysPushed(daysOf(daily), url, clock.nowMs());
    log.debug({ commit: url, title: words.title }, 'committed');
    return url;
  };
  try {
    return await send(card);
  } catch (error) {
    // The Hub checks what stands in a card, and no data must wait for that.
    if (!(error instanceof HubFailure) || error.kind !== 'rejected' || card === null) throw error;
    const url = await send(null);
    keeper?.refused(error.message);
    return url;
  }
}

/** An earlier version of the program built the same records into other bytes, and they never reached the dataset: those of now count. */
async function acceptRebuilt(
  { path, bytes, holds, builtBefore }: DatasetFile,
  { batches: store, log }: PushParts,
): Promise<void> {
  const hash = sha256(bytes);
  if (!('batch' in holds) || builtBefore === null || builtBefore === hash) return;
  log.warn(
    { path, sha256: hash, before: builtBefore },
    'a shard that never went out now builds into other bytes; they go out instead',
  );
  await store.built(holds.batch.name, hash);
}

/** Why this file must not be written, nor be taken for written; null when all is well. */
function problemWith({ path, bytes, builtBefore, lost }: DatasetFile, there: ContentHash | undefined): string | null {
  if (there === undefined) {
    return lost === 0 ? null : `${path} was sealed with ${lost} records that the store has no longer; fsck says more`;
  }
  const isWhatWasBuilt = there.algorithm === 'sha256' && there.hex === builtBefore;
  if (isWhatWasBuilt || isContent(bytes, there)) return null;
  return `${path} is in the dataset with other content (${there.algorithm} ${there.hex}); nothing was overwritten`;
}

const dayBefore = (day: string) => new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);
