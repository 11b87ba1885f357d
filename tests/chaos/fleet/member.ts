import { randomUUID } from 'node:crypto';
import { mkdirSync, writeSync } from 'node:fs';
import { loadSettings } from '../../../src/commands/load-settings.ts';
import { openOutbox } from '../../../src/fleet/outbox.ts';
import { type FleetParts, runFleet } from '../../../src/fleet-daemon.ts';
import { withGrace } from '../../../src/lib/with-grace.ts';
import { openProber, SYSTEM_CLOCK, TRACKER_VERSION } from '../../../src/parts.ts';
import { openClient } from '../../../src/store/postgres/client.ts';
import { createFleetStore } from '../../../src/store/postgres/fleet.ts';
import { openPostgresStore } from '../../../src/store/postgres/open-postgres-store.ts';
import { postgresRoleLock } from '../../../src/store/postgres/role-lock.ts';
import { isUnreachable } from '../../../src/store/postgres/unreachable.ts';
import { type MemberPlan, TIMES } from './plan.ts';
import { spoilt } from './spoilt.ts';

/**
 * One process of the fleet, which is killed: what `run` and `worker` do, with short leases. Logs go to stderr; each line on stdout is said once
 * the program has been told the same: `planned <probe>`, `asking <probe>`, `stored <attempt>`, and `ended`.
 */
const plan = JSON.parse(process.env.CHAOS!) as MemberPlan;
const say = (...words: readonly string[]) => writeSync(1, `${words.join(' ')}\n`);
const output = { write: (text: string) => writeSync(2, text) };
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const { config, log, redact } = loadSettings(
  { environment: process.env, baseDir: import.meta.dir, stdout: output, stderr: output, stop: stop.signal },
  { inference: true, hub: false },
);
const { databaseUrl: url } = config.fleet!;
const clock = { ...SYSTEM_CLOCK, nowMs: () => Date.now() + plan.aheadMs };

/** As whoever starts a process again and again until the database is there. */
async function openStore() {
  while (true) {
    try {
      return await openPostgresStore({ url, csvPath: config.store.csvPath }, { clock });
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      await Bun.sleep(200);
    }
  }
}

{
  mkdirSync(config.store.dataDir, { recursive: true });
  await using store = await openStore();
  await using client = openClient({ url });
  await using locks = openClient({ url, connections: 2, applicationName: process.env.HF_BILL_TO! });
  await using fleet = createFleetStore(client);
  using outbox = openOutbox(config.store.dataDir);
  const identity = { writer: store.writer, location: config.location, trackerVersion: TRACKER_VERSION };
  await using asking = openProber(config, identity, { log, redact }, clock);
  const parts: FleetParts = {
    config,
    identity,
    store,
    fleet,
    roleLock: postgresRoleLock(locks),
    outbox,
    isUnreachable,
    times: TIMES,
    prober: asking.prober,
    calibrator: { start() {}, settled: async () => {}, instrumentErrorP99Ms: () => null }, // it would take longer than most lives here
    heartbeat: { beat() {} },
    refusal: { silentUntilMs: Number.NEGATIVE_INFINITY, isOn: false },
    listeners: new Set(),
    pushTrouble: { inARow: null },
    refreshBuffer: async () => {},
    hub: null,
    card: null,
    atOnce: { ask: null },
    fetch,
    sayLeftOut: () => {},
    clock,
    log,
    [Symbol.asyncDispose]: async () => {},
  };
  await runFleet(
    spoilt(parts, plan.control, randomUUID),
    new Set(plan.roles),
    withGrace(stop.signal, config.schedule.shutdownGraceMs),
    {
      planned(probes) {
        for (const { probeId } of probes) say('planned', probeId);
      },
      asking: ({ probeId }) => say('asking', probeId),
      stored: ({ attemptId }) => say('stored', attemptId),
    },
  );
}
say('ended');
process.exit(0);
