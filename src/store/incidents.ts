import type { Database, SQLQueryBindings } from 'bun:sqlite';
import type { FoundIncident, Incident, Remark } from '../domain/incident.ts';
import type { IncidentQuery, IncidentStore } from '../ports.ts';
import { conditionsOf, givenOf } from './conditions.ts';
import { metaOf, setMeta } from './meta.ts';

/** What the samples tell is one JSON value, with the columns that are asked by beside it; what people said of it has columns of its own. */
export function createIncidentTable(db: Database): void {
  db.run(`
    CREATE TABLE incidents (
      incident_id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      started_at_ms INTEGER NOT NULL,
      ended_at_ms INTEGER,
      found TEXT NOT NULL,
      acknowledged TEXT,
      silenced TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX incidents_by_start ON incidents (started_at_ms);
    CREATE INDEX open_incidents ON incidents (started_at_ms) WHERE ended_at_ms IS NULL;
  `);
}

type Judged = NonNullable<Parameters<IncidentStore['saveIncidents']>[1]>;

export interface IncidentRow {
  readonly found: string;
  readonly acknowledged: string | null;
  readonly silenced: string | null;
}

export const MOST_INCIDENTS = 100;
export const SELECT_INCIDENT = 'SELECT found, acknowledged, silenced FROM incidents';
const IS_OF = (key: string) =>
  `EXISTS (SELECT 1 FROM json_each(found, '$.endpoints') AS endpoint WHERE endpoint.value ->> '${key}' = $${key})`;

/** Those that look at columns alone. */
export const INCIDENT_CONDITIONS = {
  openOnly: 'ended_at_ms IS NULL',
  sinceMs: '(ended_at_ms IS NULL OR ended_at_ms >= $sinceMs)',
  untilMs: 'started_at_ms < $untilMs',
  kind: 'kind = $kind',
} as const satisfies Partial<Record<keyof IncidentQuery, string>>;

const CONDITIONS = {
  ...INCIDENT_CONDITIONS,
  modelId: IS_OF('modelId'),
  provider: IS_OF('provider'),
  location: "found ->> 'location' = $location",
} as const satisfies Partial<Record<keyof IncidentQuery, string>>;

export function createIncidentStore(db: Database): IncidentStore {
  const save = db.transaction((found: readonly FoundIncident[], judged: Judged | null) => {
    const upsert = db.query(
      `INSERT INTO incidents (incident_id, kind, started_at_ms, ended_at_ms, found) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (incident_id) DO UPDATE SET
         started_at_ms = excluded.started_at_ms, ended_at_ms = excluded.ended_at_ms, found = excluded.found`,
    );
    for (const incident of found) {
      const { incidentId, kind, startedAtMs, endedAtMs } = incident;
      upsert.run(incidentId, kind, startedAtMs, endedAtMs, JSON.stringify(incident));
    }
    if (judged !== null) setMeta(db, `judged_until_ms ${judged.location}`, String(judged.untilMs));
  });

  function remark(column: 'acknowledged' | 'silenced', incidentId: string, said: Remark | null): boolean {
    const text = said && JSON.stringify(said);
    return db.query(`UPDATE incidents SET ${column} = ? WHERE incident_id = ?`).run(text, incidentId).changes > 0;
  }

  return {
    saveIncidents: async (found, judged) => save.immediate(found, judged ?? null),

    async judgedUntilMs(location) {
      const text = metaOf(db, `judged_until_ms ${location}`);
      return text === null ? null : Number(text);
    },

    async incidents({ openOnly = false, limit = MOST_INCIDENTS, ...wanted } = {}) {
      const conditions = conditionsOf(CONDITIONS, { ...wanted, openOnly: openOnly || undefined });
      const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
      return db
        .query<IncidentRow, SQLQueryBindings>(
          `${SELECT_INCIDENT} ${where} ORDER BY started_at_ms DESC, incident_id LIMIT $limit`,
        )
        .all({ ...givenOf(wanted), limit })
        .map(incidentFrom);
    },

    async incident(incidentId) {
      const row = db.query<IncidentRow, [string]>(`${SELECT_INCIDENT} WHERE incident_id = ?`).get(incidentId);
      return row && incidentFrom(row);
    },

    acknowledge: async (incidentId, said) => remark('acknowledged', incidentId, said),
    silence: async (incidentId, said) => remark('silenced', incidentId, said),
  };
}

export function incidentFrom({ found, acknowledged, silenced }: IncidentRow): Incident {
  return {
    ...(JSON.parse(found) as FoundIncident),
    acknowledged: acknowledged && JSON.parse(acknowledged),
    silenced: silenced && JSON.parse(silenced),
  };
}
