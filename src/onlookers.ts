import { alarmsOfIncidents, OVER_FOR_MS } from './alert/incident-alarms.ts';
import { ownTroubles } from './alert/own-troubles.ts';
import { createAlerting } from './alerts.ts';
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
import { createPlaces } from './places.ts';
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
  /** Resolves when nothing is being judged, and every board knows it. */
  settled(): Promise<void>;
}

/**
 * @param redactTold of alerts, which may not show what is ours alone either
 * @param limits of the web, other than its own
 */
export async function openOnlookers(
  parts: Parts,
  { redact, redactTold, limits }: { readonly redact: Redact; readonly redactTold: Redact; readonly limits?: Limits },
): Promise<Onlookers> {
  const { config, store, identity, clock, log, listeners } = parts;
  await using opening = new AsyncDisposableStack();
  const { intervalMs } = config.schedule;
  const nowMs = () => clock.nowMs();

  const places = createPlaces({ store, nowMs, intervalMs, location: identity.location });
  await places.readCatalog();
  await fillRecent(places, store, nowMs());
  const { watcher, health } = createHealthWatch(parts, places.at(identity.location).recent);
  const { knowledge } = places;
  const watch = createWatches({ places, store, intervalMs, clock, log });
  const alerting = opening.use(createAlerting({ ...parts, redact: redactTold }));
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

  const hear = guardedSync('a record could not be looked at', (record: AttemptRecord) => {
    const sample = sampleOf(record);
    if (sample !== null) {
      places.add(sample);
      boards.renew();
    }
    metrics.observe(record);
    news.stored();
    if (record.probeKind === 'confirm') judging.start();
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
    await watch.judge();
    knowledge.learn();
    boards.renew();
    news.judged();
    telling.start();
    await telling.settled();
  }

  async function tell(): Promise<void> {
    const incidents: readonly Incident[] = await store.incidents({
      sinceMs: nowMs() - OVER_FOR_MS,
      limit: MOST_INCIDENTS,
    });
    const own = ownTroubles(await health(), config.alerts.limits, nowMs());
    await alerting.turn([...alarmsOfIncidents(incidents, nowMs(), sight), ...own]);
  }

  async function everyTurn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(TURN_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      boards.renew(); // states change as time goes on
      if (!judging.isUnderWay()) telling.start();
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

const datasetUrl = ({ repo, hubEndpoint }: PushSettings) =>
  isLoopback(new URL(hubEndpoint)) ? null : `${new URL(hubEndpoint).origin}/datasets/${repo}`;

/** Field by field: settings hold tokens. */
function setupOf({ probe, push, retention }: Parts['config']): Setup {
  const { prompt, expected, maxTokens, mode, retries, limits } = probe;
  return {
    dataset: push && { repo: push.repo, url: datasetUrl(push) },
    ...{ prompt, expected, maxTokens, mode, retries, limits },
    retentionDays: retention.days,
  };
}
