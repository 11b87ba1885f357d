import { attemptId } from '../../src/domain/ids.ts';
import { CONFIRM } from '../../src/domain/probe-kind.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { Cycle, PlannedProbe } from '../../src/domain/types.ts';
import type { Claim, FleetProbe, Worker } from '../../src/ports.ts';
import { aCycle, aPlannedProbe, aRecord, aSkippedRecord, aTarget } from './builders.ts';

export const aWorker = (overrides: Partial<Worker> = {}): Worker => ({
  workerId: 'worker-1',
  location: 'eu',
  trackerVersion: '0.1.0',
  slots: 8,
  clockAheadMs: 1.5,
  waiting: 0,
  ...overrides,
});

export const aClaim = (overrides: Partial<Claim> = {}): Claim => ({
  workerId: 'worker-1',
  location: 'eu',
  slots: 8,
  leaseMs: 30_000,
  dueSinceMs: 0,
  perProvider: null,
  budgetUsd: null,
  ...overrides,
});

/** Probes of one cycle and location, in the order of their plan; each of a model of its own. */
export function fleetProbes(
  providers: readonly string[],
  { cycle = aCycle(), location = 'eu' }: { readonly cycle?: Cycle; readonly location?: string } = {},
): readonly FleetProbe[] {
  return providers.map((provider, order) => {
    const probe = aPlannedProbe({ cycle, target: aTarget({ modelId: `acme/Model-${order}`, provider }) });
    return { probe: { ...probe, probeId: `${location}-${probe.probeId}` }, location, order };
  });
}

/** What asking a probe gave. */
export function recordOf({ probe }: Pick<FleetProbe, 'probe'>, overrides: Partial<AttemptRecord> = {}): AttemptRecord {
  const { probeId, cycle, target, kind } = probe;
  const { attempt = 1 } = overrides;
  return aRecord({
    probeId,
    probeKind: kind.name,
    cycleId: cycle.cycleId,
    cycleTimestampIso: new Date(cycle.dueAtMs).toISOString(),
    modelId: target.modelId,
    providerName: target.provider,
    attemptId: attemptId(probeId, attempt),
    costUsd: 1,
    ...overrides,
  });
}

/** A confirm of the target of a planned probe, in a round that is due with its cycle. */
export function confirmOf({ probe, location }: FleetProbe): PlannedProbe {
  const { cycle, target } = probe;
  const confirm = aPlannedProbe({ cycle, target, kind: CONFIRM });
  return { ...confirm, probeId: `${location}-${confirm.probeId}` };
}

export const notAsked = ({ probe }: Pick<FleetProbe, 'probe'>) =>
  aSkippedRecord({
    probeId: probe.probeId,
    cycleId: probe.cycle.cycleId,
    attemptId: attemptId(probe.probeId, 0),
  });
