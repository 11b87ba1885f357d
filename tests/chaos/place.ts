import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startWorld, type World } from '../../src/sim/world.ts';

/** The simulated world with a dataset on disk and replies that come at once. */
export async function startQuickWorld(folder: string, seed: number): Promise<World & { readonly dataset: string }> {
  const root = join(folder, 'hub');
  mkdirSync(root, { recursive: true });
  const world = await startWorld({ seed, folder: root, pace: 0.001 });
  world.script({ times: Infinity }, { kind: 'raw', bytes: GOOD_REPLY, end: 'fin' });
  const [retried, refused] = new Set(world.targets.map(({ provider }) => provider));
  world.script({ provider: retried!, times: Infinity }, { kind: 'status', status: 503 });
  world.script({ provider: refused!, times: Infinity }, { kind: 'status', status: 429 });
  return {
    ...world,
    dataset: join(root, ...world.repo.split('/')),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const event = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const GOOD_REPLY = [
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n',
  event({ role: 'assistant', content: 'The answer,\n"of course", is ' }),
  event({ content: '1771.2' }),
  event({}, 'stop'),
  'data: [DONE]\n\n',
].join('');

/** The settings of a daemon in that world, with a store and a buffer in `folder`. */
export function settingsIn(folder: string, world: World): Readonly<Record<string, string>> {
  mkdirSync(folder, { recursive: true });
  const mappingPath = join(folder, 'provider_mapping.json');
  writeFileSync(mappingPath, JSON.stringify(world.mapping));
  return {
    ...world.settings,
    CONTROL_URLS: world.hubUrl,
    PROVIDER_ENDPOINT_MAPPING_PATH: mappingPath,
    SCHEDULE_INTERVAL_SECONDS: '10',
    PUSH_INTERVAL_CYCLES: '1',
    MODELS_TO_FETCH: '1',
    FIRST_TOKEN_TIMEOUT_SECONDS: '5',
    TOTAL_TIMEOUT_SECONDS: '5',
    DATA_DIR: join(folder, 'data'),
    LOCAL_CSV_PATH: join(folder, 'buffer.csv'),
    RETENTION_DAYS: '1',
    SHUTDOWN_GRACE_SECONDS: '1',
    LOG_LEVEL: 'info',
    BUN_RUNTIME_TRANSPILER_CACHE_PATH: join(dirname(folder), 'transpiled'), // or Bun compiles the same sources at every start
  };
}
