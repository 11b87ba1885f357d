import { alarmsOfIncidents, OVER_FOR_MS } from './alert/incident-alarms.ts';
import { ownTroubles } from './alert/own-troubles.ts';
import { createAlerting } from './alerts.ts';
import type { Watcher } from './daemon.ts';
import type { Incident } from './domain/incident.ts';
import type { AttemptRecord } from './domain/record.ts';
import { sampleOf } from './domain/sample.ts';
import type { PushSettings } from './domain/settings.ts';
import { createHealthWatch } from './health.ts';
import { createKnowledge } from './knowledge.ts';
import { isLoopback } from './lib/loopback.ts';
import type { Redact } from './lib/redact.ts';
import { type Parts, TRACKER_VERSION } from './parts.ts';
import { createRecent, fillRecent } from './recent.ts';
import { createWatch } from './watch.ts';
import { createMetrics } from './web/metrics.ts';
import type { Setup } from './web/route.ts';
import { startWeb, type Web } from './web/server.ts';

/** Incidents that an alert may still be about. */
const MOST_INCIDENTS = 1000;
/** Our own troubles are looked at as often, cycles or not. */
const TURN_MS = 60_000;

/** Verdicts, alerts and the web: they only read, and nothing that befalls them reaches the cycle. */
export interface Onlookers extends AsyncDisposable {
  readonly watcher: Watcher;
  /** Null: nothing is served. */
  readonly web: Web | null;
  /** Resolves when nothing is being judged. */
  settled(): Promise<void>;
}

/** @param redactTold of alerts, which may not show what is ours alone either */
export async function openOnlookers(
  parts: Parts,
  { redact, redactTold }: { readonly redact: Redact; readonly redactTold: Redact },
): Promise<Onlookers> {
  const { config, store, identity, clock, log, listeners } = parts;
  await using opening = new AsyncDisposableStack();
  const { intervalMs } = config.schedule;
  const nowMs = () => clock.nowMs();

  const recent = createRecent();
  await fillRecent(recent, store, nowMs());
  const { watcher, health } = createHealthWatch(parts, recent);
  const knowledge = createKnowledge({ recent, store, nowMs, intervalMs });
  const watch = createWatch({ recent, store, knowledge, location: identity.location, intervalMs, clock, log });
  const alerting = opening.use(createAlerting({ ...parts, redact: redactTold }));
  const metrics = createMetrics(redact);
  const judging = createTurns(guarded('incidents could not be judged', judgeAndTell));

  const hear = guardedSync('a record could not be looked at', (record: AttemptRecord) => {
    const sample = sampleOf(record);
    if (sample !== null) recent.add(sample);
    metrics.observe(record);
    if (record.probeKind === 'confirm') judging.start();
  });
  listeners.add(hear);
  opening.defer(() => void listeners.delete(hear));

  const web = startWeb(
    {
      ...{ knowledge, incidents: store, attempts: store, metrics, health, clock, log, redact },
      setup: setupOf(config),
      backlogLimitMs: config.alerts.limits.backlogMs,
      probeNow: (endpoint) => parts.atOnce.ask?.(endpoint) ?? false,
      adminToken: config.web.adminToken,
      writer: identity.writer,
      version: TRACKER_VERSION,
    },
    config.web,
  );
  if (web !== null) opening.use(web);

  const over = new AbortController();
  opening.defer(() => over.abort());
  void everyTurn(over.signal);
  judging.start();
  await judging.settled(); // it keeps this thread busy, which a simulated world in the same process would show
  const open = opening.move();

  return {
    web,
    settled: () => judging.settled(),
    watcher: {
      ...watcher,
      cycleEnded() {
        watcher.cycleEnded?.();
        judging.start();
      },
    },
    async [Symbol.asyncDispose]() {
      await judging.settled();
      await open.disposeAsync();
    },
  };

  async function judgeAndTell(): Promise<void> {
    await watch.judge();
    knowledge.learn();
    tell();
  }

  function tell(): void {
    const incidents: readonly Incident[] = store.incidents({ sinceMs: nowMs() - OVER_FOR_MS, limit: MOST_INCIDENTS });
    const own = ownTroubles(health(), config.alerts.limits, nowMs());
    alerting.turn([...alarmsOfIncidents(incidents, nowMs()), ...own]);
  }

  async function everyTurn(signal: AbortSignal): Promise<void> {
    const turn = guardedSync('alerts could not be decided', tell);
    while (!signal.aborted) {
      await clock.sleep(TURN_MS, signal).catch(() => undefined);
      if (!signal.aborted && !judging.isUnderWay()) turn(undefined);
    }
  }

  function guarded(what: string, run: () => Promise<void>): () => Promise<void> {
    return () => run().catch((error) => log.error({ error: redact(String(error)) }, `${what}; probing goes on`));
  }

  function guardedSync<Value>(what: string, run: (value: Value) => void): (value: Value) => void {
    return (value) => {
      try {
        run(value);
      } catch (error) {
        log.error({ error: redact(String(error)) }, `${what}; probing goes on`);
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

/** One at a time; asked for while one runs, it runs once more after that. */
function createTurns(run: () => Promise<void>) {
  let underWay: Promise<void> | null = null;
  let again = false;
  async function turns(): Promise<void> {
    do {
      again = false;
      await run();
    } while (again);
    underWay = null;
  }
  return {
    start() {
      if (underWay !== null) again = true;
      else underWay = turns();
    },
    isUnderWay: () => underWay !== null,
    settled: () => underWay ?? Promise.resolve(),
  };
}
