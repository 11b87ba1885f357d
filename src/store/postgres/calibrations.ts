import type { CalibrationStore } from '../../ports.ts';
import { type CalibrationRow, calibrationFrom, LAST_CALIBRATION } from '../calibrations.ts';
import type { Client } from './client.ts';

export function createCalibrationStore(client: Client): CalibrationStore {
  return {
    async saveCalibration({ cycleId, trackerVersion, finishedAtMs, clockBoundMs, errors }) {
      await client.run(
        `INSERT INTO calibrations (cycle_id, tracker_version, finished_at_ms, clock_bound_ms, moment, n, p50_ms, p99_ms, max_ms)
         SELECT $1, $2, $3, $4, given.* FROM unnest($5::text[], $6::bigint[], $7::float8[], $8::float8[], $9::float8[]) AS given
         ON CONFLICT (cycle_id, moment) DO NOTHING`,
        cycleId,
        trackerVersion,
        finishedAtMs,
        clockBoundMs,
        errors.map(({ moment }) => moment),
        errors.map(({ n }) => n),
        errors.map(({ p50Ms }) => p50Ms),
        errors.map(({ p99Ms }) => p99Ms),
        errors.map(({ maxMs }) => maxMs),
      );
    },

    lastCalibration: async () => calibrationFrom(await client.all<CalibrationRow>(LAST_CALIBRATION)),
  };
}
