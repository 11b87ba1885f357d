import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../src/config.ts';
import { runCycle } from '../src/daemon.ts';
import { cycleId } from '../src/domain/ids.ts';
import { createRedactor } from '../src/lib/redact.ts';
import { createLog } from '../src/observe/log.ts';
import { openParts } from '../src/parts.ts';
import { TOKEN } from './clients/client.ts';
import { PROVIDER_NAMES } from './truth/catalogue.ts';
import { chatPath, type Script } from './truth/script.ts';
import type { Truth } from './truth/start.ts';

const ROOT = join(import.meta.dir, '..');

/** A folder on the disk that the store would be on: a folder in memory would make every commit look free. */
export function benchFolder(): Disposable & { readonly path: string } {
  mkdirSync(join(ROOT, 'data'), { recursive: true });
  const path = mkdtempSync(join(ROOT, 'data', 'bench-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** The program itself, with its own store and Worker, asking the ground-truth server for 200 targets a cycle. */
export interface Tracker extends AsyncDisposable {
  /** @throws when a probe was not `ok` */
  cycle(onStored?: () => void): Promise<void>;
}

export async function openTracker(truth: Truth, script: Script): Promise<Tracker> {
  const folder = benchFolder();
  const mappingPath = join(folder.path, 'provider_mapping.json');
  const url = truth.plain + chatPath(script);
  writeFileSync(mappingPath, JSON.stringify(Object.fromEntries(['*', ...PROVIDER_NAMES].map((name) => [name, url]))));
  const environment = {
    HF_TOKEN: TOKEN,
    HF_ENDPOINT: truth.catalogue,
    HF_ROUTER_ENDPOINT: truth.catalogue,
    PROVIDER_ENDPOINT_MAPPING_PATH: mappingPath,
    DATA_DIR: folder.path,
    LOCAL_CSV_PATH: join(folder.path, 'metrics_buffer.csv'),
    MODELS_TO_FETCH: '20',
    PROBE_CONCURRENCY: '32',
    PROBE_CONCURRENCY_PER_PROVIDER: '0',
    PUSH: 'off',
  };
  const config = parseConfig(environment, { baseDir: ROOT, need: { inference: true, hub: false } });
  const redact = createRedactor(config.secrets, [ROOT]);
  const parts = await openParts(config, { log: createLog({ level: 'warn', output: process.stderr, redact }), redact });
  const never = new AbortController().signal;
  return {
    async cycle(onStored) {
      const dueAtMs = Date.now();
      await runCycle(
        { cycleId: cycleId(parts.store.writer, dueAtMs), dueAtMs },
        parts,
        { starting: never, running: never },
        {
          stored({ outcome, errorMessage }) {
            if (outcome !== 'ok') throw new Error(`a probe of the bench failed: ${errorMessage}`);
            onStored?.();
          },
        },
      );
    },
    async [Symbol.asyncDispose]() {
      await parts[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** User and system time of this process, all its threads, since the call. */
export function startCpu(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}
