import { z } from 'zod';
import { OUTCOMES } from '../../../domain/outcome.ts';
import { DAY_MS } from '../../../domain/utc-day.ts';
import { NO_NEEDS, type EndpointVerdict as Verdict } from '../../../domain/verdict.ts';
import { closestTo } from '../../../lib/edit-distance.ts';
import type { Window } from '../../../ports.ts';
import { inData, iso, rowInData, snake } from '../../data-names.ts';
import * as given from '../../parameters.ts';
import type { WebParts } from '../../route.ts';
import { History } from '../../schemas/answers.ts';
import { Incident } from '../../schemas/incidents.ts';
import { MaybeNumber, MaybeText, Moment, Text } from '../../schemas/schema.ts';
import { EndpointVerdict, FourChecks, PlaceComparison, Target } from '../../schemas/verdicts.ts';
import { DAYS_SHOWN, lastNinetyDays, ofNinetyDays } from '../days-shown.ts';
import { WINDOWS, windowUntilNow } from '../model/question.ts';
import type { Read } from '../page.tsx';

/** Of a chart: verdicts look back thirty days at most, histories as far as there are rollups. */
export const SPANS = { '24h': 1, '7d': 7, '30d': 30, '90d': DAYS_SHOWN } as const;
export type SpanName = keyof typeof SPANS;
const SPAN_NAMES = Object.keys(SPANS) as [SpanName, ...SpanName[]];
export const METRIC_NAMES = ['ttft_ms', 'ttfat_ms', 'tpot_ms', 'e2e_ms'] as const;

const ATTEMPTS = 48;
const INCIDENTS = 12;
const WEEKS_MS = 28 * DAY_MS;
/** A band needs twenty replies in each of its stretches, a median five; some are lost. */
const REPLIES_FOR_BAND = 24;
const REPLIES_FOR_MEDIAN = 6;
const MOST_POINTS = 180;

export const QUESTION = z.object({
  org: given.org,
  name: given.name,
  provider: given.provider,
  since: given.oneOf(SPAN_NAMES).prefault('30d'),
  metric: given.historyMetric,
});

/** One place, held against the one that is shown. */
const FromPlace = Target.pick({ location: true, state: true, availability: true, ttft_ms: true }).extend({
  /** By first token: b is this place. Null: it is the one that is shown. */
  compared: PlaceComparison.pick({ n: true, ratio: true, difference: true, better: true }).nullable(),
});
export type FromPlace = z.output<typeof FromPlace>;

const Attempt = z.object({
  attempt_id: Text,
  cycle_timestamp_iso: Moment,
  outcome: z.enum(OUTCOMES),
  error_class: MaybeText,
  error_message: Text,
  response_status_code: MaybeNumber,
  ttft_ms: MaybeNumber,
  decode_tps: MaybeNumber,
  cost_usd: MaybeNumber,
  answer_value: MaybeNumber,
  answer_correct: z.boolean().nullable(),
});
export type Attempt = z.output<typeof Attempt>;

export const EndpointContent = z.object({
  model_id: Text,
  provider: Text,
  span: z.enum(SPAN_NAMES),
  metric: z.enum(METRIC_NAMES),
  /** Null: nothing is known of it. */
  known: z
    .object({
      endpoint: EndpointVerdict,
      checks: FourChecks,
      /** Whom to use; null: nobody. */
      recommended: MaybeText,
      /** Those that asked it, by name; empty where there are no two. */
      places: z.array(FromPlace),
      since: Moment,
      until: Moment,
      points: History.shape.points,
      days: History.shape.points,
      hours: z.array(z.object({ weekday: z.int(), hour: z.int(), n: z.int(), p50: z.number().nullable() })),
      /** Null, as `attempts`: they could not be read. */
      incidents: z.array(Incident).nullable(),
      /** Newest first. */
      attempts: z.array(Attempt).nullable(),
    })
    .nullable(),
  /** Where it is not known: providers of the model, or models with such a name. */
  providers: z.array(Text),
  models: z.array(Text),
});
export type EndpointContent = z.output<typeof EndpointContent>;
export type KnownEndpoint = NonNullable<EndpointContent['known']>;

export async function endpointContent(
  question: z.output<typeof QUESTION>,
  parts: WebParts,
  read: Read,
): Promise<unknown> {
  const { knowledge, incidents, attempts } = parts;
  const { provider, since: span, metric } = question;
  const modelId = `${question.org}/${question.name}`;
  const target = { modelId, provider };
  const nowMs = knowledge.nowMs();
  const said = { model_id: modelId, provider, span, metric: snake(metric), known: null, providers: [], models: [] };
  const judged = windowUntilNow(span === '90d' ? '30d' : span, nowMs);
  const model = knowledge.model(modelId, judged);
  if (model === null) {
    const models = knowledge.board().map((each) => each.modelId);
    return { ...said, models: closestTo(modelId, models) };
  }
  const endpoint = model.endpoints.find((each) => each.provider === provider);
  const checks = knowledge.checks(target);
  if (endpoint === undefined || checks === null) {
    return { ...said, providers: model.endpoints.map((each) => each.provider) };
  }
  const shown = span === '90d' ? lastNinetyDays(nowMs) : judged;
  const trials = endpoint.availability.firstTry.trials * (SPANS[span] / (WINDOWS[span === '90d' ? '30d' : span] / 24));
  const points = (window: Window) => knowledge.history(target, metric, window, pointsFor(trials));
  const { sinceMs } = lastNinetyDays(nowMs);
  return {
    ...said,
    known: {
      endpoint: inData(endpoint),
      checks: inData(checks),
      recommended: knowledge.recommend(modelId, 'balanced', NO_NEEDS, windowUntilNow('24h', nowMs))?.provider ?? null,
      places: inData(fromPlaces(endpoint, judged, knowledge)),
      since: iso(shown.sinceMs),
      until: iso(shown.untilMs),
      points: inData(span === '90d' ? await ofNinetyDays(read, nowMs, points) : await points(judged)),
      days: inData(await ofNinetyDays(read, nowMs, (window) => knowledge.history(target, metric, window, DAYS_SHOWN))),
      hours: knowledge.hoursOfWeek(target, metric, { sinceMs: nowMs - WEEKS_MS, untilMs: nowMs }),
      incidents: await read(
        'what happened here. Figures and charts are complete',
        async () => inData(await incidents.incidents({ ...target, sinceMs, limit: INCIDENTS })),
        null,
      ),
      attempts: await read<unknown>(
        'the latest attempts. The verdict and its checks are complete',
        async () => {
          const seen = { ...target, ...lastDay(nowMs), location: knowledge.location(), limit: ATTEMPTS };
          return (await attempts.attempts(seen)).map(rowInData);
        },
        null,
      ),
    },
  };
}

/** The place that is shown is told of as everywhere on its page. */
function fromPlaces(shown: Verdict, window: Window, knowledge: WebParts['knowledge']) {
  const here = shown.location;
  const seen = knowledge.fromPlaces(shown, window).map((each) => (each.location === here ? shown : each));
  if (seen.length < 2 || !seen.includes(shown)) return [];
  return seen.map(({ location, state, availability, ttftMs }) => ({
    ...{ location, state, availability, ttftMs },
    compared: location === here ? null : knowledge.comparePlaces(shown, here, location, 'ttftMs', window),
  }));
}

const lastDay = (nowMs: number): Window => ({ sinceMs: nowMs - DAY_MS, untilMs: nowMs + 1 });

/** As many stretches as have enough replies for a band, where that leaves a line; otherwise as many as have enough for a median. */
export function pointsFor(trials: number): number {
  const banded = Math.floor(trials / REPLIES_FOR_BAND);
  const points = banded >= 12 ? banded : Math.floor(trials / REPLIES_FOR_MEDIAN);
  return Math.min(MOST_POINTS, Math.max(1, points));
}
