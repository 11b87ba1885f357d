import { DAY_MS, dayOf } from '../src/domain/utc-day.ts';
import type { Store } from '../src/store/open-store.ts';
import { modelName, type Past, placeName, providerName } from './fleet-past.ts';

const HOUR_MS = 3_600_000;

/** The nth time it is asked of another model, place or day. */
export type Question = (n: number) => Promise<unknown>;

/** What somebody waits for who opens a page, by what it is. */
export function questionsOfPages(store: Store, past: Past): Readonly<Record<string, Question>> {
  const { locations, models, providers, everyMs, days: length, untilMs } = past;
  const daysAgoMs = (n: number) => untilMs - (n % length) * DAY_MS;
  const modelId = (n: number) => modelName((n * 7) % models);
  const endpoint = (n: number) => ({ modelId: modelId(n), provider: providerName(n % providers) });
  const monthAgoMs = untilMs - 30 * DAY_MS;
  return {
    'attempts of an endpoint: 50 of 30 days': (n) =>
      store.attempts({ ...endpoint(n), sinceMs: monthAgoMs, untilMs, limit: 50 }),
    'attempts of an endpoint: 50 of before, one place': (n) =>
      store.attempts({
        ...endpoint(n),
        location: placeName(n % locations),
        sinceMs: 0,
        untilMs: monthAgoMs,
        limit: 50,
      }),
    'attempts of an endpoint: the one before': (n) => {
      const after = { dueAtMs: daysAgoMs(n), attemptId: '' };
      return store.attempts({ ...endpoint(n), sinceMs: after.dueAtMs - DAY_MS, untilMs, after, limit: 1 });
    },
    'attempts of a model in a cycle': (n) => {
      const dueAtMs = daysAgoMs(n) - everyMs;
      return store.attempts({ modelId: modelId(n), sinceMs: dueAtMs, untilMs: dueAtMs + 1, limit: 100 });
    },
    'an attempt, with its texts': async (n) => {
      const [latest] = await store.attempts({ sinceMs: 0, untilMs: daysAgoMs(n), limit: 1 });
      return store.attempt(latest!.attemptId);
    },
    'samples of a model, 6 hours': (n) =>
      count(store.samples({ sinceMs: untilMs - 6 * HOUR_MS, untilMs, modelId: modelId(n) })),
    'days of a model, 30 days': (n) => count(days(store, past, 30, modelId(n))),
    'days of a model, 90 days': (n) => count(days(store, past, 90, modelId(n))),
    'incidents: open': () => store.incidents({ openOnly: true }),
    'incidents: newest': () => store.incidents(),
    'incidents: of an endpoint': (n) => store.incidents({ ...endpoint(n), limit: 20 }),
    'incidents: of a provider': (n) =>
      store.incidents({ provider: providerName(n % providers), sinceMs: untilMs - 90 * DAY_MS }),
    'how many attempts there are': () => store.extent(),
    'what waits for the dataset': () => store.backlog(),
    'spent today': () => store.spentOn(dayOf(untilMs)),
    'cycles under way': () => store.unfinished(),
    'cycles since the last push': () => store.sinceLastPush(),
    'what each target costs': () => store.costsSince(dayOf(untilMs - DAY_MS)),
  };
}

/** What goes on behind the pages: nobody waits for it, and it gives others their turn. */
export function questionsBehind(store: Store, past: Past): Readonly<Record<string, Question>> {
  const { untilMs } = past;
  return {
    'an endpoint that has none of an outcome, 90 days': () =>
      store.attempts({
        ...{ modelId: modelName(0), provider: providerName(0), outcome: 'account_error' },
        ...{ sinceMs: untilMs - 90 * DAY_MS, untilMs, limit: 50 },
      }),
    'endings of two hours': () => store.endingsSince(untilMs - 2 * HOUR_MS, placeName(0)),
    'features tried today': () => store.featureTrialsSince(Math.floor(untilMs / DAY_MS) * DAY_MS, placeName(0)),
    'days of all, 90 days': () => count(days(store, past, 90)),
    'samples of all, a day': () => count(store.samples({ sinceMs: untilMs - DAY_MS, untilMs })),
    'CSV rows of yesterday': () => count(store.csvRowsOfDay(dayOf(untilMs - DAY_MS))),
    'bytes over the limit': () => store.excessBytes({ days: 90, limitBytes: 1, onlyPushed: true }),
  };
}

const days = (store: Store, { untilMs }: Past, back: number, modelId?: string) =>
  store.rollups({
    ...{ span: 'day', sinceMs: Math.floor(untilMs / DAY_MS - back) * DAY_MS, untilMs, latencies: ['ttftMs'] },
    ...(modelId !== undefined && { modelId }),
  });

async function count(values: AsyncIterable<unknown>): Promise<number> {
  let n = 0;
  for await (const _ of values) n++;
  return n;
}
