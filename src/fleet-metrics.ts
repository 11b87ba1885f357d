import type { Watcher } from './daemon.ts';
import type { AttemptRecord } from './domain/record.ts';
import type { FleetParts } from './fleet-daemon.ts';
import { createFleetHealth } from './fleet-health.ts';
import type { Redact } from './lib/redact.ts';
import { setupOf } from './onlookers.ts';
import { TRACKER_VERSION } from './parts.ts';
import { createPlaces } from './places.ts';
import { createMetrics } from './web/metrics.ts';
import { createNews } from './web/news.ts';
import { OPERATION_ROUTES } from './web/routes/operation.ts';
import { startWeb, type Web } from './web/server.ts';
import { siteOf } from './web/site.ts';

/** Known to those who read the history, and the backlog. */
const OF_OTHERS = ['targets', 'targets_never_asked'];
const SERVED = OPERATION_ROUTES.filter(({ id }) => id === 'alive' || id === 'metrics');

/** Of a process of a fleet that shows no pages: /healthz and /metrics, where PORT is set. It reads no history and no incidents, and may not. */
export function openFleetMetrics(
  parts: FleetParts,
  redact: Redact,
): AsyncDisposable & { readonly watcher: Watcher; readonly web: Web | null } {
  const { config, store, identity, clock, log, listeners } = parts;
  const nowMs = () => clock.nowMs();
  const places = createPlaces({
    ...{ store, nowMs, location: identity.location, intervalMs: config.schedule.intervalMs },
  });
  const { watcher, health } = createFleetHealth({ ...parts, config: { ...config, push: null } }, places);
  const metrics = createMetrics(redact, OF_OTHERS);
  const news = createNews({ clock, redact });
  const count = (record: AttemptRecord) => {
    try {
      metrics.observe(record);
    } catch (error) {
      log.error({ error: redact(String(error)) }, 'a record could not be counted; probing goes on');
    }
  };
  listeners.add(count);
  const web = startWeb(
    {
      ...{ knowledge: places.knowledge, metrics, news, health, clock, log, redact },
      ...{ attempts: store, incidents: { ...store, incidents: async () => [] } },
      setup: setupOf(config),
      backlogLimitMs: config.alerts.limits.backlogMs,
      probeNow: async () => false,
      adminToken: null,
      writer: identity.writer,
      version: TRACKER_VERSION,
      site: siteOf(config.web),
    },
    config.web,
    undefined,
    SERVED,
  );
  return {
    web,
    watcher,
    async [Symbol.asyncDispose]() {
      listeners.delete(count);
      news[Symbol.dispose]();
      await web?.[Symbol.asyncDispose]();
    },
  };
}
