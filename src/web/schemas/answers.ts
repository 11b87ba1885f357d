import { z } from 'zod';
import { STATES } from '../../domain/verdict.ts';
import { Incident } from './incidents.ts';
import { Count, MaybeMoment, MaybeNumber, MaybeText, Moment, named, Text } from './schema.ts';
import { ClaimAudit, EndpointVerdict, PolicyAudit, Rate, Target } from './verdicts.ts';

export const Board = named('Board', 'What is going on, over the last 24 hours.', {
  as_of: Moment,
  models: z.array(
    z.object({
      model_id: Text,
      recommended: MaybeText.describe('For the goal `balanced`; null: nobody.'),
      endpoints: z.array(Target),
    }),
  ),
  incidents: z.array(Incident).describe('Those that last.'),
});

const states = z.object(Object.fromEntries(STATES.map((state) => [state, Count])));

export const ModelList = named('ModelList', 'Most trending first, over the last 24 hours.', {
  models: z.array(z.object({ model_id: Text, providers: Count, states, recommended: MaybeText })),
});

const ProviderSummary = named('ProviderSummary', 'One provider over all its models, over the last 24 hours.', {
  provider: Text,
  models: Count,
  states,
  first_try: Rate,
  open_incidents: Count,
});

export const ProviderList = named('ProviderList', 'In alphabetical order.', { providers: z.array(ProviderSummary) });

export const ProviderVerdict = named('ProviderVerdict', 'One provider, model by model, over the last 24 hours.', {
  ...ProviderSummary.shape,
  endpoints: z.array(EndpointVerdict),
  incidents: z.array(Incident).describe('Newest first, of the last 30 days.'),
});

export const TargetList = named('TargetList', 'In order of the models, over the last 24 hours.', {
  targets: z.array(Target),
});

export const Audit = named('Audit', 'What is claimed against what was measured.', {
  models: z.array(
    z.object({
      model_id: Text,
      policies: z.array(PolicyAudit),
      providers: z.array(z.object({ provider: Text, claims: z.array(ClaimAudit) })),
    }),
  ),
});

export const History = named('History', 'One latency of one target; stretches without data have no point.', {
  model_id: Text,
  provider: Text,
  metric: Text,
  since: Moment,
  until: Moment,
  points: z.array(
    z.object({
      at: Moment,
      span_ms: z.number(),
      n: Count.describe('Good replies.'),
      p10: MaybeNumber,
      p50: MaybeNumber,
      p90: MaybeNumber,
      ok: Count,
      target_errors: Count,
    }),
  ),
});

export const PlaceList = named('PlaceList', 'Places with samples of the last 30 days, by name.', {
  location: Text.describe('The one that answers are of where none is asked for.'),
  locations: z.array(z.object({ location: Text, since: Moment, last_at: Moment, samples: Count })),
});

export const News = named('News', 'Something was stored, or judged anew.', {
  kind: z
    .enum(['hello', 'news', 'reset'])
    .describe(
      '`hello` is the first; `reset`: what came since your id is not known any more, ask for everything again.',
    ),
  at: Moment.describe('When it was told; of a greeting, now.'),
  last_at: MaybeMoment.describe('When the event before was told; null: nothing was yet.'),
  records: Count.describe('Stored since the event before.'),
  is_judged: z.boolean().describe('Incidents or verdicts may be others than before.'),
});

export const Readiness = named('Readiness', 'Whether the program does its work, and what does not.', {
  ready: z.boolean(),
  checks: z.array(z.object({ check: z.enum(['targets', 'backlog', 'store']), ok: z.boolean(), says: Text })),
});

export const Alive = named('Alive', 'It answers.', { alive: z.boolean() });

export const ProbeAsked = named('ProbeAsked', 'The target is asked now.', { model_id: Text, provider: Text });

export const Feed = z.object({
  id: Text,
  title: Text,
  path: Text,
  updated: Moment,
  entries: z.array(z.object({ id: Text, incident: Incident })),
});

export const Badge = named('Badge', 'As Shields reads it (https://shields.io/badges/endpoint-badge).', {
  schemaVersion: z.literal(1),
  label: Text,
  message: Text,
  color: Text,
  cacheSeconds: Count,
});

export const BadgeSource = z.object({ ...Badge.shape, title: Text });

export const Problem = named('Problem', 'What went wrong (RFC 9457).', {
  type: Text,
  title: Text,
  status: z.int(),
  detail: Text,
  errors: z.array(z.object({ parameter: Text, detail: Text })).optional(),
});
