import type { AttemptRecord } from '../domain/record.ts';
import type { Catalog, Cycle, Identity, PlannedProbe } from '../domain/types.ts';
import type { CatalogStore, Clock, FleetStore, Ledger, Log } from '../ports.ts';
import type { ContactParts } from './contact.ts';
import type { Outbox } from './outbox.ts';

/** How long a lease lasts. What a killed worker held is asked by another that much later. */
export const LEASE_MS = 30_000;

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
  readonly store: FleetStore & Pick<CatalogStore, 'lastGood'> & Pick<Ledger, 'spentOn'>;
  readonly outbox: Outbox;
  /** Every attempt of a probe of which some have rows already; a `skipped` one says that it was dropped. */
  readonly ask: (probe: PlannedProbe, signal: AbortSignal, attemptsSoFar: number) => AsyncIterable<AttemptRecord>;
  /** This place's plan, a function of its arguments alone. */
  readonly plan: (cycle: Cycle, catalog: Catalog) => readonly PlannedProbe[];
  readonly clock: Clock;
  readonly log: Log;
}
