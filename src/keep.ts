import type { AttemptRecord } from './domain/record.ts';
import type { Keeping, Parts } from './parts.ts';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

type Keep = Pick<Keeping, 'store' | 'buffer' | 'clock' | 'log'>;

/**
 * Returns once the record is durable and the CSV buffer shows it. A disk that refuses is asked again: what was measured waits in memory,
 * and with it the slot of its probe, so that nothing piles up.
 *
 * @throws `signal.reason` when we are told to give up waiting
 */
export async function keep(record: AttemptRecord, parts: Keep, signal: AbortSignal): Promise<void> {
  const { store, clock, log } = parts;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      await store.append([record]);
      return refreshBuffer(parts);
    } catch (error) {
      log.error({ error: String(error), waitMs }, 'the store cannot be written; free some disk: the record waits');
      await clock.sleep(waitMs, signal);
    }
  }
}

/** Probes that a crash left without a final row get one now. */
export async function closeUnfinished(parts: Keep & Pick<Parts, 'prober'>): Promise<void> {
  const { store, prober, clock, log } = parts;
  for (const { cycle, open } of store.unfinished()) {
    await store.append(open.map(({ probe, attempts }) => prober.skipped(probe, 'shutdown', attempts)));
    store.finish(cycle.cycleId, clock.nowMs());
    const due = new Date(cycle.dueAtMs).toISOString();
    log.warn({ cycle: due, probes: open.length }, 'the last run ended inside a cycle; its open probes are now skipped');
  }
  refreshBuffer(parts);
}

/** The CSV buffer is a view for people: whatever it suffers is said and harms nothing. */
export function refreshBuffer({ buffer, log }: Pick<Keeping, 'buffer' | 'log'>): void {
  const trouble = buffer.refresh();
  if (trouble !== null) log.warn({ reason: trouble }, 'the data is safe in the store');
}
