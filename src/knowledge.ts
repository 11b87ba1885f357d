import type { Endpoint } from './domain/incident.ts';
import type { Sample } from './domain/sample.ts';
import type { Catalog } from './domain/types.ts';
import { DAY_MS } from './domain/utc-day.ts';
import type { Goal, ModelFlag, ModelVerdict, Needs, Recommendation, StateVerdict } from './domain/verdict.ts';
import { createFollowed } from './followed.ts';
import { daysOfRollups, historyOfSamples, hoursOfWeek } from './history.ts';
import { inTurn, stepByStep } from './lib/in-turn.ts';
import { atOnce, type Steps } from './lib/steps.ts';
import { createPastDays } from './past-days.ts';
import type { BoardHours, DayCount, EndpointSeen, Knowledge, RollupReader, Window } from './ports.ts';
import { RECENT_MS, type Recent } from './recent.ts';
import { isGoodReply } from './verdict/aligned.ts';
import { availabilityOf } from './verdict/availability.ts';
import { changePointsOfShifts } from './verdict/changes.ts';
import { comparing } from './verdict/compare.ts';
import type { EndpointSeries } from './verdict/endpoint-series.ts';
import { CHECKED_INTERVALS, fourChecks } from './verdict/evidence.ts';
import { featureVerdictsOf } from './verdict/features.ts';
import type { TargetShifts } from './verdict/find-incidents.ts';
import {
  areSame,
  type Known,
  modelVerdictOf,
  type Weighed,
  weighInSteps,
  withinWindow,
} from './verdict/model-verdict.ts';
import { paceMs } from './verdict/pace.ts';
import { recommend } from './verdict/recommend.ts';
import { modelFlagsInSteps } from './verdict/same-model.ts';
import { spreadOf } from './verdict/spread.ts';
import { stateOfSeries } from './verdict/state.ts';
import { countBefore, within } from './verdict/within.ts';

/** States change as time goes on, though nothing new is known: judged anew so often. */
const STATE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Features are tried once a day: those of two weeks are shown. */
const FEATURES_MS = 14 * DAY_MS;
/** Of what happened in ninety days, the last minutes say little: read anew so often. */
const DAYS_MS = 10 * 60_000;
const DAYS = 90;
/** Enough to show seven cycles of a target, whatever came between them. */
const MOST_LOOKED_AT = 100;
/** Where nobody was asked for two intervals, and not for longer than so many, all is said as it was when somebody last was. */
const STALE_INTERVALS = 12;
/** Windows that are asked for again and again, of each model. */
const MOST_WINDOWS = 16;
/** Lengths of windows whose pairs of providers are kept compared: an hour, a day, a week, thirty days. */
const MOST_LENGTHS = 4;

export interface KnowledgeParts {
  /** Samples of one place, and which. */
  readonly recent: Recent;
  readonly location: string;
  readonly store: RollupReader;
  /** The last good one, as far as it is known here. */
  readonly catalog: () => Catalog | null;
  readonly nowMs: () => number;
  readonly intervalMs: number;
}

/** What is known of each provider of a model apart from any window. */
export interface WithKnown {
  /** Worked out while others have a turn. */
  knownInTurns(modelId: string): Promise<ReadonlyMap<string, Known>>;
  /** What to tell of them as incidents. */
  shiftsOf(modelId: string): readonly TargetShifts[];
}

/** A verdict, and what else is asked of the very same samples. */
export interface Judged {
  readonly verdict: ModelVerdict;
  recommend(goal: Goal, needs: Needs): Recommendation;
}

/** What is known from one place. */
export interface PlaceKnowledge
  extends Omit<
      Knowledge,
      'nowMs' | 'revision' | 'location' | 'locations' | 'from' | 'checks' | 'comparePlaces' | 'fromPlaces'
    >,
    WithKnown {
  /** Null: nothing is known of this model. */
  judged(modelId: string, window: Window): Judged | null;
  /** The same, worked out while others have a turn. */
  judgedInTurns(modelId: string, window: Window): Promise<Judged | null>;
  /** What the board is made of, worked out while others have a turn. @param signal when it aborts, what was not worked out yet is missing */
  boardInTurns(hours: BoardHours, signal?: AbortSignal): Promise<readonly Judged[]>;
  /** As far as this place can tell by itself. */
  checks(endpoint: Endpoint): ReturnType<typeof fourChecks> | null;
  /** Without judging all of the model. Null: it was not asked within the window. */
  seen(endpoint: Endpoint, window: Window): EndpointSeen | null;
  /** Rises as states are judged anew, and with what was read anew. */
  revision(): number;
}

/** Joins the verdicts with what is stored, of one place. An answer is worked out once, and given again until there is something new. */
export function createKnowledge({
  recent,
  store,
  catalog,
  nowMs,
  intervalMs,
  location,
}: KnowledgeParts): PlaceKnowledge {
  let readings = 0;
  const followed = createFollowed(recent);
  const historiesByDay = createPastDays(store, location, nowMs, (modelId, atMs) =>
    countBefore(recent.of(modelId), atMs),
  );
  let days: Promise<ReadonlyMap<string, readonly DayCount[]>> | null = null;
  let daysReadAtMs = Number.NEGATIVE_INFINITY;
  const revisionOf = (modelId: string) => recent.revisionOf(modelId) + minute(nowMs());
  const known = keptBy(revisionOf, 1, knownOf);
  const flags = keptInTurnsBy(recent.revisionOf, flagsOf);
  const judgements = keptBy(revisionOf, MOST_WINDOWS, (modelId, window: Window) =>
    judgedOf(modelId, atOnce(weighedOf(modelId, window)), window, known(modelId)),
  );
  /** The pair that was asked for last: a page asks for one by every metric. */
  const comparisons = keptBy(recent.revision, 1, (_, a: Endpoint, b: Endpoint, window: Window) =>
    comparing(a, b, [samplesOf(a), samplesOf(b)], window),
  );
  const weighings = new Map<string, Map<number, Weighed>>();

  /** Over a window as long: windows move on with every minute, what is in them with every cycle. */
  const weighedBefore = (modelId: string, window: Window) => weighings.get(modelId)?.get(lengthOf(window));

  /** Of the samples there are when it begins, though more may come meanwhile. */
  function* weighedOf(modelId: string, window: Window): Steps<Weighed> {
    const within = withinWindow(recent.byProvider(modelId), window);
    const before = weighedBefore(modelId, window);
    const now = before && areSame(before.byProvider, within) ? before : yield* weighInSteps(within, window, before);
    keepWeighed(modelId, window, now);
    return now;
  }

  function keepWeighed(modelId: string, window: Window, weighed: Weighed): void {
    const ofModel = weighings.get(modelId) ?? new Map<number, Weighed>();
    weighings.set(modelId, ofModel);
    ofModel.delete(lengthOf(window));
    ofModel.set(lengthOf(window), weighed);
    if (ofModel.size > MOST_LENGTHS) ofModel.delete(ofModel.keys().next().value!);
  }

  function knownOf(modelId: string): ReadonlyMap<string, Known> {
    const now = judgedAtMs();
    const window = { sinceMs: now - FEATURES_MS, untilMs: now + 1 };
    const flagged = flags.now(modelId);
    const stateNow = statesOf(modelId, now);
    return new Map(
      Array.from(followed.of(modelId), ([provider, series]): [string, Known] => {
        const probes = series.featureProbes.filter(({ dueAtMs }) => dueAtMs >= window.sinceMs);
        const said = recent.byProvider(modelId).get(provider)?.at(-1);
        return [
          provider,
          {
            state: stateNow(provider, series),
            features: featureVerdictsOf(probes, said, window),
            flags: flagged.get(provider) ?? [],
            changes: changePointsOfShifts(series.shifts),
          },
        ];
      }),
    );
  }

  /** How each provider of a model is then. */
  function statesOf(modelId: string, now: number): (provider: string, series: EndpointSeries) => StateVerdict {
    const targets = catalog()?.targets.filter((target) => target.modelId === modelId) ?? [];
    return (provider, series) =>
      stateOfSeries(series, {
        ...{ nowMs: now, intervalMs },
        isDelisted: targets.length > 0 && !targets.some((target) => target.provider === provider),
        get others() {
          return recent.of(modelId).filter(({ providerName }) => providerName !== provider);
        },
      });
  }

  /** Now; where we have stopped asking for a while, when we last did: that says nothing of anybody but us. */
  function judgedAtMs(): number {
    const now = nowMs();
    const last = recent.all().findLast(({ outcome }) => outcome !== 'skipped')?.dueAtMs ?? now;
    const isStale = now - last > 2 * intervalMs && now - last <= STALE_INTERVALS * intervalMs;
    return isStale ? last : now;
  }

  /** By provider. Only another sample changes them. */
  function flagsOf(modelId: string): Steps<ReadonlyMap<string, readonly ModelFlag[]>> {
    const window = { sinceMs: nowMs() - RECENT_MS, untilMs: nowMs() + 1 };
    return modelFlagsInSteps([...recent.of(modelId)], window);
  }

  /** Samples that come meanwhile have it wait for what they change: between two of one model there is time enough. */
  async function knownInTurns(modelId: string): Promise<ReadonlyMap<string, Known>> {
    let revision: number;
    do {
      revision = recent.revisionOf(modelId);
      await flags.inTurns(modelId);
    } while (revision !== recent.revisionOf(modelId));
    return known(modelId);
  }

  function judged(modelId: string, { sinceMs, untilMs }: Window): Judged | null {
    if (recent.of(modelId).length === 0) return null;
    return judgements(modelId, { sinceMs, untilMs });
  }

  /** All of it is of the samples there are when it begins, though more may come meanwhile. */
  async function judgedInTurns(modelId: string, { sinceMs, untilMs }: Window): Promise<Judged | null> {
    if (recent.of(modelId).length === 0) return null;
    const window = { sinceMs, untilMs };
    await knownInTurns(modelId);
    const endpoints = known(modelId); // of the same samples as what follows
    const weighed = await stepByStep(weighedOf(modelId, window));
    await inTurn();
    return judgedOf(modelId, weighed, window, endpoints);
  }

  const last = (hours: BoardHours): Window => untilThisMinute(hours * HOUR_MS, nowMs());

  function models(): readonly string[] {
    const trending = catalog()?.targets.map(({ modelId }) => modelId) ?? [];
    const inMemory = new Set(recent.models());
    return [...new Set([...trending.filter((modelId) => inMemory.has(modelId)), ...inMemory])];
  }

  const samplesOf = ({ modelId, provider }: Endpoint): readonly Sample[] =>
    recent.byProvider(modelId).get(provider) ?? [];

  const isRecent = ({ sinceMs }: Window) => sinceMs >= nowMs() - RECENT_MS;

  return {
    revision: () => recent.revision() + readings + minute(nowMs()),
    board(hours = 24) {
      const window = last(hours);
      return models().flatMap((modelId) => judged(modelId, window)?.verdict ?? []);
    },
    model: (modelId, window) => judged(modelId, window)?.verdict ?? null,
    recommend: (modelId, goal, needs, window) => judged(modelId, window)?.recommend(goal, needs) ?? null,
    judged,
    judgedInTurns,

    async boardInTurns(hours, signal) {
      const window = last(hours);
      const board: Judged[] = [];
      for (const modelId of models()) {
        if (signal?.aborted) break;
        const found = await judgedInTurns(modelId, window);
        if (found !== null) board.push(found);
        await inTurn();
      }
      return board;
    },

    checks(endpoint) {
      if (samplesOf(endpoint).length === 0) return null;
      const now = judgedAtMs();
      const pace = paceMs(samplesOf(endpoint).slice(-MOST_LOOKED_AT), intervalMs);
      const samples = recent.since(now - CHECKED_INTERVALS * pace);
      return fourChecks(samples, endpoint, { nowMs: now, intervalMs: pace });
    },

    compare(a, b, metric, window) {
      const isKnown = (endpoint: Endpoint) => samplesOf(endpoint).length > 0;
      return isKnown(a) && isKnown(b) ? comparisons('', a, b, window)(metric) : null;
    },

    seen({ modelId, provider }, window) {
      const samples = within(samplesOf({ modelId, provider }), window);
      const series = followed.of(modelId).get(provider);
      if (samples.length === 0 || series === undefined) return null;
      return {
        location,
        state: statesOf(modelId, judgedAtMs())(provider, series),
        availability: availabilityOf(samples, window),
        ttftMs: spreadOf(samples.filter(isGoodReply).map(({ ttftMs }) => ttftMs)),
      };
    },

    async history(endpoint, metric, window, points) {
      if (isRecent(window)) return historyOfSamples(samplesOf(endpoint), metric, window, points);
      return (await historiesByDay(endpoint.modelId, metric, window, points)).get(endpoint.provider) ?? [];
    },

    async histories(modelId, metric, window, points) {
      if (!isRecent(window)) return historiesByDay(modelId, metric, window, points);
      const histories = [...recent.byProvider(modelId)].map(
        ([provider, samples]) => [provider, historyOfSamples(samples, metric, window, points)] as const,
      );
      return new Map(histories);
    },

    reliability() {
      const now = nowMs();
      if (now - daysReadAtMs >= DAYS_MS) {
        daysReadAtMs = now;
        const untilMs = Math.floor(now / DAY_MS + 1) * DAY_MS;
        const read = daysOfRollups(store, location, { sinceMs: untilMs - DAYS * DAY_MS, untilMs });
        days ??= read; // nobody waits for a second reading
        read.then(
          () => {
            if (days !== read) readings++;
            days = read;
          },
          () => {
            daysReadAtMs = Number.NEGATIVE_INFINITY; // whoever asks next tries again
            if (days === read) days = null;
          },
        );
      }
      return days!;
    },

    hoursOfWeek: (endpoint, metric, window) => hoursOfWeek(samplesOf(endpoint), metric, window),

    knownInTurns,
    shiftsOf: (modelId) =>
      Array.from(followed.of(modelId), ([provider, { shifts }]) => ({
        ...{ modelId, provider },
        shifts: shifts.shifts('told'),
      })),
  };
}

const minute = (atMs: number) => Math.floor(atMs / STATE_MS);

/** Whatever it is whole minutes: many ask within one. */
export function untilThisMinute(lengthMs: number, nowMs: number): Window {
  const untilMs = (minute(nowMs) + 1) * STATE_MS;
  return { sinceMs: untilMs - lengthMs, untilMs };
}

const lengthOf = ({ sinceMs, untilMs }: Window) => untilMs - sinceMs;

function judgedOf(modelId: string, weighed: Weighed, window: Window, endpoints: ReadonlyMap<string, Known>): Judged {
  const verdict = modelVerdictOf(modelId, weighed, window, (provider) => endpoints.get(provider)!);
  const { headToHead } = weighed;
  return {
    verdict,
    recommend: (goal, needs) => recommend({ endpoints: verdict.endpoints, headToHead, goal, needs, window }),
  };
}

/** Answers about a model, kept until its revision is another; of each model the `most` asked for last. */
function keptBy<Question extends readonly object[], Answer>(
  revisionOf: (modelId: string) => number,
  most: number,
  work: (modelId: string, ...question: Question) => Answer,
): (modelId: string, ...question: Question) => Answer {
  const kept = new Map<string, { readonly revision: number; readonly answers: Map<string, Answer> }>();
  return (modelId, ...question) => {
    const revision = revisionOf(modelId);
    let ofModel = kept.get(modelId);
    if (ofModel?.revision !== revision) {
      ofModel = { revision, answers: new Map() };
      kept.set(modelId, ofModel);
    }
    const { answers } = ofModel;
    const key = JSON.stringify(question);
    const answer = answers.get(key) ?? work(modelId, ...question);
    answers.delete(key);
    answers.set(key, answer);
    if (answers.size > most) answers.delete(answers.keys().next().value!);
    return answer;
  };
}

/** The last answer about each model, kept until its revision is another. All who ask in turns for the same wait for one making of it. */
function keptInTurnsBy<Answer>(
  revisionOf: (modelId: string) => number,
  work: (modelId: string) => Steps<Answer>,
): { now(modelId: string): Answer; inTurns(modelId: string): Promise<Answer> } {
  const kept = new Map<string, { readonly revision: number; readonly answer: Answer }>();
  const making = new Map<string, { readonly revision: number; readonly answer: Promise<Answer> }>();
  const keptOf = (modelId: string) => {
    const found = kept.get(modelId);
    return found?.revision === revisionOf(modelId) ? found : null;
  };
  return {
    now(modelId) {
      const found = keptOf(modelId) ?? { revision: revisionOf(modelId), answer: atOnce(work(modelId)) };
      kept.set(modelId, found);
      return found.answer;
    },
    async inTurns(modelId) {
      const found = keptOf(modelId);
      if (found !== null) return found.answer;
      const revision = revisionOf(modelId);
      const underWay = making.get(modelId);
      if (underWay?.revision === revision) return underWay.answer;
      const mine = { revision, answer: stepByStep(work(modelId)) };
      making.set(modelId, mine);
      try {
        const answer = await mine.answer;
        if (revision === revisionOf(modelId)) kept.set(modelId, { revision, answer });
        return answer;
      } finally {
        if (making.get(modelId) === mine) making.delete(modelId);
      }
    },
  };
}
