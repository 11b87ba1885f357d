import { alarmsOfIncidents, OVER_FOR_MS } from './alert/incident-alarms.ts';
import { ownTroubles } from './alert/own-troubles.ts';
import { type Alerting, createAlerting } from './alerts.ts';
import { attemptsAtHand } from './attempts-at-hand.ts';
import { keepBoards } from './boards.ts';
import type { Watcher } from './daemon.ts';
import type { Incident } from './domain/incident.ts';
import type { AttemptRecord } from './domain/record.ts';
import { sampleOf } from './domain/sample.ts';
import type { PushSettings } from './domain/settings.ts';
import { createHealthWatch } from './health.ts';
import { isLoopback } from './lib/loopback.ts';
import type { Redact } from './lib/redact.ts';
import { createTurns } from './lib/turns.ts';
import { type Parts, TRACKER_VERSION } from './parts.ts';
import { createPlaces, type Places } from './places.ts';
import type { Health } from './ports.ts';
import { fillRecent } from './recent.ts';
import { createWatches } from './watch.ts';
import type { Limits } from './web/app.ts';
import { createMetrics } from './web/metrics.ts';
import { createNews } from './web/news.ts';
import type { Setup } from './web/route.ts';
import { startWeb, type Web } from './web/server.ts';
import { siteOf } from './web/site.ts';

/** Incidents that an alert may still be about. */
const MOST_INCIDENTS = 1000;
/** Our own troubles are looked at as often, cycles or not. */
const TURN_MS = 60_000;

/** Verdicts, alerts and the web: they only read, and nothing that befalls them reaches the cycle. */
export interface Onlookers extends AsyncDisposable {
  readonly watcher: Watcher;
  /** Null: nothing is served. */
  readonly web: Web | null;
  /** Of one of several processes: finds incidents and tells alerts, until told to stop. One of them does at a time. */
  judgeWhile(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing is being judged, and every board knows it. */
  settled(): Promise<void>;
}

/** How one of several processes on one database looks on: it shows what is found, and finds and tells only while `judgeWhile` runs. */
interface Shared {
  healthWatch(places: Places): { readonly watcher: Watcher; health(): Promise<Health> };
}

export interface OnlookerOptions {
  readonly redact: Redact;
  readonly redactTold: Redact;
  readonly limits?: Limits;
  /** Without it this process is alone. */
  readonly shared?: Shared;
}

/**
 * @param redactTold of alerts, which may not show what is ours alone either
 * @param limits of the web, other than its own
 */
export async function openOnlookers(
  parts: Parts,
  { redact, redactTold, limits, shared }: OnlookerOptions,
): Promise<Onlookers> {
  const { config, store, identity, clock, log, listeners } = parts;
  await using opening = new AsyncDisposableStack();
  const { intervalMs } = config.schedule;
  const nowMs = () => clock.nowMs();

  const places = createPlaces({ store, nowMs, intervalMs, location: identity.location });
  await places.readCatalog();
  await fillRecent(places, store, nowMs());
  const { watcher, health } =
    shared?.healthWatch(places) ?? createHealthWatch(parts, places.at(identity.location).recent);
  const { knowledge } = places;
  const watch = createWatches({ places, store, intervalMs, clock, log });
  const openAlerting = () => createAlerting({ ...parts, redact: redactTold });
  let alerting: Alerting | null = shared === undefined ? opening.use(openAlerting()) : null;
  const metrics = createMetrics(redact);
  const over = new AbortController();
  const news = createNews({ clock, redact });
  const boards = keepBoards(knowledge, clock, over.signal, {
    made: () => news.judged(),
    failed: (error) => sayFailed('a board could not be made', error),
  });
  const judging = createTurns(guarded('incidents could not be judged', judgeAndTell));
  const telling = createTurns(guarded('alerts could not be decided', tell));
  const readingCatalog = createTurns(guarded('the catalogue could not be read again', places.readCatalog));

  let newestCycle = '';
  const hear = guardedSync('a record could not be looked at', (record: AttemptRecord) => {
    const sample = sampleOf(record);
    if (sample !== null) {
      places.add(sample);
      boards.renew();
    }
    metrics.observe(record);
    news.stored();
    if (record.probeKind === 'confirm') judging.start();
    if (shared === undefined || record.cycleTimestampIso <= newestCycle) return;
    newestCycle = record.cycleTimestampIso;
    readingCatalog.start(); // another process may have planned it, from a catalogue that is new
  });
  listeners.add(hear);
  opening.defer(() => void listeners.delete(hear));

  const sight = { quorum: config.alerts.quorum, placesLookingAt: places.lookingAt };
  const web = startWeb(
    {
      ...{ knowledge: boards.knowledge, incidents: store, metrics, news, health, clock, log, redact },
      attempts: attemptsAtHand(store, places, nowMs),
      setup: setupOf(config),
      backlogLimitMs: config.alerts.limits.backlogMs,
      probeNow: async (endpoint) => (await parts.atOnce.ask?.(endpoint)) ?? false,
      adminToken: config.web.adminToken,
      writer: identity.writer,
      version: TRACKER_VERSION,
      site: siteOf(config.web),
    },
    config.web,
    limits,
  );
  if (web !== null) opening.use(web);
  opening.use(news);

  opening.defer(() => over.abort());
  void everyTurn(over.signal);
  judging.start();
  await judging.settled();
  const open = opening.move();

  return {
    web,
    settled,
    async judgeWhile(signal) {
      await using mine = openAlerting();
      alerting = mine;
      judging.start();
      await untilAborted(AbortSignal.any([signal, over.signal]));
      alerting = null;
      await judging.settled();
      await telling.settled();
    },
    watcher: {
      ...watcher,
      planned(plan) {
        watcher.planned?.(plan);
        readingCatalog.start();
      },
      cycleEnded() {
        watcher.cycleEnded?.();
        judging.start();
      },
    },
    async [Symbol.asyncDispose]() {
      over.abort(); // boards that nobody will see are given up
      await settled();
      await open.disposeAsync();
    },
  };

  async function settled(): Promise<void> {
    await readingCatalog.settled();
    await judging.settled();
    await telling.settled();
    await boards.settled();
  }

  async function judgeAndTell(): Promise<void> {
    if (alerting !== null) await watch.judge();
    knowledge.learn();
    boards.renew();
    news.judged();
    telling.start();
    await telling.settled();
  }

  async function tell(): Promise<void> {
    if (alerting === null) return;
    const incidents: readonly Incident[] = await store.incidents({
      sinceMs: nowMs() - OVER_FOR_MS,
      limit: MOST_INCIDENTS,
    });
    const own = ownTroubles(await health(), config.alerts.limits, nowMs());
    await alerting?.turn([...alarmsOfIncidents(incidents, nowMs(), sight), ...own]);
  }

  async function everyTurn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(TURN_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      boards.renew(); // states change as time goes on
      if (alerting === null)
        news.judged(); // by another process, maybe
      else if (!judging.isUnderWay()) telling.start();
    }
  }

  function sayFailed(what: string, error: unknown): void {
    log.error({ error: redact(String(error)) }, `${what}; probing goes on`);
  }

  function guarded(what: string, run: () => Promise<void>): () => Promise<void> {
    return () => run().catch((error) => sayFailed(what, error));
  }

  function guardedSync<Value>(what: string, run: (value: Value) => void): (value: Value) => void {
    return (value) => {
      try {
        run(value);
      } catch (error) {
        sayFailed(what, error);
      }
    };
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const datasetUrl = ({ repo, hubEndpoint }: PushSettings) =>
  isLoopback(new URL(hubEndpoint)) ? null : `${new URL(hubEndpoint).origin}/datasets/${repo}`;

/** Field by field: settings hold tokens. */
export function setupOf({ probe, push, retention, schedule }: Parts['config']): Setup {
  const { prompt, expected, maxTokens, mode, retries, limits } = probe;
  return {
    dataset: push && { repo: push.repo, url: datasetUrl(push) },
    ...{ prompt, expected, maxTokens, mode, retries, limits },
    intervalMs: schedule.intervalMs,
    retentionDays: retention.days,
  };
}
