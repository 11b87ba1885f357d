import { describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptRecord } from '../src/domain/record.ts';
import type { FleetParts } from '../src/fleet-daemon.ts';
import { openFleetMetrics } from '../src/fleet-metrics.ts';
import { openFleetWeb } from '../src/fleet-web.ts';
import { SYSTEM_CLOCK } from '../src/parts.ts';
import { openClient } from '../src/store/postgres/client.ts';
import { createFleetStore } from '../src/store/postgres/fleet.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres-store.ts';
import { postgresRoleLock } from '../src/store/postgres/role-lock.ts';
import { isUnreachable } from '../src/store/postgres/unreachable.ts';
import { aCatalog, anExchange, aTarget } from './support/builders.ts';
import { cycleParts } from './support/cycle-parts.ts';
import { aWorker, fleetProbes, recordOf } from './support/fleet-builders.ts';
import { IS_POSTGRES_SKIPPED, newDatabase } from './support/postgres.ts';
import { ScriptedTransport } from './support/scripted-transport.ts';
import { tempDir } from './support/temp-dir.ts';

const INTERVAL_MS = 300_000;
const TARGETS = ['amber', 'cobalt'].map((provider) => aTarget({ provider }));
const EVERYBODY = { reading: { burst: 1e6, perSecond: 1e6 }, administration: { burst: 1, perSecond: 1 } };
const lastDueMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS;

/** What a place has of its last cycles. */
const seenFrom = (location: string, cycles: number, isDown = false): readonly AttemptRecord[] =>
  Array.from({ length: cycles }, (_, ago) =>
    TARGETS.map(({ modelId, provider }) =>
      aRecordOf(location, modelId, provider, lastDueMs - ago * INTERVAL_MS, isDown && provider === 'amber'),
    ),
  ).flat();

function aRecordOf(location: string, modelId: string, provider: string, dueAtMs: number, isDown = false) {
  const cycle = { cycleId: `cycle-${dueAtMs}`, dueAtMs };
  const [planned] = fleetProbes([provider], { cycle, location });
  return recordOf(planned!, {
    ...{ modelId, location },
    ...(isDown ? { outcome: 'target_error', errorClass: 'http_5xx', httpStatus: 503, ttftMs: null } : {}),
  });
}

function freePort(): string {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  const { port } = server;
  server.stop(true);
  return String(port);
}

/** A database with a catalogue and what three places have seen of it. */
async function openFleet() {
  const opening = new AsyncDisposableStack();
  const { url } = opening.use(await newDatabase());
  const folder = opening.use(tempDir());
  const admin = opening.use(openClient({ url, connections: 2 }));
  const store = opening.use(
    await openPostgresStore({ url, csvPath: join(folder.path, 'b.csv') }, { clock: SYSTEM_CLOCK }),
  );
  await store.save(aCatalog({ targets: TARGETS, fetchedAtMs: Date.now() }));
  await store.append([...seenFrom('ap', 4), ...seenFrom('eu', 12), ...seenFrom('us', 8)]);
  const told: string[] = [];
  const hook = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      told.push(await request.text());
      return new Response('ok');
    },
  });
  opening.defer(() => void hook.stop(true));
  writeFileSync(
    join(folder.path, 'alerts.json'),
    JSON.stringify({ channels: { team: { type: 'slack', urlFrom: 'ALERT_TEAM_URL' } } }),
  );
  const alerts = { ALERTS_PATH: join(folder.path, 'alerts.json'), ALERT_TEAM_URL: hook.url.href };

  /** A process that only shows, of a place that nobody probes from; or one that only asks. */
  async function show(isWorker = false) {
    const own = new AsyncDisposableStack();
    const disk = own.use(tempDir());
    const environment = { PORT: freePort(), LOCATION: 'desk', SCHEDULE_INTERVAL_SECONDS: '300', ...alerts };
    const transport = new ScriptedTransport(anExchange());
    const local = own.use(
      await cycleParts({ targets: TARGETS, clock: SYSTEM_CLOCK, transport, environment, folder: disk }),
    );
    const client = own.use(openClient({ url, connections: 6 }));
    const shared = own.use(
      await openPostgresStore({ url, csvPath: join(disk.path, 'c.csv') }, { clock: SYSTEM_CLOCK }),
    );
    const parts: FleetParts = {
      ...local,
      fetch,
      identity: { ...local.identity, location: 'desk' },
      store: shared,
      fleet: own.use(createFleetStore(client)),
      roleLock: postgresRoleLock(client),
      outbox: null as never,
      isUnreachable,
    };
    const plain = (text: string) => text;
    const options = { redact: plain, redactTold: plain, limits: EVERYBODY };
    const onlookers = isWorker ? null : own.use(await openFleetWeb(parts, options));
    const { web } = onlookers ?? own.use(openFleetMetrics(parts, plain));
    const settled = async () => onlookers?.settled();
    const text = async (path: string) => (await fetch(`${web!.url}${path}`)).text();
    return {
      text,
      listeners: parts.listeners,
      settled,
      status: async (path: string) => (await fetch(`${web!.url}${path}`)).status,
      // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
      json: async (path: string): Promise<any> => JSON.parse(await text(path)),
      [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
    };
  }

  /** Waits for it, as the database does. */
  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await admin.run('SELECT pg_sleep(0.05)');
  }

  return { admin, store, told, show, until, [Symbol.asyncDispose]: () => opening[Symbol.asyncDispose]() };
}

describe.skipIf(IS_POSTGRES_SKIPPED)('a process that only shows a fleet', () => {
  test('shows the place with the most samples, and each place where it is asked for', async () => {
    await using fleet = await openFleet();
    await using process = await fleet.show();

    const { location, locations } = await process.json('/api/v1/locations');
    expect(location).toBe('eu');
    expect(locations.map((place: { location: string; samples: number }) => [place.location, place.samples])).toEqual([
      ['ap', 8],
      ['eu', 24],
      ['us', 16],
    ]);
    const page = await process.text('/?location=us');
    for (const place of ['ap', 'eu', 'us']) expect(page).toContain(`href="/?location=${place}"`);
    expect(page).toMatch(/href="\/\?location=us"[^>]*aria-current="true"/);
    for (const place of ['ap', 'us']) {
      expect(JSON.stringify(await process.json(`/api/v1/targets?location=${place}`))).toContain('cobalt');
    }
  });

  test('hears within seconds what others store, from a place that is new too, and reads the catalogue again', async () => {
    await using fleet = await openFleet();
    await using process = await fleet.show();
    await fleet.store.save(aCatalog({ targets: [...TARGETS, aTarget({ provider: 'teal' })], fetchedAtMs: Date.now() }));
    const { modelId } = TARGETS[0]!;
    await fleet.store.append([aRecordOf('sa', modelId, 'teal', lastDueMs)]);

    await fleet.until(async () => (await process.json('/api/v1/locations')).locations.length === 4);
    await fleet.until(async () => (await process.text('/metrics')).includes('\ntracker_targets 3\n'));
    const heard = (await process.text('/metrics')).split('\n').filter((line) => /^inference_attempts_total/.test(line));
    expect(heard).toEqual([expect.stringMatching(/provider="teal",location="sa",.* 1$/)]);
  });

  test('tells of the cycle that runs anywhere', async () => {
    await using fleet = await openFleet();
    await using process = await fleet.show();
    const worker = createFleetStore(fleet.admin);
    await worker.announce(aWorker());
    const cycle = { cycleId: 'now', dueAtMs: lastDueMs };
    await worker.plan(cycle, fleetProbes(['amber', 'cobalt', 'teal'], { cycle }), lastDueMs + 2000);
    await worker.claim({
      ...{ workerId: aWorker().workerId, location: 'eu', slots: 1, leaseMs: 30_000, dueSinceMs: 0 },
      ...{ perProvider: null, budgetUsd: null },
    });

    await fleet.until(async () => (await process.text('/metrics')).includes('\ntracker_probes_running 1\n'));
    const metrics = await process.text('/metrics');
    expect(metrics).toContain('\ntracker_probes_waiting 2\n');
    expect(metrics).toContain('\ntracker_cycle_lateness_seconds 2\n');
    expect(metrics).not.toContain('\ntracker_worker_lag_seconds');
    expect(metrics).toContain('\ntracker_fleet_workers{location="eu"} 1\n');
    expect(metrics).toContain('\ntracker_fleet_leases{location="eu"} 1\n');
    expect(metrics).toContain('\ntracker_fleet_open_probes 3\n');
    expect(metrics).toContain('\ntracker_fleet_holds_role{role="schedule"} 0\n');
    await fleet.until(async () =>
      (await process.text('/metrics')).includes('\ntracker_fleet_holds_role{role="judge"} 1\n'),
    );
    await worker[Symbol.asyncDispose]();
  });

  test('one of two judges and tells; the other shows, and tells nothing twice when it takes over', async () => {
    await using fleet = await openFleet();
    await fleet.store.tell([], [], []); // somebody told before
    const down = [1, 2, 3].map((later) =>
      aRecordOf('eu', TARGETS[0]!.modelId, 'amber', lastDueMs + later * 1000, true),
    );
    await fleet.store.append(down);
    const first = await fleet.show();
    await fleet.until(() => fleet.told.length > 0);
    await using second = await fleet.show();
    expect((await second.json('/api/v1/incidents?open=true')).incidents).toHaveLength(1);

    await fleet.store.append([aRecordOf('eu', TARGETS[0]!.modelId, 'amber', lastDueMs + 4000, true)]);
    await fleet.until(async () => (await second.text('/metrics')).includes('inference_attempts_total{'));
    expect(await fleet.store.judgedUntilMs('eu')).toBe(lastDueMs + 3000);
    await first[Symbol.asyncDispose]();
    await fleet.until(async () => (await fleet.store.judgedUntilMs('eu')) === lastDueMs + 4000);
    await second.settled();
    expect(fleet.told).toHaveLength(1);
    expect(fleet.told[0]).toContain('amber');
  });
});

describe.skipIf(IS_POSTGRES_SKIPPED)('a process that only asks', () => {
  test('serves how it is and how its fleet is, what it measured itself, and nothing else', async () => {
    await using fleet = await openFleet();
    await using process = await fleet.show(true);
    for (const listen of process.listeners) listen(aRecordOf('eu', TARGETS[0]!.modelId, 'amber', lastDueMs));

    expect(await process.json('/healthz')).toEqual({ alive: true });
    const metrics = await process.text('/metrics');
    expect(metrics).toMatch(/\ninference_attempts_total\{.*location="eu".*\} 1\n/);
    expect(metrics).toContain('\ntracker_fleet_open_probes 0\n');
    expect(metrics).not.toMatch(/\ntracker_(targets|backlog|open_incidents)/);
    for (const path of ['/', '/readyz', '/api/v1/now']) expect(await process.status(path)).toBe(404);
  });
});
