import { wilsonInterval } from '../domain/statistics.ts';
import {
  type EndpointVerdict as Endpoint,
  type Goal,
  type ModelVerdict as Model,
  type Needs,
  type Rate,
  type Recommendation,
  STATES,
} from '../domain/verdict.ts';
import type { BoardHours, Knowledge } from '../ports.ts';
import { inData } from './data-names.ts';
import type { WebParts } from './route.ts';

/** More than a catalogue ever has at once. */
const MOST_MODELS = 500;
const MONTH_MS = 30 * 24 * 3_600_000;

/** Whom to use for a model; null: nobody, and `reason` says why. */
export function recommended({ modelId, recommendations }: Model, goal: Goal = 'balanced') {
  return inAnswer(modelId, recommendations.find((each) => each.goal === goal) ?? null);
}

/** The same for whoever needs something of a provider. */
export function recommendedFor(model: Model, goal: Goal, needs: Needs, knowledge: Knowledge) {
  const { modelId, sinceMs, untilMs } = model;
  const isForAll = !needs.tools && !needs.structuredOutput && needs.contextLength === null;
  if (isForAll) return recommended(model, goal);
  return inAnswer(modelId, knowledge.recommend(modelId, goal, needs, { sinceMs, untilMs }));
}

const inAnswer = (modelId: string, found: Recommendation | null) => ({
  model_id: modelId,
  recommended: found?.provider ?? null,
  reason: found?.reasons[0] ?? null,
});

const short = new WeakMap<Endpoint, unknown>();

/** A board has a thousand of them, and is told many times: each is put into data's words once. */
export function inShort(endpoint: Endpoint): unknown {
  let told = short.get(endpoint);
  if (told === undefined) {
    told = shortened(endpoint);
    short.set(endpoint, told);
  }
  return told;
}

/** What a `Target` does not tell is left out before any work is done on it. */
function shortened({
  modelId,
  provider,
  location,
  state,
  availability,
  ttftMs,
  decodeTps,
  ...rest
}: Endpoint): unknown {
  const { priceInputUsdPerMtok, priceOutputUsdPerMtok, contextLength } = rest;
  const terms = { priceInputUsdPerMtok, priceOutputUsdPerMtok, contextLength };
  const { firstTry } = availability;
  return inData({ modelId, provider, location, state, availability: { firstTry }, ttftMs, decodeTps, ...terms });
}

export const boardOf = (knowledge: Knowledge, hours: BoardHours = 24) => knowledge.board(hours).slice(0, MOST_MODELS);

export const allEndpoints = (knowledge: Knowledge) => boardOf(knowledge).flatMap(({ endpoints }) => endpoints);

const byProvider = (knowledge: Knowledge) => Map.groupBy(allEndpoints(knowledge), ({ provider }) => provider);

/** As `ModelList`. */
export const modelsOf = (knowledge: Knowledge) => ({
  models: boardOf(knowledge).map((model) => ({
    ...recommended(model),
    providers: model.endpoints.length,
    states: countStates(model.endpoints),
  })),
});

type OpenIncidents = ReadonlyMap<string, number>;

/** As `ProviderList`. @param open null: they could not be read */
export function providersOf(parts: WebParts, open: OpenIncidents | null) {
  const providers = [...byProvider(parts.knowledge)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { providers: providers.map(([name, endpoints]) => summaryOf(name, endpoints, open)) };
}

/** As `ProviderVerdict`; null: there is no such provider. @param happened null: it could not be read */
export function providerOf(provider: string, parts: WebParts, happened: Awaited<ReturnType<typeof happenedAt>> | null) {
  const endpoints = byProvider(parts.knowledge).get(provider);
  if (endpoints === undefined) return null;
  return {
    ...summaryOf(provider, endpoints, happened?.open ?? null),
    endpoints: inData(endpoints),
    incidents: happened && inData(happened.incidents),
  };
}

/** What lasts, and what there was within a month. */
export async function happenedAt(provider: string, parts: WebParts) {
  const sinceMs = parts.knowledge.nowMs() - MONTH_MS;
  return { open: await openByProvider(parts), incidents: await parts.incidents.incidents({ provider, sinceMs }) };
}

const countStates = (endpoints: readonly Endpoint[]) =>
  Object.fromEntries(STATES.map((state) => [state, endpoints.filter((each) => each.state.state === state).length]));

/** As seen from the place that is asked. */
export async function openByProvider({ incidents, knowledge }: WebParts): Promise<OpenIncidents> {
  const open = await incidents.incidents({ openOnly: true, location: knowledge.location() });
  const concerned = open.flatMap(({ endpoints }) => [...new Set(endpoints.map(({ provider }) => provider))]);
  return new Map(Object.entries(Object.groupBy(concerned, (name) => name)).map(([name, all]) => [name, all!.length]));
}

function summaryOf(provider: string, endpoints: readonly Endpoint[], open: OpenIncidents | null) {
  return {
    provider,
    models: endpoints.length,
    states: countStates(endpoints),
    first_try: inData(together(endpoints.map(({ availability }) => availability.firstTry))),
    open_incidents: open && (open.get(provider) ?? 0),
  };
}

function together(rates: readonly Rate[]): Rate {
  const successes = rates.reduce((sum, rate) => sum + rate.successes, 0);
  const trials = rates.reduce((sum, rate) => sum + rate.trials, 0);
  const rate = trials === 0 ? null : successes / trials;
  return { successes, trials, rate, interval: wilsonInterval(successes, trials) };
}
