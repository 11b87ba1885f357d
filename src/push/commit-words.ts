import type { Batch } from '../domain/types.ts';
import { type DailyFile, daysOf } from './daily-file.ts';
import type { DatasetFile } from './dataset-file.ts';

/** What a commit renews besides. Null: it does not. */
export interface Renewed {
  readonly metricsPath: string | null;
  readonly cardPath: string | null;
  readonly daily: readonly DailyFile[];
}

/** Title and description of a commit: how many attempts and final rows of which hours (UTC), file by file. */
export function commitWords(files: readonly DatasetFile[], { metricsPath, cardPath, daily }: Renewed) {
  const batches = batchesIn(files);
  const days = daysIn(files);
  const lines = files.map(({ path, holds }) =>
    'batch' in holds ? `- ${path}: ${countsOf([holds.batch])}` : `- ${path}: the whole day, closed`,
  );
  if (metricsPath !== null) lines.push(`- ${metricsPath}: today and yesterday, renewed`);
  if (cardPath !== null) lines.push(`- ${cardPath}: the card, renewed`);
  for (const { path, days } of daily)
    lines.push(`- ${path}: the closed days of its month, renewed with ${days.join(', ')}`);
  return {
    title: batches.length > 0 ? `Add ${countsOf(batches)}` : titleOfDays(days, daily),
    description: lines.join('\n'),
  };
}

function titleOfDays(days: readonly string[], daily: readonly DailyFile[]): string {
  if (days.length > 0) return `Add the CSV of ${days.join(', ')}`;
  return `Add the rollups of ${daysOf(daily).join(', ')}`;
}

export const batchesIn = (files: readonly DatasetFile[]) =>
  files.flatMap(({ holds }) => ('batch' in holds ? [holds.batch] : []));

export const daysIn = (files: readonly DatasetFile[]) =>
  files.flatMap(({ holds }) => ('day' in holds ? [holds.day] : []));

/** `240 attempts (228 final) of 2026-11-24 08:00–13:30 UTC`, by the due times of their cycles. */
function countsOf(batches: readonly Batch[]): string {
  const attempts = sum(batches.map((batch) => batch.attempts));
  const finals = sum(batches.map((batch) => batch.finals));
  const from = Math.min(...batches.map(({ firstCycleAtMs }) => firstCycleAtMs));
  const to = Math.max(...batches.map(({ lastCycleAtMs }) => lastCycleAtMs));
  return `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} (${finals} final) of ${hours(from, to)} UTC`;
}

function hours(fromMs: number, toMs: number): string {
  const [fromDay, fromTime] = minute(fromMs);
  const [toDay, toTime] = minute(toMs);
  if (fromDay !== toDay) return `${fromDay} ${fromTime} – ${toDay} ${toTime}`;
  return fromTime === toTime ? `${fromDay} ${fromTime}` : `${fromDay} ${fromTime}–${toTime}`;
}

function minute(atMs: number): readonly [day: string, time: string] {
  const iso = new Date(atMs).toISOString();
  return [iso.slice(0, 10), iso.slice(11, 16)];
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
