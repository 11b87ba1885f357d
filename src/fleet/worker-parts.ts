import type { AttemptRecord } from '../domain/record.ts';
import type { Catalog, Cycle, Identity, PlannedProbe } from '../domain/types.ts';
import type { CatalogStore, Clock, FleetStore, Ledger, Log } from '../ports.ts';
import type { ContactParts } from './contact.ts';
import type { Outbox } from './outbox.ts';

/** Lengths of time in the life of a worker. */
export interface WorkerTimes {
  /** How long a lease lasts. What a killed worker held is asked by another that much later. */
  readonly leaseMs: number;
  /** How often it says that it is there. */
  readonly announceMs: number;
  /** How often it looks at what it would need without the database. */
  readonly rememberMs: number;
  /** Out of reach for less than this, the database may have restarted: nobody goes his own way yet. */
  readonly awayMs: number;
}

export const WORKER_TIMES: WorkerTimes = { leaseMs: 30_000, announceMs: 5000, rememberMs: 60_000, awayMs: 10_000 };

export interface WorkerSettings {
  /** How much is asked at once. */
  readonly slots: number;
  /** Of one provider, over all places; null: no limit. */
  readonly perProvider: number | null;
  /** Of a UTC day, over all places; null: no limit. */
  readonly budgetUsd: number | null;
  readonly intervalMs: number;
}

export interface WorkerParts extends ContactParts {
  readonly identity: Identity;
  readonly settings: WorkerSettings;
  /** Usual: `WORKER_TIMES`. */
  readonly times?: WorkerTimes;
  readonly store: FleetStore & Pick<CatalogStore, 'lastGood'> & Pick<Ledger, 'spentOn'>;
  readonly outbox: Outbox;
  /** Every attempt of a probe of which some have rows already; a `skipped` one says that it was dropped. */
  readonly ask: (probe: PlannedProbe, signal: AbortSignal, attemptsSoFar: number) => AsyncIterable<AttemptRecord>;
  /** This place's plan, a function of its arguments alone. */
  readonly plan: (cycle: Cycle, catalog: Catalog) => readonly PlannedProbe[];
  readonly clock: Clock;
  readonly log: Log;
}
