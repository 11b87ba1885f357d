import type { Database } from 'bun:sqlite';
import type { Calibration, MomentError } from '../domain/types.ts';
import type { CalibrationStore } from '../ports.ts';

/** One row for each kind of moment. */
export type CalibrationRow = Omit<Calibration, 'errors'> & MomentError;

/** The rows of the calibration that was saved last. */
export const LAST_CALIBRATION = `
  SELECT cycle_id AS "cycleId", tracker_version AS "trackerVersion", finished_at_ms AS "finishedAtMs",
    clock_bound_ms AS "clockBoundMs", moment, n, p50_ms AS "p50Ms", p99_ms AS "p99Ms", max_ms AS "maxMs"
  FROM calibrations WHERE cycle_id = (SELECT cycle_id FROM calibrations ORDER BY number DESC LIMIT 1)
  ORDER BY number`;

export function createCalibrationStore(db: Database): CalibrationStore {
  const save = db.transaction(({ errors, ...calibration }: Calibration) => {
    const insert = db.query(
      `INSERT INTO calibrations (cycle_id, tracker_version, finished_at_ms, clock_bound_ms, moment, n, p50_ms, p99_ms, max_ms)
       VALUES ($cycleId, $trackerVersion, $finishedAtMs, $clockBoundMs, $moment, $n, $p50Ms, $p99Ms, $maxMs)
       ON CONFLICT (cycle_id, moment) DO NOTHING`,
    );
    for (const error of errors) insert.run({ ...calibration, ...error });
  });

  return {
    saveCalibration: async (calibration) => save.immediate(calibration),

    lastCalibration: async () => calibrationFrom(db.query<CalibrationRow, []>(LAST_CALIBRATION).all()),
  };
}

/** @param rows of one calibration; none: there is none */
export function calibrationFrom(rows: readonly CalibrationRow[]): Calibration | null {
  const [first] = rows;
  if (first === undefined) return null;
  const { cycleId, trackerVersion, finishedAtMs, clockBoundMs } = first;
  const errors = rows.map(({ moment, n, p50Ms, p99Ms, maxMs }) => ({ moment, n, p50Ms, p99Ms, maxMs }));
  return { cycleId, trackerVersion, finishedAtMs, clockBoundMs, errors };
}
