import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SQL } from 'bun';
import { DAY_MS } from '../../src/domain/utc-day.ts';
import type { FleetProbe, FleetStore } from '../../src/ports.ts';
import { type Client, openClient } from '../../src/store/postgres/client.ts';
import { createFleetStore } from '../../src/store/postgres/fleet.ts';
import { createRetention } from '../../src/store/postgres/retention.ts';
import { migrate, requireCurrentVersion } from '../../src/store/postgres/schema.ts';
import { aCycle, DUE_AT_MS } from '../support/builders.ts';
import { aClaim, aWorker, confirmOf, fleetProbes, notAsked, recordOf } from '../support/fleet-builders.ts';
import { IS_POSTGRES_SKIPPED, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { tempDir } from '../support/temp-dir.ts';

const SCRIPT = readFileSync(join(import.meta.dir, '../../deploy/postgres/roles.sql'), 'utf8');
const ROLES = ['scheduler', 'worker', 'push', 'web'] as const;
type Role = (typeof ROLES)[number];

const NOT_ALLOWED = '42501';
const WRONG_PASSWORD = '28P01';

describe.skipIf(IS_POSTGRES_SKIPPED)('the roles of deploy/postgres/roles.sql', () => {
  const stack = new AsyncDisposableStack();
  let server: PostgresServer;
  const clients = {} as Record<Role, Client>;
  const stores = {} as Record<Role, FleetStore>;

  beforeAll(async () => {
    const folder = stack.use(tempDir());
    const rules = join(folder.path, 'pg_hba.conf');
    writeFileSync(rules, 'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
    chmodSync(folder.path, 0o755); // the server is another user
    server = stack.use(await startPostgres(['-c', `hba_file=${rules}`]));
    const owner = stack.use(openClient({ url: server.urlOf('postgres'), connections: 1 }));
    await migrate(owner);
    const script = stack.use(new SQL(server.urlOf('postgres'), { max: 1 }));
    for (const _ of ['once', 'again']) await script.unsafe(SCRIPT).simple();
    for (const role of ROLES) {
      await owner.run(`CREATE ROLE ${role}_1 LOGIN PASSWORD 'a ${role}' IN ROLE tracker_${role}`);
      clients[role] = stack.use(openClient({ url: urlOf(role, `a ${role}`), connections: 3 }));
      stores[role] = stack.use(createFleetStore(clients[role]));
    }
  }, 60_000);
  afterAll(() => stack.disposeAsync());

  const urlOf = (role: Role, password: string) =>
    server.urlOf('postgres').replace('postgres@', `${role}_1:${encodeURIComponent(password)}@`);
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { errno?: string }) => error.errno,
    );

  test('log in with their password, and not with another', async () => {
    expect(await codeOf(clients.worker.run('SELECT 1'))).toBe('done');
    await using guessing = openClient({ url: urlOf('worker', 'a guess'), connections: 1 });
    expect(await codeOf(guessing.run('SELECT 1'))).toBe(WRONG_PASSWORD);
  });

  test('let a scheduler plan and close, and a worker claim, settle and deliver', async () => {
    const { scheduler, worker, web } = stores;
    const [asked, closed] = fleetProbes(['p', 'q']) as [FleetProbe, FleetProbe];
    const [measured] = fleetProbes(['r'], { cycle: aCycle({ dueAtMs: DUE_AT_MS + 1 }) }) as [FleetProbe];
    await scheduler.plan(aCycle(), [asked, closed], DUE_AT_MS);

    await worker.announce(aWorker());
    const [lease, other] = await worker.claim(aClaim());
    await worker.renew([lease!.leaseId], 30_000);
    expect(await worker.settle(lease!.leaseId, recordOf(asked))).toBe(true);
    expect(await worker.settle(lease!.leaseId, recordOf(asked, { durationMs: 9.5 }))).toBe(false);
    await worker.release([other!.leaseId]);
    expect(await worker.deliver(measured, [recordOf(measured)])).toBe(1);
    expect(await worker.workers(0)).toHaveLength(1);
    expect(await web.wish({ modelId: 'acme/Thinker-7B', provider: 'p' })).toBe(true);
    expect(await worker.wishes('eu')).toHaveLength(1);
    const confirm = (await worker.claimOne(aClaim(), confirmOf(asked), asked.probe))!;
    expect(await worker.settle(confirm, recordOf({ probe: confirmOf(asked) }))).toBe(true);
    await worker.withdraw('worker-1');

    expect(await scheduler.abandoned(aCycle().cycleId)).toEqual([{ probe: closed, attempts: 0 }]);
    await scheduler.close([notAsked(closed)]);
    expect(await scheduler.progress(aCycle().cycleId)).toEqual({ planned: 2, done: 2, leased: 0 });
    for (const role of ROLES) await requireCurrentVersion(clients[role]);
  });

  test('let a scheduler let go of what is old', async () => {
    const { prune } = createRetention(clients.scheduler);
    const [old] = fleetProbes(['old'], { cycle: aCycle({ dueAtMs: DUE_AT_MS - 2 * DAY_MS }) }) as [FleetProbe];
    await stores.worker.deliver(old, [recordOf(old)]);
    const settings = { days: 1, limitBytes: null, onlyPushed: false };
    const pruned = await Array.fromAsync(prune(settings, DUE_AT_MS));
    expect(pruned.reduce((sum, { rows }) => sum + rows, 0)).toBe(1);
  });

  test('let each write into these tables and no others', async () => {
    const rows = await clients.web.all<{ role: Role; right: string; tables: string }>(
      `SELECT substr(role, 9) AS role, kind AS right, string_agg(tablename, ' ' ORDER BY tablename) AS tables
       FROM pg_tables, unnest(ARRAY['tracker_scheduler', 'tracker_worker', 'tracker_push', 'tracker_web']) AS role,
         unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS kind
       WHERE schemaname = 'public' AND has_table_privilege(role, quote_ident(tablename), kind)
       GROUP BY role, kind ORDER BY role, kind`,
    );
    expect(Object.fromEntries(rows.map(({ role, right, tables }) => [`${role} ${right}`, tables]))).toEqual({
      'scheduler DELETE': 'attempts bodies catalog_snapshots cycles fenced_attempts meta probes wishes workers',
      'scheduler INSERT': 'attempts bodies catalog_snapshots cycles ledger meta probes rollups series targets',
      'scheduler UPDATE': 'cycles ledger meta probes rollups slots targets',
      'worker DELETE': 'slots wishes workers',
      'worker INSERT': 'attempts bodies calibrations cycles fenced_attempts ledger probes rollups series slots workers',
      'worker UPDATE': 'ledger rollups slots workers',
      'push INSERT': 'batches csv_files meta pushed_days pushed_rollup_days',
      'push UPDATE': 'batches csv_files meta pushed_days pushed_rollup_days',
      'web DELETE': 'meta notices told_alarms',
      'web INSERT': 'incidents meta notices told_alarms wishes',
      'web UPDATE': 'incidents meta notices told_alarms',
    });
  });

  test.each([
    ['worker', 'DELETE FROM attempts'],
    ['worker', 'UPDATE attempts SET outcome = outcome'],
    ['worker', 'SELECT zstd FROM bodies'],
    ['worker', 'UPDATE probes SET probe = probe'],
    ['worker', 'UPDATE cycles SET ended_at_ms = 0'],
    ['worker', `UPDATE meta SET value = 'another'`],
    ['worker', 'SELECT * FROM incidents'],
    ['worker', 'CREATE TABLE of_a_worker (a int)'],
    ['scheduler', 'DELETE FROM incidents'],
    ['scheduler', 'DELETE FROM ledger'],
    ['scheduler', 'DROP TABLE attempts'],
    ['scheduler', 'SELECT * FROM claim_probes($$w$$, $$eu$$, 1, 1, 0, NULL, NULL)'],
    ['push', 'INSERT INTO incidents SELECT * FROM incidents'],
    ['push', 'DELETE FROM attempts'],
    ['web', 'INSERT INTO cycles (cycle_id, due_at_ms) VALUES ($$c$$, 0)'],
    ['web', 'UPDATE batches SET pushed_at_ms = 0'],
    ['web', 'DELETE FROM attempts'],
    ['web', 'TRUNCATE notices'],
  ] as const)('refuse a %s: %s', async (role, statement) => {
    expect(await codeOf(clients[role].run(statement))).toBe(NOT_ALLOWED);
  });

  test.each([
    ['push', `INSERT INTO pushed_days (day, pushed_at_ms) VALUES ('2026-08-03', 0)`],
    ['push', 'SELECT zstd FROM bodies'],
    [
      'web',
      `INSERT INTO told_alarms (key, told) VALUES ('k', '{}') ON CONFLICT (key) DO UPDATE SET told = excluded.told`,
    ],
    ['web', `DELETE FROM told_alarms`],
    ['web', 'SELECT zstd FROM bodies'],
    ['scheduler', 'DELETE FROM attempts WHERE seq < 0'],
    ['scheduler', `UPDATE cycles SET ended_at_ms = 1, finish_number = 1 WHERE cycle_id = 'none'`],
  ] as const)('let a %s: %s', async (role, statement) => {
    expect(await codeOf(clients[role].run(statement))).toBe('done');
  });
});
