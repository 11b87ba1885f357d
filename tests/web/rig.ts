import type { Incident } from '../../src/domain/incident.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { ModelVerdict } from '../../src/domain/verdict.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import type { Health } from '../../src/ports.ts';
import { createApp, type Limits } from '../../src/web/app.ts';
import { LOOK_ROUTES } from '../../src/web/look.ts';
import { createMetrics } from '../../src/web/metrics.ts';
import { createNews } from '../../src/web/news.ts';
import type { Setup, WebParts } from '../../src/web/route.ts';
import { siteOf } from '../../src/web/site.ts';
import { aRecord } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryIncidents, MemoryKnowledge, memoryAttempts } from '../support/memory-knowledge.ts';
import { SetClock } from '../support/set-clock.ts';
import { aHealth, anIncident } from '../support/verdict-builders.ts';

export const NOW = '2026-08-01T12:00:00.000Z';
export const ADMIN_TOKEN = 'adm_Q7wErTyUiOpLkJhGfDsAzXcVbNm';

interface World {
  readonly models?: readonly ModelVerdict[];
  readonly incidents?: readonly Incident[];
  readonly records?: readonly AttemptRecord[];
  readonly health?: Partial<Health>;
  readonly parts?: Partial<WebParts>;
  readonly limits?: Limits;
}

export const aSetup = (overrides: Partial<Setup> = {}): Setup => ({
  dataset: { repo: 'acme/metrics', url: 'https://huggingface.co/datasets/acme/metrics' },
  prompt: 'Solve this: 123/2*3.2*9',
  expected: '1771.2',
  maxTokens: 4096,
  mode: 'stream',
  retries: 2,
  limits: { connectMs: 10_000, firstTokenMs: 120_000, stallMs: 30_000, totalMs: 300_000 },
  intervalMs: aHealth().intervalMs,
  retentionDays: 90,
  ...overrides,
});

/** The web over doubles, asked without a socket. */
export function openWeb(world: World = {}) {
  const clock = new SetClock(NOW);
  const log = recordingLog();
  const knowledge = new MemoryKnowledge(() => clock.nowMs(), world.models);
  const incidents = new MemoryIncidents(world.incidents ?? [anIncident()]);
  const redact = world.parts?.redact ?? createRedactor([ADMIN_TOKEN]);
  const probed: string[] = [];
  const parts: WebParts = {
    knowledge,
    incidents,
    attempts: memoryAttempts(
      world.records ?? [aRecord({ attemptId: 'a1', cycleTimestampIso: '2026-08-01T11:30:00.000Z' })],
    ),
    metrics: createMetrics(redact),
    news: createNews({ clock, redact }),
    health: async () => aHealth(world.health),
    setup: aSetup({ intervalMs: aHealth(world.health).intervalMs }),
    backlogLimitMs: 4 * 3_600_000,
    probeNow: async ({ modelId, provider }) => {
      probed.push(`${modelId} at ${provider}`);
      return provider === 'swiftcloud';
    },
    adminToken: ADMIN_TOKEN,
    writer: 'w1',
    version: '0.1.0',
    site: siteOf({}),
    clock,
    redact,
    log,
    ...world.parts,
  };
  const app = createApp(parts, world.limits);
  const ask = async (path: string, init: RequestInit = {}, address = '192.0.2.1') =>
    app.fetch(new Request(`http://tracker.example${path}`, init), { address, stayOpen() {} });
  return {
    app,
    parts,
    clock,
    log,
    knowledge,
    incidents,
    probed,
    ask,
    /** The body of an answer that must be 200. */
    // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like; the schemas are checked apart
    async json(path: string): Promise<any> {
      const response = await ask(path);
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    administer: (method: string, path: string, body?: unknown, token: string | null = ADMIN_TOKEN) =>
      ask(path, {
        method,
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** All of an answer; of a stream of events what comes at once. */
export async function textOf(response: Response): Promise<string> {
  if (response.headers.get('content-type') !== 'text/event-stream') return response.text();
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}

/** Of each page with figures: where they are, and the name of one. */
export const FIGURES: Readonly<Record<string, string>> = {
  now_page: '/figures/now/board',
  models_page: '/figures/models/models',
  model_page: '/figures/models/acme/Thinker-7B/providers',
  endpoint_page: '/figures/models/acme/Thinker-7B/swiftcloud/history',
  providers_page: '/figures/providers/providers',
  provider_page: '/figures/providers/swiftcloud/models',
  incidents_page: '/figures/incidents/incidents',
  incident_page: '/figures/incidents/0123456789abcdef0123456789abcdef/endpoints',
  attempt_page: '/figures/attempts/a1/moments',
  compare_page: '/figures/compare/comparisons?t=acme/Thinker-7B/swiftcloud&t=acme/Thinker-7B/cobalt',
  data_page: '/figures/data/columns',
};

/** One address under every route that reads, by the route's id. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(FIGURES).flatMap(([id, path]) =>
      ['csv', 'json', 'svg'].map((ending) => [`${id}_${ending}`, path.replace(/(?=\?|$)/, `.${ending}`)]),
    ),
  ),
  ...Object.fromEntries(LOOK_ROUTES.map(({ id, path }) => [id, path])),
  now_page: '/',
  models_page: '/models?tools=true&sort=answering',
  search_page: '/search?q=a',
  model_page: '/models/acme/Thinker-7B?goal=cheapest&since=7d',
  endpoint_page: '/models/acme/Thinker-7B/swiftcloud?since=90d&metric=e2e_ms',
  providers_page: '/providers',
  provider_page: '/providers/swiftcloud',
  incidents_page: '/incidents?kind=outage',
  data_page: '/data',
  method_page: '/method',
  incident_page: '/incidents/0123456789abcdef0123456789abcdef',
  attempt_page: '/attempts/a1',
  compare_page: '/compare?t=acme/Thinker-7B/swiftcloud&t=acme/Thinker-7B/cobalt',
  now: '/api/v1/now',
  models: '/api/v1/models',
  model: '/api/v1/models/acme/Thinker-7B',
  providers: '/api/v1/providers',
  provider: '/api/v1/providers/swiftcloud',
  targets: '/api/v1/targets',
  compare_places: '/api/v1/compare-places?model=acme/Thinker-7B&provider=cobalt&a=local&b=elsewhere',
  locations: '/api/v1/locations',
  checks: '/api/v1/checks?model=acme/Thinker-7B&provider=swiftcloud',
  compare: '/api/v1/compare?model=acme/Thinker-7B&a=swiftcloud&b=cobalt',
  recommend: '/api/v1/recommend?model=acme/Thinker-7B&goal=cheapest&tools=true&context_length=32000',
  audit: '/api/v1/audit?model=acme/Thinker-7B',
  history: '/api/v1/history?model=acme/Thinker-7B&provider=cobalt',
  attempts: '/api/v1/attempts',
  attempt: '/api/v1/attempts/a1',
  attempt_response: '/api/v1/attempts/a1/response',
  incidents: '/api/v1/incidents',
  events: '/api/v1/events',
  incident: '/api/v1/incidents/0123456789abcdef0123456789abcdef',
  feed: '/incidents.atom',
  provider_feed: '/providers/swiftcloud/incidents.atom',
  model_feed: '/incidents/acme/Thinker-7B.atom',
  card: '/card/acme/Thinker-7B.png',
  badge: '/badge/acme/Thinker-7B/swiftcloud.svg',
  shields_badge: '/badge/acme/Thinker-7B/swiftcloud.json',
  alive: '/healthz',
  ready: '/readyz',
  metrics: '/metrics',
  openapi: '/api/v1/openapi.json',
};
