import { z } from 'zod';
import { INCIDENT_KINDS, SCOPES } from '../../domain/incident.ts';
import { MaybeMoment, MaybeText, Moment, named, Text } from './schema.ts';
import { EndpointName } from './verdicts.ts';

const Remark = named('Remark', 'What an operator said of an incident.', { at: Moment, reason: Text });

export const Incident = named('Incident', 'One thing that happened, told once however many targets show it.', {
  incident_id: Text,
  kind: z.enum(INCIDENT_KINDS),
  scope: z.enum(SCOPES),
  model_id: MaybeText,
  provider: MaybeText,
  endpoints: z.array(EndpointName),
  location: Text,
  started_at: Moment,
  noticed_at: Moment,
  ended_at: MaybeMoment,
  end_reason: z.enum(['recovered', 'new_normal', 'no_data']).nullable(),
  cause: MaybeText,
  says: Text,
  figures: z.record(Text, z.number()),
  evidence: z.array(Text).describe('Ids of attempts that prove it, oldest first.'),
  acknowledged: Remark.nullable(),
});

/** For the administrator alone: whether alerts are silent is nobody else's business. */
export const OperatedIncident = named('OperatedIncident', 'An incident with all remarks.', {
  ...Incident.shape,
  silenced: Remark.nullable(),
});

export const IncidentList = named('IncidentList', 'Newest first by start.', { incidents: z.array(Incident) });
