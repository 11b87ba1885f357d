import { z } from 'zod';
import { INCIDENT_KINDS } from '../../domain/incident.ts';
import { OUTCOMES } from '../../domain/outcome.ts';
import type { AttemptSummary, IncidentQuery } from '../../ports.ts';
import { inData, rowInData } from '../data-names.ts';
import * as given from '../parameters.ts';
import { type Route, route } from '../route.ts';
import { News } from '../schemas/answers.ts';
import { Attempt, AttemptPage } from '../schemas/attempts.ts';
import { Incident, IncidentList } from '../schemas/incidents.ts';
import { Text } from '../schemas/schema.ts';

/** Attempts are kept for `RETENTION_DAYS`, which may be years; incidents for ever. */
const LONGEST_DAYS = 400;
const ATTEMPTS_A_PAGE = 100;

export const RECORD_ROUTES: readonly Route[] = [
  route({
    path: '/api/v1/attempts',
    id: 'attempts',
    tag: 'records',
    summary: 'Attempts, newest first, page by page',
    parameters: z.strictObject({
      model: given.model.optional(),
      provider: given.provider.optional(),
      outcome: given.oneOf(OUTCOMES).optional(),
      location: given.location.optional(),
      since: given.since.prefault('24h'),
      until: given.until,
      limit: given.limit(ATTEMPTS_A_PAGE),
      cursor: given.cursor,
    }),
    answer: AttemptPage,
    handle: async ({ model, provider, outcome, location, limit, cursor, ...when }, { attempts, knowledge }) => {
      const rows = await attempts.attempts({
        ...given.windowOf(when, knowledge.nowMs(), LONGEST_DAYS),
        ...(model === undefined ? {} : { modelId: model }),
        ...(provider === undefined ? {} : { provider }),
        ...(outcome === undefined ? {} : { outcome }),
        ...(location === undefined ? {} : { location }),
        ...(cursor === undefined ? {} : { after: cursor }),
        limit: limit + 1,
      });
      const page = rows.slice(0, limit);
      return { attempts: page.map(rowInData), next: rows.length > limit ? placeOf(page.at(-1)!) : null };
    },
  }),
  route({
    path: '/api/v1/attempts/{id}',
    id: 'attempt',
    tag: 'records',
    summary: 'One attempt with what was sent and what came',
    parameters: z.strictObject({ id: given.id }),
    keepSeconds: 3600,
    answer: Attempt,
    handle: async ({ id }, { attempts }) => {
      const record = await attempts.attempt(id);
      return record && rowInData(record);
    },
  }),
  route({
    path: '/api/v1/attempts/{id}/response',
    id: 'attempt_response',
    tag: 'records',
    summary: 'What came, as text and nothing else',
    parameters: z.strictObject({ id: given.id }),
    keepSeconds: 3600,
    answer: z.object({ body: Text }),
    rendering: { type: 'text/plain; charset=utf-8', text: ({ body }) => body },
    handle: async ({ id }, { attempts }) => {
      const body = (await attempts.attempt(id))?.responseBodyRaw ?? null;
      return body === null ? null : { body };
    },
  }),
  route({
    path: '/api/v1/incidents',
    id: 'incidents',
    tag: 'records',
    summary: 'Incidents, newest first by start',
    parameters: z.strictObject({
      open: given.onlyIf.describe('Only those that last.'),
      model: given.model.optional(),
      provider: given.provider.optional(),
      kind: given.oneOf(INCIDENT_KINDS).optional(),
      location: given.location.optional(),
      since: given.since.prefault('30d').describe('Those that last, or ended at or after it.'),
      until: given.until.describe('Those that began before it.'),
      limit: given.limit(100),
    }),
    answer: IncidentList,
    handle: async ({ open, model, provider, kind, location, limit, ...when }, { incidents, knowledge }) => {
      const query: IncidentQuery = {
        ...given.windowOf(when, knowledge.nowMs(), LONGEST_DAYS),
        ...(open === undefined ? {} : { openOnly: open }),
        ...(model === undefined ? {} : { modelId: model }),
        ...(provider === undefined ? {} : { provider }),
        ...(kind === undefined ? {} : { kind }),
        ...(location === undefined ? {} : { location }),
        limit,
      };
      return { incidents: inData((await incidents.incidents(query)).slice(0, limit)) };
    },
  }),
  route({
    path: '/api/v1/incidents/{id}',
    id: 'incident',
    tag: 'records',
    summary: 'One incident',
    parameters: z.strictObject({ id: given.id }),
    answer: Incident,
    handle: async ({ id }, { incidents }) => inData(await incidents.incident(id)),
  }),
  route({
    path: '/api/v1/events',
    id: 'events',
    tag: 'records',
    summary: 'Server-sent events that say, at most once a second, that there is something new',
    isStream: true,
    parameters: z.strictObject({
      last_event_id: z
        .string()
        .max(64, { error: 'must be the id of an event' })
        .optional()
        .describe('What came after it is told first. The header `Last-Event-ID` says the same, and counts more.'),
    }),
    answer: News,
    handle: () => null,
  }),
];

const placeOf = ({ cycleTimestampIso, attemptId }: AttemptSummary) => `${Date.parse(cycleTimestampIso)}-${attemptId}`;
