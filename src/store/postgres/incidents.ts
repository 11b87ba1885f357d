import type { FoundIncident, Remark } from '../../domain/incident.ts';
import type { IncidentStore } from '../../ports.ts';
import { conditionsOf, givenOf } from '../conditions.ts';
import { INCIDENT_CONDITIONS, type IncidentRow, incidentFrom, MOST_INCIDENTS, SELECT_INCIDENT } from '../incidents.ts';
import type { Client } from './client.ts';
import { metaOf, setMeta } from './meta.ts';
import { named } from './named.ts';
import { storableJson } from './texts.ts';

const IS_OF = (key: 'modelId' | 'provider') =>
  `EXISTS (SELECT 1 FROM json_array_elements(found::json -> 'endpoints') AS endpoint WHERE endpoint ->> '${key}' = $${key})`;

const CONDITIONS = {
  ...INCIDENT_CONDITIONS,
  modelId: IS_OF('modelId'),
  provider: IS_OF('provider'),
  location: "found::json ->> 'location' = $location",
};

export function createIncidentStore(client: Client): IncidentStore {
  async function remark(
    column: 'acknowledged' | 'silenced',
    incidentId: string,
    said: Remark | null,
  ): Promise<boolean> {
    const text = said && JSON.stringify(said);
    return (await client.run(`UPDATE incidents SET ${column} = $1 WHERE incident_id = $2`, text, incidentId)) > 0;
  }

  return {
    async saveIncidents(found, judged) {
      // One row each, and in one order: two that save at once do not wait for each other crosswise.
      const byId = new Map(found.map((incident) => [incident.incidentId, incident]));
      const incidents: readonly FoundIncident[] = [...byId.keys()].sort().map((id) => byId.get(id)!);
      await client.transaction(async (db) => {
        await db.run(
          `INSERT INTO incidents (incident_id, kind, started_at_ms, ended_at_ms, found)
           SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])
           ON CONFLICT (incident_id) DO UPDATE SET
             started_at_ms = excluded.started_at_ms, ended_at_ms = excluded.ended_at_ms, found = excluded.found`,
          incidents.map(({ incidentId }) => incidentId),
          incidents.map(({ kind }) => kind),
          incidents.map(({ startedAtMs }) => startedAtMs),
          incidents.map(({ endedAtMs }) => endedAtMs),
          incidents.map((incident) => storableJson(incident)),
        );
        if (judged !== undefined) await setMeta(db, `judged_until_ms ${judged.location}`, String(judged.untilMs));
      });
    },

    async judgedUntilMs(location) {
      const text = await metaOf(client, `judged_until_ms ${location}`);
      return text === null ? null : Number(text);
    },

    async incidents({ openOnly = false, limit = MOST_INCIDENTS, ...wanted } = {}) {
      const conditions = conditionsOf(CONDITIONS, { ...wanted, openOnly: openOnly || undefined });
      const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
      const text = `${SELECT_INCIDENT} ${where} ORDER BY started_at_ms DESC, incident_id COLLATE "C" LIMIT $limit`;
      return (await client.all<IncidentRow>(...named(text, { ...givenOf(wanted), limit }))).map(incidentFrom);
    },

    async incident(incidentId) {
      const row = await client.first<IncidentRow>(`${SELECT_INCIDENT} WHERE incident_id = $1`, incidentId);
      return row && incidentFrom(row);
    },

    acknowledge: (incidentId, said) => remark('acknowledged', incidentId, said),
    silence: (incidentId, said) => remark('silenced', incidentId, said),
  };
}
