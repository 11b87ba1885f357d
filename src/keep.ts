import type { AttemptRecord } from './domain/record.ts';
import type { Keeping, Parts } from './parts.ts';
import { diskRefused, errorCode, StoreError } from './store/errors.ts';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

type Keep = Pick<Keeping, 'store' | 'refusal' | 'refreshBuffer' | 'listeners' | 'clock' | 'log'>;

/**
 * Returns once the record is durable and the CSV buffer shows it. What was measured waits in memory while the disk refuses, and with it
 * the slot of its probe, so that nothing piles up.
 *
 * @throws StoreError when the disk still refuses as `signal` aborts
 */
export async function keep(record: AttemptRecord, parts: Keep, signal: AbortSignal): Promise<void> {
  await untilWritten(() => parts.store.append([record]), parts, signal);
  parts.refreshBuffer();
  for (const listen of parts.listeners) listen(record);
}

/**
 * Writes to the store; a disk that refuses is asked again, until it takes it. One of all that wait says so.
 *
 * @throws StoreError when the disk still refuses as `signal` aborts, and what `write` throws that is no fault of the disk
 */
export async function untilWritten(
  write: () => void | Promise<void>,
  { refusal, clock, log }: Pick<Keep, 'refusal' | 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      await write();
      refusal.isOn = false;
      return;
    } catch (error) {
      if (!diskRefused(error)) throw error;
      refusal.isOn = true;
      const code = errorCode(error);
      if (signal.aborted) {
        throw new StoreError(
          `the store could not be written until the end (${code}); what waited is lost, the next start closes its probes`,
        );
      }
      const nowMs = clock.monotonicMs();
      if (nowMs >= refusal.silentUntilMs) {
        refusal.silentUntilMs = nowMs + waitMs;
        const seconds = waitMs / 1000;
        log.error({ code, seconds }, 'the store cannot be written; free some disk: what was measured waits');
      }
      await clock.sleep(waitMs, signal).catch((reason) => {
        if (!signal.aborted) throw reason;
      });
    }
  }
}

/** Probes that a crash left without a final row get one now. @throws StoreError as `keep` does */
export async function closeUnfinished(parts: Keep & Pick<Parts, 'prober'>, signal: AbortSignal): Promise<void> {
  const { store, prober, clock, log } = parts;
  for (const { cycle, open } of await store.unfinished()) {
    const closing = open.map(({ probe, attempts }) => prober.skipped(probe, 'shutdown', attempts));
    await untilWritten(() => store.append(closing), parts, signal);
    await untilWritten(() => store.finish(cycle.cycleId, clock.nowMs()), parts, signal);
    const due = new Date(cycle.dueAtMs).toISOString();
    log.warn({ cycle: due, probes: open.length }, 'the last run ended inside a cycle; its open probes are now skipped');
  }
  parts.refreshBuffer();
}
