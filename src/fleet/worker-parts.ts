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

/** Where one asks beside the cycles, with the leases of a worker. */
export interface Desk {
  /**
   * Asks once, unless the cycle under way has the target or its place still to use.
   *
   * @param first the row of the first part, where this is the second of a feature that takes two
   * @returns the row, durable; null: it may not be asked now, or was dropped, which leaves no row
   */
  ask(probe: PlannedProbe, signal: AbortSignal, first?: AttemptRecord): Promise<AttemptRecord | null>;
  /** @throws NotReached where the database is, and what the call throws */
  read<T>(call: () => Promise<T>): Promise<T>;
  /** Shows the database's time. */
  readonly time: Clock;
}

export interface WorkerParts extends ContactParts {
  readonly identity: Identity;
  readonly settings: WorkerSettings;
  /** Usual: `WORKER_TIMES`. */
  readonly times?: WorkerTimes;
  readonly store: FleetStore & Pick<CatalogStore, 'lastGood'> & Pick<Ledger, 'spentOn'>;
  readonly outbox: Outbox;
  /** Every attempt of a probe of which some have rows already; a `skipped` one says that it was dropped. */
  readonly ask: (
    probe: PlannedProbe,
    signal: AbortSignal,
    attemptsSoFar: number,
    first?: AttemptRecord,
  ) => AsyncIterable<AttemptRecord>;
  /** What is asked beside the cycles, until told to stop; nothing where it is absent. */
  readonly beside?: (desk: Desk, signal: AbortSignal) => Promise<void>;
  /** This place's plan, a function of its arguments alone. */
  readonly plan: (cycle: Cycle, catalog: Catalog) => readonly PlannedProbe[];
  readonly clock: Clock;
  readonly log: Log;
}
