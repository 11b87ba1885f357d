import type { PushSettings } from '../domain/settings.ts';
import type { BatchStore, Clock, ContentHash, DatasetHub, Log, RollupDays } from '../ports.ts';
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
  readonly clock: Clock;
  readonly log: Log;
}

const DAY_MS = 24 * 3600 * 1000;

/**
 * Seals what is new, builds the files of everything sealed, asks which are in the dataset already, commits the others, marks them all.
 * Safe to repeat after any failure and any crash: names and bytes depend on the batch alone, and whatever landed is found again.
 *
 * @throws what the store throws (a full disk); then nothing is marked that did not land
 */
export async function pushOnce(parts: PushParts, signal: AbortSignal): Promise<PushResult> {
  const { batches: store, rollups, hub, settings, writer, clock, log } = parts;
  const batches = store.seal(clock.nowMs());
  const days = store.daysToWrite(utcDay(clock.nowMs()));
  const rollupDays = rollups.rollupDaysToPush(utcDay(clock.nowMs()));
  if (batches.length === 0 && days.length === 0 && rollupDays.length === 0) return { kind: 'nothing' };

  const commits: string[] = [];
  let attempts = 0;
  let finals = 0;
  const mark = (files: readonly DatasetFile[], url: string | null) => {
    const landed = batchesIn(files);
    const names = landed.map(({ name }) => name);
    store.pushed(names, daysIn(files), url, clock.nowMs());
    for (const batch of landed) {
      attempts += batch.attempts;
      finals += batch.finals;
    }
  };
  try {
    const daily = await dailyFilesToCommit(rollupDays, parts, signal);
    for (const files of filesByCommit(batches, days, writer, store)) {
      const paths = files.map(({ path }) => path);
      const there = await hub.hashes(paths, signal);
      const problem = files.map((file) => problemWith(file, there.get(file.path))).find((found) => found !== null);
      if (problem) return { kind: 'alarm', message: problem, commits, attempts, finals };

      const found = files.filter(({ path }) => there.has(path));
      const missing = files.filter(({ path }) => !there.has(path));
      if (found.length > 0) {
        log.info({ files: found.length }, 'already in the dataset: the answer of an earlier commit was lost');
        mark(found, null);
      }
      if (missing.length > 0) {
        const isFirst = commits.length === 0;
        const url = await commit(missing, isFirst ? settings.csvFilename : null, isFirst ? daily : [], parts, signal);
        commits.push(url);
        mark(missing, url);
      }
    }
    if (commits.length === 0 && daily.length > 0) commits.push(await commit([], null, daily, parts, signal));
  } catch (error) {
    if (!(error instanceof HubFailure)) throw error;
    const { kind: failure, message, retryAfterMs } = error;
    return { kind: 'failed', failure, message, retryAfterMs, commits, attempts, finals };
  }
  return { kind: 'pushed', commits, attempts, finals };
}

/** One commit carries the files and what is renewed with them. */
async function commit(
  missing: readonly DatasetFile[],
  metricsPath: string | null,
  daily: readonly DailyFile[],
  { batches: store, rollups, hub, clock, log }: PushParts,
  signal: AbortSignal,
): Promise<string> {
  const files = [...missing, ...daily].map(({ path, bytes }) => ({ path, bytes }));
  if (metricsPath !== null) {
    const days = [utcDay(clock.nowMs() - DAY_MS), utcDay(clock.nowMs())];
    files.push({ path: metricsPath, bytes: csvFile(days.map((day) => store.csvRowsOfDay(day))) });
  }
  const words = commitWords(missing, metricsPath, daily);
  const { url } = await hub.commit({ ...words, files }, signal);
  rollups.rollupDaysPushed(daysOf(daily), url, clock.nowMs());
  log.debug({ commit: url, title: words.title }, 'committed');
  return url;
}

/** Why this file must not be written, nor be taken for written; null when all is well. */
function problemWith({ path, bytes, builtBefore }: DatasetFile, there: ContentHash | undefined): string | null {
  if (there === undefined) {
    if (builtBefore === null || builtBefore === sha256(bytes)) return null;
    return `${path} was built before with other bytes (sha256 ${builtBefore}); it is not in the dataset, and was not written`;
  }
  const isWhatWasBuilt = there.algorithm === 'sha256' && there.hex === builtBefore;
  if (isWhatWasBuilt || isContent(bytes, there)) return null;
  return `${path} is in the dataset with other content (${there.algorithm} ${there.hex}); nothing was overwritten`;
}

const utcDay = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
