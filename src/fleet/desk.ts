import { cycleId, probeId } from '../domain/ids.ts';
import { kindText, STANDARD } from '../domain/probe-kind.ts';
import type { AttemptRecord } from '../domain/record.ts';
import type { PlannedProbe } from '../domain/types.ts';
import type { Clock } from '../ports.ts';
import type { Contact } from './contact.ts';
import type { Leases } from './leases.ts';
import { handOver } from './upkeep.ts';
import { type Desk, WORKER_TIMES, type WorkerParts } from './worker-parts.ts';

/** The database cannot be reached. */
export class NotReached extends Error {
  override readonly name = 'NotReached';
  override readonly message = 'the database cannot be reached';
}

interface DeskParts {
  readonly contact: Contact;
  readonly leases: Leases;
  readonly time: Clock;
  /** Places of this worker that no cycle takes. */
  readonly free: () => number;
  readonly mayAsk: () => boolean;
  readonly lastDueMs: () => number;
  /** Null: the database cannot be reached. */
  readonly settle: (leaseId: number, record: AttemptRecord) => Promise<boolean | null>;
}

export function createDesk(parts: WorkerParts, of: DeskParts, running: AbortSignal): Desk {
  const { identity, settings, store, outbox, clock, times = WORKER_TIMES } = parts;
  const { contact, leases } = of;
  const { location } = identity;
  let underWay = 0;

  async function claim(probe: PlannedProbe): Promise<number | null> {
    const { perProvider, budgetUsd } = settings;
    const dueSinceMs = of.lastDueMs();
    const slots = of.free() - (underWay - 1); // but this one
    if (slots <= 0 || !of.mayAsk()) return null;
    const { modelId, provider } = probe.target;
    const cycle = { cycleId: cycleId(identity.writer, dueSinceMs), dueAtMs: dueSinceMs };
    const rivalId = probeId(cycle.cycleId, location, modelId, provider, kindText(STANDARD));
    const limits = { slots, perProvider, budgetUsd, leaseMs: times.leaseMs, dueSinceMs };
    const answer = await contact.reach(() =>
      store.claimOne({ workerId: outbox.workerId, location, ...limits }, probe, { probeId: rivalId, cycle }),
    );
    return answer.reached ? answer.value : null;
  }

  async function askLeased(
    probe: PlannedProbe,
    signal: AbortSignal,
    first?: AttemptRecord,
  ): Promise<AttemptRecord | null> {
    const sinceMs = clock.monotonicMs();
    const leaseId = await claim(probe);
    if (leaseId === null) return null;
    using holding = leases.hold(leaseId, sinceMs);
    for await (const record of parts.ask(probe, AbortSignal.any([signal, holding.over]), 0, first)) {
      if (record.outcome === 'skipped') break;
      const settled = await of.settle(leaseId, record);
      if (settled === null) await handOver({ probe, location, order: 0 }, record, parts, contact, running);
      return settled === false ? null : record;
    }
    await contact.reach(() => store.release([leaseId]));
    return null;
  }

  return {
    time: of.time,
    async ask(probe, signal, first) {
      underWay++;
      try {
        return await askLeased(probe, signal, first);
      } finally {
        underWay--;
      }
    },
    async read(call) {
      const answer = await contact.reach(call);
      if (!answer.reached) throw new NotReached();
      return answer.value;
    },
  };
}
