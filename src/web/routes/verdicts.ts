import { z } from 'zod';
import { type EndpointVerdict as Endpoint, type ModelVerdict as Model, STATES } from '../../domain/verdict.ts';
import { inData, iso, snake } from '../data-names.ts';
import * as given from '../parameters.ts';
import { wrong } from '../problem.ts';
import { type Route, route } from '../route.ts';
import {
  Audit,
  Board,
  History,
  ModelList,
  PlaceList,
  ProviderList,
  ProviderVerdict,
  TargetList,
} from '../schemas/answers.ts';
import { Comparison, FourChecks, ModelVerdict, PlaceComparison, Recommendation } from '../schemas/verdicts.ts';
import {
  allEndpoints,
  boardOf,
  happenedAt,
  inShort,
  modelsOf,
  openByProvider,
  providerOf,
  providersOf,
  recommended,
} from '../summaries.ts';

/** The longest window of verdicts, which look at the samples in memory, and of histories, which look at rollups. */
const LONGEST_DAYS = 30;
const LONGEST_HISTORY_DAYS = 400;
const MONTH_MS = 30 * 24 * 3600 * 1000;
const OF_VERDICTS = { tag: 'verdicts', restsOnKnowledge: true } as const;
const WEEK = given.since.prefault('7d');
/** The knowledge that such a route is given is the one of that place. */
const from = given.location.optional();

export const VERDICT_ROUTES: readonly Route[] = [
  route({
    ...OF_VERDICTS,
    path: '/api/v1/now',
    id: 'now',
    summary: 'What is going on',
    parameters: z.strictObject({ location: from }),
    answer: Board,
    handle: async (_, { knowledge, incidents }) => ({
      as_of: iso(knowledge.nowMs()),
      models: boardOf(knowledge).map((model) => ({
        ...recommended(model),
        endpoints: model.endpoints.map(inShort),
      })),
      incidents: inData(await incidents.incidents({ openOnly: true })),
    }),
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/models',
    id: 'models',
    summary: 'Every model',
    parameters: z.strictObject({ location: from }),
    answer: ModelList,
    handle: (_, { knowledge }) => modelsOf(knowledge),
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/models/{org}/{name}',
    id: 'model',
    summary: 'Everything known of one model',
    parameters: z.strictObject({ org: given.org, name: given.name, since: WEEK, until: given.until, location: from }),
    answer: ModelVerdict,
    handle: ({ org, name, since, until }, { knowledge }) =>
      inData(knowledge.model(`${org}/${name}`, given.windowOf({ since, until }, knowledge.nowMs(), LONGEST_DAYS))),
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/providers',
    id: 'providers',
    summary: 'Every provider',
    parameters: z.strictObject({ location: from }),
    answer: ProviderList,
    handle: async (_, parts) => providersOf(parts, await openByProvider(parts)),
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/providers/{id}',
    id: 'provider',
    summary: 'One provider over all its models',
    parameters: z.strictObject({ id: given.provider, location: from }),
    answer: ProviderVerdict,
    handle: async ({ id }, parts) => providerOf(id, parts, await happenedAt(id, parts)),
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/targets',
    id: 'targets',
    summary: 'Every model at every provider',
    parameters: z.strictObject({
      model: given.model.optional(),
      provider: given.provider.optional(),
      state: given.oneOf(STATES).optional(),
      limit: given.limit(1000),
      location: from,
    }),
    answer: TargetList,
    handle: ({ model, provider, state, limit }, { knowledge }) => {
      const wanted = (endpoint: Endpoint) =>
        (model === undefined || endpoint.modelId === model) &&
        (provider === undefined || endpoint.provider === provider) &&
        (state === undefined || endpoint.state.state === state);
      return { targets: allEndpoints(knowledge).filter(wanted).slice(0, limit).map(inShort) };
    },
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/compare',
    id: 'compare',
    summary: 'Two providers of one model, paired by cycle',
    parameters: z.strictObject({
      model: given.model,
      a: given.provider,
      b: given.provider,
      metric: given.metric.prefault('ttft_ms'),
      since: WEEK,
      until: given.until,
      location: from,
    }),
    answer: Comparison,
    handle: ({ model: modelId, a, b, metric, since, until }, { knowledge }) => {
      if (a === b) throw wrong('b', 'must be another provider than a');
      const window = given.windowOf({ since, until }, knowledge.nowMs(), LONGEST_DAYS);
      return inData(knowledge.compare({ modelId, provider: a }, { modelId, provider: b }, metric, window));
    },
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/compare-places',
    id: 'compare_places',
    summary: 'One model at one provider from two places, paired by due time',
    parameters: z.strictObject({
      model: given.model,
      provider: given.provider,
      a: given.location,
      b: given.location,
      metric: given.metric.prefault('ttft_ms'),
      since: WEEK,
      until: given.until,
    }),
    answer: PlaceComparison,
    handle: ({ model: modelId, provider, a, b, metric, ...when }, { knowledge }) => {
      if (a === b) throw wrong('b', 'must be another place than a');
      const window = given.windowOf(when, knowledge.nowMs(), LONGEST_DAYS);
      return inData(knowledge.comparePlaces({ modelId, provider }, a, b, metric, window));
    },
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/locations',
    id: 'locations',
    summary: 'From where it is looked',
    parameters: z.strictObject({}),
    answer: PlaceList,
    handle: (_, { knowledge }) => ({ location: knowledge.location(), locations: inData(knowledge.locations()) }),
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/checks',
    id: 'checks',
    summary: 'Is it down, or is it us?',
    parameters: z.strictObject({ model: given.model, provider: given.provider, location: from }),
    answer: FourChecks,
    handle: ({ model: modelId, provider }, { knowledge }) => inData(knowledge.checks({ modelId, provider })),
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/recommend',
    id: 'recommend',
    summary: 'Whom to use for a model',
    parameters: z.strictObject({
      model: given.model,
      goal: given.goal,
      tools: given.tools,
      structured_output: given.structuredOutput,
      context_length: given.contextLength,
      since: WEEK,
      location: from,
    }),
    answer: Recommendation,
    handle: ({ model, goal, tools, structured_output, context_length, since }, { knowledge }) => {
      const needs = {
        tools: tools ?? false,
        structuredOutput: structured_output ?? false,
        contextLength: context_length ?? null,
      };
      const window = given.windowOf({ since }, knowledge.nowMs(), LONGEST_DAYS);
      return inData(knowledge.recommend(model, goal, needs, window));
    },
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/audit',
    id: 'audit',
    summary: 'What the router claims and picks against what was measured; without a model, of the last 24 hours',
    parameters: z.strictObject({ model: given.model.optional(), since: given.since.optional(), location: from }),
    answer: Audit,
    handle: ({ model, since }, { knowledge }) => {
      if (model === undefined && since !== undefined) throw wrong('since', 'needs a model');
      const window = given.windowOf({ since: since ?? { agoMs: MONTH_MS } }, knowledge.nowMs(), LONGEST_DAYS);
      const models = model === undefined ? boardOf(knowledge) : knowledge.model(model, window);
      return models && { models: [models].flat().map(auditOf) };
    },
  }),
  route({
    ...OF_VERDICTS,
    path: '/api/v1/history',
    id: 'history',
    summary: 'One latency of one target over time',
    parameters: z.strictObject({
      model: given.model,
      provider: given.provider,
      metric: given.historyMetric,
      since: given.since.prefault('30d'),
      until: given.until,
      points: given.points,
      location: from,
    }),
    answer: History,
    handle: async ({ model: modelId, provider, metric, points, since, until }, { knowledge }) => {
      const window = given.windowOf({ since, until }, knowledge.nowMs(), LONGEST_HISTORY_DAYS);
      const found = await knowledge.history({ modelId, provider }, metric, window, points);
      return {
        ...(inData({ modelId, provider, ...window }) as object),
        metric: snake(metric),
        points: inData(found.slice(-points)),
      };
    },
  }),
];

const auditOf = ({ modelId, policies, endpoints }: Model) => ({
  model_id: modelId,
  policies: inData(policies),
  providers: endpoints.map(({ provider, claims }) => ({ provider, claims: inData(claims) })),
});
