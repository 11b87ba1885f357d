import type { Calibration, Cycle } from './domain/types.ts';
import type { CalibrationStore, Clock, Log } from './ports.ts';
import type { CalibrationRunner } from './probe/calibration/calibration.ts';
import { ERROR_BOUND_MS, ofAllMoments } from './probe/calibration/errors.ts';

/** After a start, a figure that is older says nothing about this machine as it is now. */
const VALID_MS = 24 * 3600 * 1000;

export interface CalibratorParts {
  readonly runner: CalibrationRunner;
  readonly store: CalibrationStore;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
  readonly trackerVersion: string;
}

/** Measures the instrument while it measures. Nothing that happens to a calibration concerns the cycle beside it. */
export interface Calibrator extends AsyncDisposable {
  /** Starts a calibration beside that cycle, unless one is still under way. */
  start(cycle: Cycle, stop: AbortSignal): void;
  /** Resolves when none is under way. */
  settled(): Promise<void>;
  /** `instrument_error_p99_ms` of the rows that are written now; null while nothing is known. */
  instrumentErrorP99Ms(): number | null;
}

export async function createCalibrator(parts: CalibratorParts): Promise<Calibrator> {
  const { runner, store, clock, log, trackerVersion } = parts;
  const closing = new AbortController();
  const stored = await store.lastCalibration();
  let last = stored !== null && isValid(stored) ? stored : null;
  let underWay: Promise<void> | null = null;

  function isValid(calibration: Calibration): boolean {
    const ageMs = clock.nowMs() - calibration.finishedAtMs;
    return calibration.trackerVersion === trackerVersion && ageMs >= 0 && ageMs <= VALID_MS;
  }

  async function calibrate({ cycleId, dueAtMs }: Cycle, stop: AbortSignal): Promise<void> {
    const cycle = new Date(dueAtMs).toISOString();
    try {
      const measured = await runner.measure(stop);
      const calibration = { cycleId, trackerVersion, finishedAtMs: clock.nowMs(), ...measured };
      await store.saveCalibration(calibration);
      last = calibration;
      tell(cycle, calibration);
    } catch (error) {
      if (stop.aborted) return;
      log.warn(
        { cycle, reason: String(error) },
        'the calibration is unfinished; rows keep the figure of the last one that finished',
      );
    }
  }

  function tell(cycle: string, calibration: Calibration): void {
    const { n, p50Ms, p99Ms, maxMs } = ofAllMoments(calibration.errors);
    log.debug({ cycle, n, p50Ms, p99Ms, maxMs, clockBoundMs: calibration.clockBoundMs }, 'calibrated');
    if (p99Ms !== null && p99Ms > ERROR_BOUND_MS)
      log.warn(
        { cycle, p50Ms, p99Ms, maxMs, boundMs: ERROR_BOUND_MS },
        'our own moments come late: this machine is too busy, give it less to do; rows say so in instrument_error_p99_ms',
      );
  }

  return {
    start(cycle, stop) {
      underWay ??= calibrate(cycle, AbortSignal.any([stop, closing.signal])).finally(() => {
        underWay = null;
      });
    },
    settled: () => underWay ?? Promise.resolve(),
    instrumentErrorP99Ms: () => last && ofAllMoments(last.errors).p99Ms,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await underWay;
      await runner[Symbol.asyncDispose]();
    },
  };
}
