import type { Database } from 'bun:sqlite';
import type { AskedReader, FeatureTrial, ProbeEnding } from '../ports.ts';
import { IS_OURS } from './schema.ts';

export function createAskedReader(db: Database): AskedReader {
  return {
    async endingsSince(sinceMs) {
      return db
        .query<ProbeEnding, [number]>(
          `SELECT model_id AS modelId, provider_name AS provider, probe_kind AS kind, outcome, cycle_timestamp_iso AS dueAtMs
           FROM attempts
           WHERE cycle_timestamp_iso >= ? AND final = 1 AND probe_kind IN ('standard', 'confirm') AND outcome <> 'skipped'
             AND ${IS_OURS}
           ORDER BY cycle_timestamp_iso, seq`,
        )
        .all(sinceMs);
    },

    async featureTrialsSince(sinceMs) {
      return db
        .query<FeatureTrial, [number]>(
          `SELECT model_id AS modelId, provider_name AS provider, feature, count(*) AS requests, sum(outcome <> 'ok') AS failed
           FROM attempts
           WHERE cycle_timestamp_iso >= ? AND probe_kind = 'feature' AND feature IS NOT NULL AND ${IS_OURS}
           GROUP BY cycle_id, model_id, provider_name, feature`,
        )
        .all(sinceMs);
    },
  };
}
