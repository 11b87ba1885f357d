import type { SkipReason } from '../domain/outcome.ts';
import type { AttemptRecord } from '../domain/record.ts';
import type { ProbeSettings } from '../domain/settings.ts';
import type { Cycle, Identity, PlannedProbe } from '../domain/types.ts';
import type { Redact } from '../lib/redact.ts';
import type { Clock, Log } from '../ports.ts';
import { type Attempt, attemptRecord } from './attempt-record.ts';
import { isNetworkFailure, judge } from './judge.ts';
import { type Ask, askTarget } from './request.ts';
import { retryWaitMs } from './retry.ts';
import type { Frame } from './row.ts';
import { noCatalogueRecord, skippedRecord } from './skipped-record.ts';
import type { Transport } from './types.ts';
import { unseenExchange } from './unseen-exchange.ts';

export interface ProberParts {
  readonly settings: ProbeSettings;
  readonly identity: Identity;
  readonly transport: Pick<Transport, 'exchange'>;
  /** Whether any control host answers; settles within 3 s. */
  readonly connectivity: { online(): Promise<boolean> };
  readonly clock: Clock;
  readonly redact: Redact;
  readonly log: Pick<Log, 'error'>;
  /** Of the last finished calibration of our own moments, or null. */
  readonly instrumentErrorP99Ms: () => number | null;
}

/** Asks and tells; nothing a provider does makes it throw. */
export interface Prober {
  /**
   * Every attempt of one probe, each as soon as it is settled; exactly one, the last, is `final`. Once `signal` is aborted the
   * attempt under way is dropped and the final row is `skipped: shutdown`. Only standard probes are asked again after a failure, so that
   * any other has one row.
   *
   * @param first the row of the first part, where this is the second of a feature that takes two
   * @param attemptsSoFar attempts of the probe that have rows already, of somebody who could not go on
   */
  probe(
    planned: PlannedProbe,
    signal: AbortSignal,
    first?: AttemptRecord | null,
    attemptsSoFar?: number,
  ): AsyncGenerator<AttemptRecord, void>;
  /** The final row of a probe that is not asked (again). A probe that was not to be asked anyway keeps that reason. */
  skipped(planned: PlannedProbe, reason: SkipReason, attemptsSoFar?: number): AttemptRecord;
  /** The only row of a cycle without a catalogue. */
  noCatalogue(cycle: Cycle, scheduledAtMs: number): AttemptRecord;
}

export function createProber(parts: ProberParts): Prober {
  const { clock } = parts;
  const frame: Frame = parts;
  const skipped = (planned: PlannedProbe, reason: SkipReason, attemptsSoFar = 0) =>
    skippedRecord(planned, planned.skip ?? reason, attemptsSoFar, frame);

  async function* probe(
    planned: PlannedProbe,
    signal: AbortSignal,
    first: AttemptRecord | null = null,
    attemptsSoFar = 0,
  ): AsyncGenerator<AttemptRecord, void> {
    if (planned.skip !== null) return yield skipped(planned, planned.skip);
    for (let attempt = attemptsSoFar + 1; ; attempt++) {
      const settled = await settle(planned, attempt, first, parts, signal);
      if (settled === null) return yield skipped(planned, 'shutdown', attempt - 1);
      yield settled.record;
      if (settled.retryWaitMs === null) return;
      try {
        await clock.sleep(settled.retryWaitMs, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        return yield skipped(planned, 'shutdown', attempt);
      }
    }
  }

  return { probe, skipped, noCatalogue: (cycle, scheduledAtMs) => noCatalogueRecord(cycle, scheduledAtMs, frame) };
}

interface Settled {
  readonly record: AttemptRecord;
  /** Null: the record is final. */
  readonly retryWaitMs: number | null;
}

/** One attempt from question to record; null when we were told to stop before it was over. */
async function settle(
  planned: PlannedProbe,
  attempt: number,
  first: AttemptRecord | null,
  parts: ProberParts,
  signal: AbortSignal,
): Promise<Settled | null> {
  const { settings, identity, transport, connectivity, clock } = parts;
  if (signal.aborted) return null;
  const beganAtMs = clock.nowMs();
  const began = clock.monotonicMs();
  let ask: Ask | null = null;
  try {
    const { target } = planned;
    ask = askTarget(planned, settings, identity.trackerVersion);
    const exchange = await transport.exchange(ask.question, signal);
    if (exchange.ending.kind === 'cancelled') return null;

    const online = isNetworkFailure(exchange) ? await connectivity.online() : null;
    const { loopLagLimitMs } = settings;
    const verdict = judge(exchange, {
      provider: target.provider,
      requestedModels: ask.modelNames,
      loopLagLimitMs,
      online,
    });
    const retries = planned.kind.name === 'standard' ? settings.retries : 0;
    const retryWait = retryWaitMs(exchange, attempt, retries, clock.nowMs());
    const instrumentErrorP99Ms = parts.instrumentErrorP99Ms();
    const settled = {
      planned,
      attempt,
      final: retryWait === null,
      ask,
      exchange,
      verdict,
      instrumentErrorP99Ms,
      first,
    };
    return { record: attemptRecord(settled, parts), retryWaitMs: retryWait };
  } catch (error) {
    if (signal.aborted) return null;
    const exchange = unseenExchange(beganAtMs, clock.monotonicMs() - began, { kind: 'complete' });
    return { record: ownFault(error, { planned, attempt, ask, exchange }, parts), retryWaitMs: null };
  }
}

/** A bug of ours: told in full to the log, and blamed on nobody else. */
function ownFault(
  error: unknown,
  attempt: Pick<Attempt, 'planned' | 'attempt' | 'ask' | 'exchange'>,
  parts: ProberParts,
): AttemptRecord {
  const { log, redact } = parts;
  const { probeId, target } = attempt.planned;
  const stack = redact(error instanceof Error ? (error.stack ?? error.message) : String(error));
  log.error({ probeId, model: target.modelId, provider: target.provider, stack }, 'a fault of our own spoilt a probe');
  const name = error instanceof Error ? error.name : typeof error;
  const message = `a fault of the tracker itself (${name}); its log says more`;
  const verdict = { outcome: 'prober_error', errorClass: 'internal', errorPhase: null, message } as const;
  return attemptRecord({ ...attempt, final: true, verdict, instrumentErrorP99Ms: null, first: null }, parts);
}
