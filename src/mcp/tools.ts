import { z } from 'zod';
import { INCIDENT_KINDS } from '../domain/incident.ts';
import { type EndpointVerdict as Endpoint, type ModelVerdict, STATES } from '../domain/verdict.ts';
import { closestTo } from '../lib/edit-distance.ts';
import { formatMs, formatTps, formatUsd } from '../lib/format.ts';
import { counted, names } from '../lib/lists.ts';
import { differing } from '../observe/report/differing.ts';
import { recommendationFor } from '../observe/report/report.ts';
import {
  changeSentence,
  comparisonSentence,
  featureSentences,
  flagSentences,
  incidentSentence,
  recommendationSentences,
  stateSentence,
} from '../observe/report/sentences.ts';
import { share } from '../observe/report/words.ts';
import type { IncidentQuery, Knowledge, Window } from '../ports.ts';
import { inData } from '../web/data-names.ts';
import * as given from '../web/parameters.ts';
import { ModelList } from '../web/schemas/answers.ts';
import { IncidentList } from '../web/schemas/incidents.ts';
import { Comparison, EndpointVerdict, Recommendation } from '../web/schemas/verdicts.ts';
import type { Told } from './source.ts';

/** What an assistant is told instead of an answer. */
export class Unanswerable extends Error {
  override readonly name = 'Unanswerable';
}

/** Under the names of data, and the same in a few words. */
interface Answer {
  readonly value: unknown;
  readonly words: readonly string[];
}

/** One thing that an assistant may ask. The list of them is all there is. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly parameters: z.ZodObject;
  /** What is told of the value: the API's own schema. */
  readonly answer: z.ZodObject;
  /** @throws Unanswerable, Problem */
  handle(parameters: Record<string, unknown>, told: Told): Promise<Answer>;
}

function tool<Parameters extends z.ZodObject>(
  made: Omit<Tool, 'parameters' | 'handle'> & {
    readonly parameters: Parameters;
    readonly handle: (parameters: z.output<Parameters>, told: Told) => Answer | Promise<Answer>;
  },
): Tool {
  return {
    ...made,
    async handle(parameters, told) {
      const { knowledge } = told;
      const location = parameters.location as string | undefined;
      const here = location === undefined ? knowledge : knowledge.from(location);
      const known = knowledge.locations().map((place) => place.location);
      if (here === null)
        throw new Unanswerable(`nothing is known from ${location}; places are: ${names(known) || 'none yet'}`);
      const { value, words } = await made.handle(parameters as z.output<Parameters>, { ...told, knowledge: here });
      const from = known.length > 1 ? [`Seen from ${here.location()}; places are ${names(known)}.`] : [];
      return { value, words: [...words, ...from] };
    },
  };
}

/** What is given beyond the shape is refused, without repeating it. */
const parameters = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(
    { ...shape, location: given.location.optional() },
    {
      error: ({ code }) =>
        code === 'unrecognized_keys'
          ? `there is an argument that is not known here; known: ${[...Object.keys(shape), 'location'].join(', ')}`
          : undefined,
    },
  );

const LONGEST_DAYS = 30;
const WEEK = given.since.prefault('7d');
const flag = z.boolean().default(false);

const NEEDS = z
  .strictObject({
    tools: flag.describe('Must it offer tool calls?'),
    structured_output: flag.describe('Must it offer replies by a JSON schema?'),
    context_length: z
      .int()
      .min(1)
      .max(100_000_000)
      .nullable()
      .default(null)
      .describe('Tokens of context it must offer.'),
  })
  .prefault({});

export const TOOLS: readonly Tool[] = [
  tool({
    name: 'list_models',
    title: 'Which models are measured',
    description:
      'Every model that is measured, most trending first: how many providers serve it, how they are now, and which one is recommended all in all. Ask this first when you do not know the exact name of a model.',
    parameters: parameters({}),
    answer: ModelList,
    handle: (_, { knowledge }) => {
      const models = knowledge.board().map(summaryOf);
      const words = models.map(
        ({ model_id, providers, recommended }) =>
          `${model_id}: ${counted(providers, 'provider')}, ${recommended === null ? 'nobody recommended' : `use ${recommended}`}.`,
      );
      return { value: { models }, words: words.length > 0 ? words : ['Nothing was measured in the last 24 hours.'] };
    },
  }),
  tool({
    name: 'recommend_provider',
    title: 'Whom to use for a model',
    description:
      'Which inference provider to use for a model now, by what was measured: with reasons, the runner-up, who is as good within noise, and whom to avoid and why. `provider` null: nobody can be recommended.',
    parameters: parameters({ model: given.model, goal: given.goal, needs: NEEDS, since: WEEK }),
    answer: Recommendation,
    handle: ({ model, goal, needs, since }, { knowledge }) => {
      const { tools, structured_output: structuredOutput, context_length: contextLength } = needs;
      const window = given.windowOf({ since }, knowledge.nowMs(), LONGEST_DAYS);
      const found = knowledge.recommend(model, goal, { tools, structuredOutput, contextLength }, window);
      if (found === null) throw unknownModel(model, knowledge);
      return { value: inData(found), words: recommendationSentences(found).map(({ text }) => text) };
    },
  }),
  tool({
    name: 'endpoint_state',
    title: 'How one provider of a model is',
    description:
      'How one model at one provider is now (healthy, slow, down, limiting us, …) and how it was: uptime, first token, output speed, price, correctness, features, changes, and what another model would explain.',
    parameters: parameters({ model: given.model, provider: given.provider, since: WEEK }),
    answer: EndpointVerdict,
    handle: ({ model, provider, since }, { knowledge }) => {
      const window = given.windowOf({ since }, knowledge.nowMs(), LONGEST_DAYS);
      const endpoint = endpointOf(modelOf(knowledge, model, window), provider);
      const words = endpointWords(endpoint, knowledge.nowMs());
      return { value: inData(endpoint), words: [...differing([endpoint], knowledge), ...words] };
    },
  }),
  tool({
    name: 'compare_providers',
    title: 'Which of two providers is better',
    description:
      'Two providers of one model by one metric, paired by cycle, with a 95 % interval. `better` is null where the difference cannot be told from noise.',
    parameters: parameters({
      model: given.model,
      a: given.provider,
      b: given.provider,
      metric: given.metric.prefault('ttft_ms'),
      since: WEEK,
    }),
    answer: Comparison,
    handle: ({ model: modelId, a, b, metric, since }, { knowledge }) => {
      if (a === b) throw new Unanswerable('b must be another provider than a');
      const window = given.windowOf({ since }, knowledge.nowMs(), LONGEST_DAYS);
      const found = knowledge.compare({ modelId, provider: a }, { modelId, provider: b }, metric, window);
      if (found === null) {
        const known = modelOf(knowledge, modelId, window);
        for (const provider of [a, b]) endpointOf(known, provider);
        throw new Unanswerable('there is too little data of these two to compare them');
      }
      return { value: inData(found), words: [comparisonSentence(found)] };
    },
  }),
  tool({
    name: 'list_incidents',
    title: 'What happened',
    description:
      'Outages, slowdowns, changes, features that fail and the like, newest first: who, what, since when, how it ended, and the attempts that prove it.',
    parameters: parameters({
      open: z.boolean().default(false).describe('Only those that last.'),
      model: given.model.optional(),
      provider: given.provider.optional(),
      kind: given.oneOf(INCIDENT_KINDS).optional(),
      since: WEEK.describe('Those that last, or ended at or after it; as `90m`, `24h`, `7d` or a moment in UTC.'),
      limit: z.int().min(1).max(100).default(20).describe('At most so many.'),
    }),
    answer: IncidentList,
    handle: async ({ open, model, provider, kind, since, location, limit }, { knowledge, incidents }) => {
      const query: IncidentQuery = {
        sinceMs: given.windowOf({ since }, knowledge.nowMs(), Number.POSITIVE_INFINITY).sinceMs,
        openOnly: open,
        ...(model === undefined ? {} : { modelId: model }),
        ...(provider === undefined ? {} : { provider }),
        ...(kind === undefined ? {} : { kind }),
        ...(location === undefined ? {} : { location }),
        limit,
      };
      const found = await incidents.incidents(query);
      const words = found.map((incident) => incidentSentence(incident, knowledge.nowMs()).text);
      return { value: { incidents: inData(found) }, words: words.length > 0 ? words : ['No incident in this time.'] };
    },
  }),
];

function summaryOf(model: ModelVerdict) {
  const { modelId, endpoints } = model;
  const states = STATES.map((state) => [state, endpoints.filter((each) => each.state.state === state).length]);
  return {
    model_id: modelId,
    providers: endpoints.length,
    states: Object.fromEntries(states),
    recommended: recommendationFor(model)?.provider ?? null,
  };
}

function endpointWords(endpoint: Endpoint, nowMs: number): readonly string[] {
  const { provider, availability, ttftMs, decodeTps, changes } = endpoint;
  const { priceInputUsdPerMtok, priceOutputUsdPerMtok } = endpoint;
  const figures = [
    `uptime ${share(availability.firstTry)}, n = ${availability.firstTry.trials}`,
    `first token ${formatMs(ttftMs.p50)}`,
    `output ${formatTps(decodeTps.p50)}`,
    `price per million tokens ${formatUsd(priceInputUsdPerMtok)} in, ${formatUsd(priceOutputUsdPerMtok)} out`,
  ];
  const more = [
    ...changes.map((change) => changeSentence(provider, change, nowMs)),
    ...featureSentences(endpoint),
    ...flagSentences(endpoint, nowMs),
  ];
  return [stateSentence(endpoint, nowMs).text, `${figures.join('; ')}.`, ...more.map(({ text }) => text)];
}

function unknownModel(model: string, knowledge: Knowledge): Unanswerable {
  const known = knowledge.board().map(({ modelId }) => modelId);
  if (known.length === 0) return new Unanswerable('nothing was measured in the last 24 hours');
  const closest = closestTo(model, known);
  const hint = closest.length > 0 ? `closest: ${names(closest)}` : 'list_models tells which are';
  return new Unanswerable(`model ${model} is not known here; ${hint}`);
}

/** @throws Unanswerable */
function modelOf(knowledge: Knowledge, model: string, window: Window): ModelVerdict {
  const found = knowledge.model(model, window);
  if (found === null) throw unknownModel(model, knowledge);
  return found;
}

/** @throws Unanswerable */
function endpointOf({ modelId, endpoints }: ModelVerdict, provider: string): Endpoint {
  const found = endpoints.find((endpoint) => endpoint.provider === provider);
  if (found !== undefined) return found;
  const those = names(
    endpoints.map((endpoint) => endpoint.provider),
    20,
  );
  throw new Unanswerable(`${provider} is not known to serve ${modelId}; these are: ${those || 'nobody'}`);
}
