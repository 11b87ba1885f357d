import type { MomentError } from '../domain/types.ts';
import { formatMs } from '../lib/format.ts';
import { openCalibration } from '../probe/calibration/calibration.ts';
import { ERROR_BOUND_MS, ofAllMoments } from '../probe/calibration/errors.ts';
import { openWorkerTransport } from '../probe/transport/worker-transport.ts';
import { type Check, ok, warn } from './check.ts';

/** The errors of our own moments, on this machine now. */
export type MeasureInstrument = (signal: AbortSignal) => Promise<readonly MomentError[]>;

/** Enough for a p99 of all moments together; it takes half a second. */
const ROUNDS = 4;

export const measureInstrument: MeasureInstrument = async (signal) => {
  const proxy = { httpsProxy: null, httpProxy: null, noProxy: null };
  const transport = openWorkerTransport({ log: { warn() {} }, proxy });
  await using closing = new AsyncDisposableStack();
  closing.defer(() => transport.close());
  const runner = closing.use(openCalibration({ transport, rounds: ROUNDS }));
  return (await runner.measure(signal)).errors;
};

/** Is this machine fit to time replies? */
export async function checkInstrument(measure: MeasureInstrument, signal: AbortSignal): Promise<Check> {
  const name = 'instrument';
  try {
    const { p50Ms, p99Ms } = ofAllMoments(await measure(signal));
    const finding = `moments are exact to ${formatMs(p99Ms)} (p99), half of them to ${formatMs(p50Ms)}`;
    if (p99Ms !== null && p99Ms <= ERROR_BOUND_MS) return ok(name, finding);
    return warn(
      name,
      finding,
      'this machine is busy: give it less to do, or probe from another; rows say how exact they are',
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return warn(name, `cannot be measured: ${why}`, 'run the doctor again; rows stay without instrument_error_p99_ms');
  }
}
