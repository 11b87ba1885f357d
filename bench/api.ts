import { STATES } from '../src/domain/verdict.ts';
import { createRedactor } from '../src/lib/redact.ts';
import { SYSTEM_CLOCK } from '../src/parts.ts';
import type { Knowledge } from '../src/ports.ts';
import { createMetrics } from '../src/web/metrics.ts';
import { createNews } from '../src/web/news.ts';
import type { WebParts } from '../src/web/route.ts';
import { startWeb } from '../src/web/server.ts';
import { siteOf } from '../src/web/site.ts';
import { aRecord } from '../tests/support/builders.ts';
import { recordingLog } from '../tests/support/log.ts';
import { MemoryIncidents, MemoryKnowledge, memoryAttempts } from '../tests/support/memory-knowledge.ts';
import { aHealth, aModelVerdict, anEndpointVerdict, anIncident } from '../tests/support/verdict-builders.ts';
import { aSetup } from '../tests/web/rig.ts';
import type { Asked, Asking } from './api-clients.ts';
import type { Bench, Figure } from './bench.ts';
import { startChild } from './child.ts';
import { freePort } from './free-port.ts';

const MODELS = 100;
const PROVIDERS = 10;
const CLIENTS = 50;
/** While a cycle runs, something new is known about that often. */
const LEARNS_EVERY_MS = 200;

const MODEL = 'acme/Model-7';
const PATHS = [
  '/api/v1/now',
  '/api/v1/models',
  `/api/v1/models/${MODEL}`,
  '/api/v1/providers',
  '/api/v1/providers/provider-3',
  '/api/v1/targets',
  '/api/v1/attempts',
  '/api/v1/attempts/attempt-1',
  '/api/v1/incidents',
  `/api/v1/compare?model=${MODEL}&a=provider-1&b=provider-2`,
  `/api/v1/recommend?model=${MODEL}`,
  `/api/v1/audit?model=${MODEL}`,
  `/api/v1/history?model=${MODEL}&provider=provider-3&points=500`,
  '/incidents.atom',
  `/badge/${MODEL}/provider-3.svg`,
  '/metrics',
  '/readyz',
] as const;

const GOAL = { atMost: [50] };
const CHANGING = 'while it learns';

export const api: Bench = {
  about: `every answer of the API at ${MODELS * PROVIDERS} targets, asked by ${CLIENTS} clients at once in another process, each again as soon as it is answered; "${CHANGING}": something new is known five times a second`,
  goals: Object.fromEntries(
    PATHS.flatMap((path) => [
      [path, GOAL],
      [`${path} ${CHANGING}`, GOAL],
    ]),
  ),
  async run({ quick, progress }) {
    const knowledge = new MemoryKnowledge(SYSTEM_CLOCK.nowMs, modelsOf(MODELS, PROVIDERS));
    knowledge.points = Array.from({ length: 500 }, (_, i) => ({ ...knowledge.points[0]!, atMs: i * 3_600_000 }));
    return measureApi(knowledge, () => knowledge.learn(), { requests: quick ? 200 : 3000, progress });
  },
};

/** @param learn after it, `knowledge` has a new revision */
export async function measureApi(
  knowledge: Knowledge,
  learn: () => void,
  { requests, progress }: { readonly requests: number; readonly progress: (text: string) => void },
): Promise<readonly Figure[]> {
  const unlimited = { burst: 1e9, perSecond: 1e9 };
  const settings = { host: '127.0.0.1', port: freePort() };
  await using web = startWeb(partsOf(knowledge), settings, { reading: unlimited, administration: unlimited });
  if (web === null) throw new Error('the port is taken');
  const [clients] = await startChild<string, Asking, Asked>(new URL('./api-clients.ts', import.meta.url));
  await using _clients = clients;

  const figures: Figure[] = [];
  for (const path of PATHS) {
    const ask = () => clients.ask({ url: web.url + path, clients: CLIENTS, requests });
    progress(path);
    await clients.ask({ url: web.url + path, clients: 1, requests: 1 });
    figures.push(figureOf(path, await ask()));
    const learning = setInterval(learn, LEARNS_EVERY_MS);
    figures.push(figureOf(`${path} ${CHANGING}`, await ask()));
    clearInterval(learning);
  }
  return figures;
}

function figureOf(name: string, { ms, bytes }: Asked): Figure {
  const sorted = Float64Array.from(ms).sort();
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1]!;
  return { name, unit: 'ms, p95 / p50 / max; bytes', ours: [at(0.95), at(0.5), sorted.at(-1)!, bytes] };
}

function partsOf(knowledge: Knowledge): WebParts {
  const nowMs = SYSTEM_CLOCK.nowMs();
  const redact = createRedactor(['hf_aTokenThatIsOfNoUse1234', 'hf_anotherOneOfNoUse56789'], ['/home/keeper/tracker']);
  const metrics = createMetrics(redact);
  const records = Array.from({ length: 300 }, (_, i) =>
    aRecord({
      attemptId: `attempt-${i}`,
      providerName: `provider-${i}`,
      cycleTimestampIso: new Date(nowMs - 60_000).toISOString(),
      chunkAtMs: Array.from({ length: 300 }, (_, chunk) => chunk * 8.25),
      responseBodyRaw: 'one two three '.repeat(400),
    }),
  );
  for (const record of records) metrics.observe(record);
  return {
    knowledge,
    incidents: new MemoryIncidents(Array.from({ length: 100 }, (_, i) => anIncident({ incidentId: `incident-${i}` }))),
    attempts: memoryAttempts(records),
    metrics,
    news: createNews({ clock: SYSTEM_CLOCK, redact }),
    health: async () => aHealth({ leastRecentlyAskedAtMs: nowMs }),
    setup: aSetup(),
    backlogLimitMs: 1e12,
    probeNow: async () => false,
    adminToken: null,
    writer: 'bench',
    version: '0',
    site: siteOf({}),
    clock: SYSTEM_CLOCK,
    redact,
    log: recordingLog(),
  };
}

/** As many words about each target as about a real one. */
function modelsOf(models: number, providers: number) {
  const usual = anEndpointVerdict();
  return Array.from({ length: models }, (_, m) => {
    const modelId = `acme/Model-${m}`;
    const endpoints = Array.from({ length: providers }, (_, p) =>
      anEndpointVerdict({
        modelId,
        provider: `provider-${p}`,
        state: { ...usual.state, state: STATES[(m * p) % STATES.length]! },
        features: Array.from({ length: 6 }, () => usual.features[0]!),
        claims: [usual.claims[0]!, usual.claims[0]!],
      }),
    );
    return aModelVerdict({ modelId, endpoints });
  });
}
