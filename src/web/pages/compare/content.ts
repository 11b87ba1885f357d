import { z } from 'zod';
import type { Endpoint } from '../../../domain/incident.ts';
import type { EndpointVerdict as Verdict } from '../../../domain/verdict.ts';
import { METRICS, type Metric } from '../../../domain/verdict.ts';
import type { Window } from '../../../ports.ts';
import { inData, iso, snake } from '../../data-names.ts';
import * as given from '../../parameters.ts';
import type { WebParts } from '../../route.ts';
import { History } from '../../schemas/answers.ts';
import { Moment, Text } from '../../schemas/schema.ts';
import { Comparison, EndpointName, EndpointVerdict } from '../../schemas/verdicts.ts';
import { DAYS_SHOWN, lastNinetyDays } from '../days-shown.ts';
import { METRIC_NAMES, pointsFor } from '../endpoint/content.ts';
import { WINDOWS, type WindowName, windowUntilNow } from '../model/question.ts';

/** The first, and those it is compared with. */
const MOST = 5;
/** In the lists of the form; the models asked for come first. */
const MOST_OFFERED = 300;
const WINDOW_NAMES = Object.keys(WINDOWS) as [WindowName, ...WindowName[]];
/** Other models give other answers: these alone are alike in any. */
const OF_ANY_MODEL: readonly Metric[] = ['ttftMs', 'tpotMs', 'priceUsdPerMtok', 'availability'];

export const QUESTION = z.object({
  t: given.endpoints(MOST),
  since: given.oneOf(WINDOW_NAMES).prefault('7d'),
  metric: given.historyMetric,
});

const Side = z.object({ endpoint: EndpointVerdict, points: History.shape.points, days: History.shape.points });
export type Side = z.output<typeof Side>;

export const CompareContent = z.object({
  window: z.enum(WINDOW_NAMES),
  metric: z.enum(METRIC_NAMES),
  since: Moment,
  until: Moment,
  asked: z.array(EndpointName),
  unknown: z.array(EndpointName),
  /** Those asked for that are known; the first is compared with each of the others. */
  sides: z.array(Side),
  /** One list for each of the others, in their order. */
  comparisons: z.array(z.array(Comparison)),
  offered: z.array(z.object({ model_id: Text, providers: z.array(Text) })),
  /** The two best of each model. */
  pairs: z.array(z.array(EndpointName)),
});
export type CompareContent = z.output<typeof CompareContent>;

export async function compareContent(question: z.output<typeof QUESTION>, { knowledge }: WebParts): Promise<unknown> {
  const { since, metric } = question;
  const window = windowUntilNow(since, knowledge.nowMs());
  const asked = withoutRepeats(question.t.filter((target) => target !== null));
  const models = new Map(asked.map(({ modelId }) => [modelId, knowledge.model(modelId, window)]));
  const found = asked.map((target) =>
    models.get(target.modelId)?.endpoints.find(({ provider }) => provider === target.provider),
  );
  const known = found.filter((endpoint) => endpoint !== undefined);
  const points = pointsFor(Math.min(...known.map(({ availability }) => availability.firstTry.trials)));
  const sideOf = async (endpoint: Verdict) => ({
    endpoint: inData(endpoint),
    points: inData(await knowledge.history(endpoint, metric, window, points)),
    days: inData(await knowledge.history(endpoint, 'ttftMs', lastNinetyDays(knowledge.nowMs()), DAYS_SHOWN)),
  });
  const [first, ...others] = known;
  return {
    window: since,
    metric: snake(metric),
    since: iso(window.sinceMs),
    until: iso(window.untilMs),
    asked: inData(asked),
    unknown: inData(asked.filter((_, at) => found[at] === undefined)),
    sides: await Promise.all(known.map(sideOf)),
    comparisons: others.map((other) => inData(comparisonsOf(first!, other, window, knowledge))),
    ...offeredBy(knowledge, new Set(models.keys())),
  };
}

const withoutRepeats = (targets: readonly Endpoint[]) => [
  ...new Map(targets.map((target) => [`${target.modelId}/${target.provider}`, target])).values(),
];

function comparisonsOf(first: Endpoint, other: Endpoint, window: Window, knowledge: WebParts['knowledge']) {
  const metrics = first.modelId === other.modelId ? METRICS : OF_ANY_MODEL;
  const [a, b] = [first, other].map(({ modelId, provider }) => ({ modelId, provider }));
  return metrics.flatMap((metric) => knowledge.compare(a!, b!, metric, window) ?? []);
}

/** What may be chosen, and two of each model that are worth it. */
function offeredBy(knowledge: WebParts['knowledge'], wanted: ReadonlySet<string>) {
  const all = knowledge
    .board()
    .filter(({ modelId }) => given.isModel(modelId))
    .toSorted((a, b) => Number(wanted.has(b.modelId)) - Number(wanted.has(a.modelId)));
  const offered: { model_id: string; providers: readonly string[] }[] = [];
  let count = 0;
  for (const { modelId, endpoints } of all) {
    const providers = endpoints
      .map(({ provider }) => provider)
      .filter((provider) => given.provider.safeParse(provider).success);
    count += providers.length;
    if (count > MOST_OFFERED) break;
    if (providers.length > 0) offered.push({ model_id: modelId, providers: providers.toSorted() });
  }
  const pairs = all.flatMap(({ modelId, recommendations }) => {
    const order = recommendations.find(({ goal }) => goal === 'balanced')?.order ?? [];
    const best = order.slice(0, 2).map(({ provider }) => ({ model_id: modelId, provider }));
    return best.length === 2 ? [best] : [];
  });
  return { offered, pairs: pairs.slice(0, 12) };
}
