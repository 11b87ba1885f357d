import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { csvHeader, csvText } from '../../src/domain/csv.ts';
import { type AttemptRecord, isCsvRow } from '../../src/domain/record.ts';
import { openStore } from '../../src/store/open-store.ts';
import { parseCsv } from '../support/csv.ts';
import { SetClock } from '../support/set-clock.ts';
import type { Dataset, ShardRow } from './dataset.ts';
import type { Findings, Witness } from './witness.ts';

export interface Scene {
  /** Of the daemon: its store and its buffer. */
  readonly folder: string;
  readonly dataset: Dataset;
  readonly witness: Witness;
}

const DAY_MS = 24 * 3600 * 1000;

/** Opens a copy of what a killed process left, as the next start would, and looks at the dataset as it is now. */
export async function lookAfterKill({ folder, dataset, witness }: Scene, nowMs: number): Promise<Findings> {
  const problems = [...(await dataset.look())];
  const copy = `${folder}-copy`;
  cpSync(folder, copy, { recursive: true });
  try {
    using store = open(copy, nowMs);
    const batches = await store.seal(nowMs);
    for (const { name, sha256 } of batches) if (sha256 !== null) problems.push(...witness.learnHash(name, sha256));
    const waiting: AttemptRecord[] = [];
    for (const { name } of batches) waiting.push(...(await Array.fromAsync(store.recordsOf(name))));
    const trouble = store.csvBuffer('unpushed').refresh();
    if (trouble !== null || !bufferHolds(copy, waiting)) {
      problems.push(`the CSV buffer does not equal the store (${trouble ?? 'other rows'})`);
    }

    // A record is safe in the store while it waits, and in the dataset once it does not.
    const waits = new Set(await idsOf(waiting));
    const known = [...witness.acknowledged, ...(await idsOf(store.read()))];
    const lost = known.filter((id) => !waits.has(id) && !dataset.copies.has(id));
    const doubled = known.filter((id) => (dataset.copies.get(id) ?? 0) > 1);
    return { ...witness.count(lost, doubled), problems };
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** After a clean run with `PUSH=off`: the buffer as that run left it. */
export async function lookAtBuffer({ folder }: Scene, nowMs: number): Promise<readonly string[]> {
  using store = open(folder, nowMs);
  const sinceMs = (Math.floor(nowMs / DAY_MS) - 1) * DAY_MS;
  return bufferHolds(folder, await Array.fromAsync(store.read({ sinceMs })))
    ? []
    : ['the CSV buffer does not hold the last two days of the store'];
}

/** Whether everything is pushed. */
export async function isAllPushed({ folder }: Scene, nowMs: number): Promise<boolean> {
  using store = open(folder, nowMs);
  return (await store.seal(nowMs)).length === 0;
}

/** After a clean run that left nothing to push: everything that was ever said must be in the dataset. */
export async function lookAtEnd(scene: Scene, nowMs: number, metricsPath: string): Promise<Findings> {
  const { folder, dataset, witness } = scene;
  const problems = [...(await dataset.look()), ...leftovers(folder)];
  using store = open(folder, nowMs);
  const { writer } = store;
  const rows = await dataset.rows(`data/${writer}/*/*.parquet`);
  const byId = new Map(rows.map((row) => [row.attempt_id, row]));

  const finals = Map.groupBy(
    rows.filter(({ final }) => final),
    ({ probe_id }) => probe_id,
  );
  for (const id of witness.planned) {
    const count = finals.get(id)?.length ?? 0;
    if (count !== 1) problems.push(`probe ${id} has ${count} final rows in the dataset`);
  }
  for await (const { attemptId, outcome } of store.read()) {
    if (byId.get(attemptId)?.outcome !== outcome)
      problems.push(`attempt ${attemptId} is not in the dataset as it is in the store`);
  }
  for (const path of dataset.list(`data/${writer}/*/*.parquet`)) {
    const kept = witness.hashes.get(path.split('/').at(-1)!.replace('.parquet', ''));
    if (kept !== dataset.hashes.get(path)) problems.push(`${path} is not the shard whose hash was kept`);
  }
  problems.push(...csvProblems(dataset, rows, { writer, nowMs, metricsPath }));
  const lost = [...witness.acknowledged].filter((id) => !byId.has(id));
  const doubled = rows.map(({ attempt_id }) => attempt_id).filter((id) => dataset.copies.get(id) !== 1);
  return { ...witness.count(lost, doubled), problems };
}

/** `metrics.csv` holds today and yesterday; all day files together hold every day before today, each row once. */
function csvProblems(
  dataset: Dataset,
  rows: readonly ShardRow[],
  { writer, nowMs, metricsPath }: { writer: string; nowMs: number; metricsPath: string },
): readonly string[] {
  const utcDay = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
  const [today, yesterday] = [utcDay(nowMs), utcDay(nowMs - DAY_MS)];
  const wanted = rows.filter(isCsvRowOf).map(keyOf);
  const keysIn = (path: string) => {
    const [, ...found] = parseCsv(dataset.text(path));
    return found.map(([due, model, provider]) => [due, model, provider].join(' '));
  };
  const differ = (found: readonly string[], expected: readonly string[]) =>
    !Bun.deepEquals(found.toSorted(), expected.toSorted());
  const dayFiles = dataset.list(`csv/${writer}/*.csv`);
  const misplaced = dayFiles.filter((path) => keysIn(path).some((key) => !path.includes(`/${key.slice(0, 10)}`)));
  return [
    ...misplaced.map((path) => `${path} holds rows of another day`),
    ...(differ(
      dayFiles.flatMap(keysIn),
      wanted.filter((key) => key < today),
    )
      ? ['all day files together do not hold every day before today']
      : []),
    ...(differ(
      keysIn(metricsPath),
      wanted.filter((key) => key >= yesterday),
    )
      ? [`${metricsPath} does not hold today and yesterday`]
      : []),
  ];
}

const isCsvRowOf = ({ final, probe_kind, attempt, outcome }: ShardRow) =>
  final && probe_kind === 'standard' && attempt > 0 && outcome !== 'skipped';
const keyOf = ({ cycle_timestamp_iso, model_id, provider_name }: ShardRow) =>
  [cycle_timestamp_iso.toISOString(), model_id, provider_name].join(' ');

const open = (folder: string, nowMs: number) =>
  openStore({ dataDir: join(folder, 'data'), csvPath: join(folder, 'buffer.csv') }, { clock: new SetClock(nowMs) });

const idsOf = (records: Iterable<AttemptRecord> | AsyncIterable<AttemptRecord>) =>
  Array.fromAsync(records, ({ attemptId }) => attemptId);

function bufferHolds(folder: string, records: readonly AttemptRecord[]): boolean {
  const rowsOf = (csv: string) =>
    parseCsv(csv)
      .map((row) => JSON.stringify(row))
      .sort();
  const buffer = readFileSync(join(folder, 'buffer.csv'), 'utf8');
  return Bun.deepEquals(rowsOf(buffer), rowsOf(csvHeader() + csvText(records.filter(isCsvRow))));
}

/** Files that are not whole, which no clean end leaves. */
function leftovers(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true }) as string[];
  return names.filter((name) => /\.(part|tmp)$|-journal$/.test(name)).map((name) => `${name} was left behind`);
}
