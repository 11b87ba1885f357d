import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { main } from '../../src/cli.ts';
import type { Role, SingleRole } from '../../src/domain/settings.ts';
import { SYSTEM_CLOCK } from '../../src/parts.ts';
import { processName } from '../../src/store/postgres/fleet-status.ts';
import { openShared } from '../../src/store/postgres/open-postgres-store.ts';
import { aCycle, aRecord, DUE_AT_MS } from '../support/builders.ts';
import { aClaim, aWorker, fleetProbes } from '../support/fleet-builders.ts';
import { emptyDatabase, IS_POSTGRES_SKIPPED } from '../support/postgres.ts';
import { tempDir } from '../support/temp-dir.ts';

async function fleet(databaseUrl: string, ...words: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  const into = (output: keyof typeof written) => ({
    write(text: string) {
      written[output] += text;
    },
  });
  const exitCode = await main(['fleet', ...words], {
    environment: { DATABASE_URL: databaseUrl, ALERTS_PATH: 'off' },
    baseDir: join(import.meta.dir, '../..'),
    stdout: { ...into('stdout'), columns: 100 },
    stderr: into('stderr'),
    stop: new AbortController().signal,
  });
  return { exitCode, ...written };
}

/** A process of a fleet, with these single roles in its hands. */
async function aProcess(url: string, roles: readonly Role[], holds: readonly SingleRole[]) {
  const opening = new AsyncDisposableStack();
  const folder = opening.use(tempDir());
  const applicationName = processName(new Set(roles), '0.1.0');
  const settings = { url, csvPath: join(folder.path, 'b.csv'), applicationName };
  const shared = opening.use(await openShared(settings, { clock: SYSTEM_CLOCK }));
  const over = new AbortController();
  for (const role of holds) opening.use((await shared.roleLock.hold(role, over.signal))!);
  opening.defer(() => over.abort());
  return {
    ...shared,
    id: applicationName.split(' ')[1]!,
    [Symbol.asyncDispose]: () => opening[Symbol.asyncDispose](),
  };
}

describe('the command fleet', () => {
  test('without a database says that there is none, as wrong use', async () => {
    expect(await fleet('')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'There is no fleet: DATABASE_URL is blank, so this process works alone with DATA_DIR.\n',
    });
  });

  test('says that the database is out of reach, and nothing of its address', async () => {
    const { exitCode, stderr } = await fleet('postgres://tracker:s3cret-word@127.0.0.1:1/tracker');
    expect(exitCode).toBe(1);
    expect(stderr).toStartWith('the database at DATABASE_URL cannot be reached');
    expect(stderr).not.toMatch(/s3cret-word|127\.0\.0\.1/);
  });

  test.skipIf(IS_POSTGRES_SKIPPED)('of a fleet in which nobody is says so', async () => {
    await using database = await emptyDatabase();
    const { exitCode, stdout, stderr } = await fleet(database.url);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^PostgreSQL \d+\.\d+, tables of version 1; its clock says \S+Z, ours is 0\.\d s (ahead|behind)\.$/m,
    );
    for (const sentence of [
      'nobody leads; nobody judges; nobody pushes.',
      'No process is connected.',
      'No worker was there in the last hour.',
      'No cycle is running.',
      'Nothing waits for the dataset.',
    ]) {
      expect(stdout.split('\n')).toContain(sentence);
    }
  });

  test.skipIf(IS_POSTGRES_SKIPPED)('tells who is there and does what, also those who only plan or show', async () => {
    await using database = await emptyDatabase();
    await using lead = await aProcess(database.url, ['schedule'], ['schedule']);
    await using web = await aProcess(database.url, ['web', 'push'], ['judge']);
    await using eu = await aProcess(database.url, ['probe'], []);
    await eu.fleet.announce(aWorker({ waiting: 7, clockAheadMs: -250, slots: 4 }));
    await lead.fleet.plan(aCycle(), fleetProbes(['p', 'q', 'r']), DUE_AT_MS);
    await eu.fleet.claim(aClaim({ slots: 2 }));
    await lead.store.append([aRecord()]);
    {
      await using gone = await aProcess(database.url, ['probe'], []);
      await gone.fleet.announce(aWorker({ workerId: 'worker-2', location: 'us' }));
    }

    const { stdout } = await fleet(database.url);
    const lines = stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
    expect(lines).toContain(`${lead.id} leads; ${web.id} judges; nobody pushes.`);
    expect(lines).toContainEqual(
      expect.stringMatching(new RegExp(`^${lead.id} \\| 0\\.1\\.0 \\| schedule \\| leads \\| \\d+ s$`)),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(new RegExp(`^${web.id} \\| 0\\.1\\.0 \\| push, web \\| judges \\| \\d+ s$`)),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(new RegExp(`^${eu.id} \\| 0\\.1\\.0 \\| probe \\| asks from eu \\| \\d+ s$`)),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(
        new RegExp(`^worker-1 \\| ${eu.id} \\| 0\\.1\\.0 \\| 4 \\| 2 \\| 0\\.3 s behind \\| 7 \\| \\d+ s ago$`),
      ),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^worker-2 \| gone /));
    const cycle = new RegExp(`^${new Date(DUE_AT_MS).toISOString()} \\| .+ ago \\| 3 \\| 0 \\| 2$`);
    expect(lines).toContainEqual(expect.stringMatching(cycle));
    expect(lines).toContainEqual(expect.stringMatching(/^1 record waits for the dataset, for /));

    const json = (await fleet(database.url, '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(json.map(({ kind }) => kind)).toEqual([
      ...['database', 'roles', 'process', 'process', 'process', 'worker', 'worker', 'cycle', 'backlog'],
    ]);
    expect(json[1]).toEqual({ kind: 'roles', schedule: lead.id, judge: web.id, push: null });
    expect(json.find(({ processId }) => processId === eu.id)).toMatchObject({ roles: ['probe'], workerId: 'worker-1' });
    expect(json.find(({ workerId, kind }) => kind === 'worker' && workerId === 'worker-1')).toMatchObject({
      ...{ location: 'eu', slots: 4, leases: 2, waiting: 7, clockAheadMs: -250, isConnected: true },
    });
    expect(json.at(-2)).toMatchObject({ cycleId: aCycle().cycleId, planned: 3, done: 0, leased: 2 });
    expect(json.at(-1)).toEqual({ kind: 'backlog', records: 1, oldestAtMs: DUE_AT_MS });
  });
});
