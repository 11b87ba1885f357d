import type { AskedReader, FeatureTrial, ProbeEnding } from '../ports.ts';
import type { Select } from './select.ts';

/** @param isOurs the condition, as SQL, of rows that were not imported from another writer */
export function createAskedReader(select: Select, isOurs: string): AskedReader {
  return {
    async endingsSince(sinceMs, location) {
      const rows = await select(
        `SELECT model_id, provider_name, probe_kind, outcome, cycle_timestamp_iso FROM attempts
         WHERE cycle_timestamp_iso >= $sinceMs AND location = $location AND final = 1 AND probe_kind IN ('standard', 'confirm')
           AND outcome <> 'skipped' AND ${isOurs}
         ORDER BY cycle_timestamp_iso, seq`,
        { sinceMs, location },
      );
      return rows.map(([modelId, provider, kind, outcome, dueAtMs]) => ({
        modelId,
        provider,
        kind,
        outcome,
        dueAtMs,
      })) as unknown as readonly ProbeEnding[];
    },

    async featureTrialsSince(sinceMs, location) {
      const rows = await select(
        `SELECT model_id, provider_name, feature, count(*), count(*) FILTER (WHERE outcome <> 'ok') FROM attempts
         WHERE cycle_timestamp_iso >= $sinceMs AND location = $location AND probe_kind = 'feature' AND feature IS NOT NULL AND ${isOurs}
         GROUP BY cycle_id, model_id, provider_name, feature`,
        { sinceMs, location },
      );
      return rows.map(([modelId, provider, feature, requests, failed]) => ({
        modelId,
        provider,
        feature,
        requests,
        failed,
      })) as unknown as readonly FeatureTrial[];
    },
  };
}
