import { join } from 'node:path';
import { createLeftOutLog } from '../../src/catalog/left-out.ts';
import { parseConfig } from '../../src/config.ts';
import type { Target } from '../../src/domain/types.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import type { Parts } from '../../src/parts.ts';
import type { Clock, Log } from '../../src/ports.ts';
import { createProber, type ProberParts } from '../../src/probe/prober.ts';
import { openStore } from '../../src/store/open-store.ts';
import { aCatalog, anIdentity, TOKEN } from './builders.ts';
import { recordingLog } from './log.ts';
import { type TempDir, tempDir } from './temp-dir.ts';

export interface CyclePartsOptions extends Pick<ProberParts, 'transport'> {
  readonly targets: readonly Target[];
  readonly clock: Clock;
  readonly environment?: Readonly<Record<string, string>>;
  readonly connectivity?: ProberParts['connectivity'];
  /** Where the store is; a folder of its own when absent. */
  readonly folder?: TempDir;
}

/**
 * Everything a cycle needs: a real store, nothing to push to, and a Hub that does not answer, so that `targets` are asked as the last good
 * catalogue has them.
 */
export async function cycleParts(
  options: CyclePartsOptions,
): Promise<Parts & { readonly log: Log & ReturnType<typeof recordingLog> }> {
  const { targets, clock, transport, environment, connectivity = { online: async () => true } } = options;
  using opening = new DisposableStack();
  const folder = options.folder ?? opening.use(tempDir());
  const config = parseConfig(
    {
      HF_TOKEN: TOKEN,
      PUSH: 'off',
      DATA_DIR: join(folder.path, 'data'),
      LOCAL_CSV_PATH: join(folder.path, 'buffer.csv'),
      ...environment,
    },
    { baseDir: join(import.meta.dir, '../..'), need: { inference: true, hub: false } },
  );
  const store = opening.use(openStore(config.store, { clock }));
  if ((await store.lastGood()) === null) await store.save(aCatalog({ targets, fetchedAtMs: clock.nowMs() }));
  const log = recordingLog();
  const identity = anIdentity({ writer: store.writer });
  const redact = createRedactor(config.secrets);
  const instrumentErrorP99Ms = () => null;
  const settings = config.probe;
  const parts = { settings, identity, transport, connectivity, clock, log, redact, instrumentErrorP99Ms };
  const buffer = store.csvBuffer('last-two-days');
  const held = opening.move();
  return {
    config,
    store,
    refusal: { silentUntilMs: Number.NEGATIVE_INFINITY, isOn: false },
    listeners: new Set(),
    pushTrouble: { inARow: null },
    refreshBuffer: () => void buffer.refresh(),
    hub: null,
    card: null,
    clock,
    log,
    identity,
    prober: createProber(parts),
    calibrator: { start() {}, settled: async () => {}, instrumentErrorP99Ms: () => null },
    heartbeat: { beat() {} },
    atOnce: { ask: null },
    sayLeftOut: createLeftOutLog(log),
    fetch: Object.assign(async () => new Response(null, { status: 503 }), { preconnect() {} }),
    [Symbol.asyncDispose]: async () => held.dispose(),
  };
}
