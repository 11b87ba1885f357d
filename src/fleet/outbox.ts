import { Database } from 'bun:sqlite';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { spendingOf } from '../domain/money.ts';
import type { AttemptRecord } from '../domain/record.ts';
import type { Catalog } from '../domain/types.ts';
import { dayOf } from '../domain/utc-day.ts';
import type { FleetProbe } from '../ports.ts';
import type { Colleague } from './offline.ts';

/** What a worker saw when it last reached the database: enough to go on by itself. */
export interface Seen {
  /** Of the whole fleet: ids follow from it. */
  readonly writer: string;
  readonly catalog: Catalog | null;
  readonly workers: readonly Colleague[];
  /** What was spent on a UTC day, over all places. */
  readonly day: string;
  readonly spentUsd: number;
}

/** Results of one probe, in the order in which they were measured. */
interface Parcel {
  readonly probe: FleetProbe;
  readonly records: readonly AttemptRecord[];
}

/** What a worker measured and could not hand over: on its own disk until it has. It knows what is needed to plan without the database, too. */
export interface Outbox extends Disposable {
  /** Born with the file, so that whoever starts again is the one who is waited for. */
  readonly workerId: string;
  remember(seen: Seen): void;
  seen(): Seen | null;
  /** Durable when it returns. A record that is there already is ignored. @throws when the disk refuses */
  put(probe: FleetProbe, record: AttemptRecord): void;
  /** How many records wait. */
  waiting(): number;
  /** What waits of the probe whose first record has waited longest; null: nothing does. */
  oldest(): Parcel | null;
  delivered(parcel: Parcel): void;
  /** When the last cycle was due that the worker planned by itself, Unix ms; null: none. It is not planned again after a restart. */
  lastPlannedDueMs(): number | null;
  planned(dueAtMs: number): void;
  /** What records of cycles due on that UTC day cost since `remember`. */
  spentUsd(day: string): number;
}

/** Opens `outbox.db` in the folder; one process at a time has it. @throws when it cannot be opened, or another process has it */
export function openOutbox(dataDir: string): Outbox {
  const db = new Database(join(dataDir, 'outbox.db'), { strict: true, create: true, readwrite: true });
  for (const pragma of [
    'PRAGMA locking_mode = EXCLUSIVE',
    'PRAGMA journal_mode = WAL',
    'PRAGMA synchronous = FULL',
    'PRAGMA fullfsync = ON',
  ])
    db.run(pragma);
  db.run(`
    CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS records (
      seq INTEGER PRIMARY KEY,
      attempt_id TEXT NOT NULL UNIQUE,
      probe_id TEXT NOT NULL,
      probe TEXT NOT NULL,
      record TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS records_of_probe ON records (probe_id, seq);
  `);
  const readFact = db.query<{ value: string }, [string]>('SELECT value FROM facts WHERE name = ?');
  const writeFact = db.query('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)');
  const insert = db.query(
    'INSERT INTO records (attempt_id, probe_id, probe, record) VALUES (?, ?, ?, ?) ON CONFLICT (attempt_id) DO NOTHING',
  );
  const countAll = db.query<{ n: number }, []>('SELECT count(*) AS n FROM records');
  const ofOldest = db.query<{ probe: string; record: string }, []>(
    `SELECT probe, record FROM records
     WHERE probe_id = (SELECT probe_id FROM records ORDER BY seq LIMIT 1) ORDER BY seq`,
  );
  const remove = db.query('DELETE FROM records WHERE attempt_id = ?');

  const fact = <T>(name: string): T | null => {
    const row = readFact.get(name);
    return row === null ? null : (JSON.parse(row.value) as T);
  };
  const setFact = (name: string, value: unknown) => void writeFact.run(name, JSON.stringify(value));
  const spendingName = (day: string) => `spent ${day}`;
  if (fact('worker_id') === null) setFact('worker_id', randomUUID().replaceAll('-', '').slice(0, 12));

  return {
    workerId: fact<string>('worker_id')!,
    remember: db.transaction((seen: Seen) => {
      setFact('seen', seen);
      db.run(`DELETE FROM facts WHERE name LIKE 'spent %'`);
    }),
    seen: () => fact<Seen>('seen'),
    put: db.transaction((probe: FleetProbe, record: AttemptRecord) => {
      const { changes } = insert.run(record.attemptId, record.probeId, JSON.stringify(probe), JSON.stringify(record));
      const spent = spendingOf(record, () => fact<Seen>('seen')?.catalog?.targets ?? []);
      if (changes === 0 || spent === null) return;
      const name = spendingName(dayOf(probe.probe.cycle.dueAtMs));
      setFact(name, (fact<number>(name) ?? 0) + (spent.knownUsd ?? spent.estimatedUsd));
    }),
    waiting: () => countAll.get()!.n,
    oldest() {
      const rows = ofOldest.all();
      if (rows.length === 0) return null;
      return { probe: JSON.parse(rows[0]!.probe), records: rows.map(({ record }) => JSON.parse(record)) };
    },
    delivered: db.transaction(({ records }: Parcel) => {
      for (const { attemptId } of records) remove.run(attemptId);
    }),
    lastPlannedDueMs: () => fact<number>('planned_due_ms'),
    planned: (dueAtMs) => setFact('planned_due_ms', dueAtMs),
    spentUsd: (day) => fact<number>(spendingName(day)) ?? 0,
    [Symbol.dispose]: () => db.close(),
  };
}
