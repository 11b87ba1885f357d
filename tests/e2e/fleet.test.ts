import { describe, expect } from 'bun:test';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Glob, SQL } from 'bun';
import { startWorld, type World } from '../../src/sim/world.ts';
import { openClient } from '../../src/store/postgres/client.ts';
import { migrate } from '../../src/store/postgres/schema.ts';
import { emptyDatabase, IS_POSTGRES_SKIPPED } from '../support/postgres.ts';
import { queryParquet } from '../support/read-parquet.ts';
import { tempDir } from '../support/temp-dir.ts';
import { jsonLines, programTest, runProgram, settingsFor, startProgram } from './program.ts';

/** Somewhere nobody listens. */
const NOWHERE = 'postgres://tracker:s3cret-word@127.0.0.1:1/tracker';
const MODELS = 2;

async function goodWorld(folder: string) {
  const world = await startWorld({ seed: 1, pace: 0.02, folder: join(folder, 'hub') });
  world.script({ times: Number.POSITIVE_INFINITY }, { kind: 'reply' });
  return world;
}

/** The URLs of a database that may no more than `deploy/postgres/roles.sql` gives to who asks, and to who does the rest. */
async function loginsOf(databaseUrl: string) {
  const script = readFileSync(join(import.meta.dir, '../../deploy/postgres/roles.sql'), 'utf8');
  await using owner = openClient({ url: databaseUrl, connections: 1 });
  await migrate(owner);
  await using sql = new SQL(databaseUrl, { max: 1 });
  await sql.unsafe(script).simple();
  await owner.run('CREATE ROLE asks LOGIN IN ROLE tracker_worker');
  await owner.run('CREATE ROLE does_the_rest LOGIN IN ROLE tracker_scheduler, tracker_push, tracker_web');
  const as = (user: string) => Object.assign(new URL(databaseUrl), { username: user }).href;
  return { asking: as('asks'), others: as('does_the_rest') };
}

/** The processes of a fleet in this world, each with a folder, the tokens and the rights of its own. */
function fleetIn(
  world: World,
  folder: string,
  databaseUrl: string,
  { asking = databaseUrl, others = databaseUrl } = {},
) {
  const settings = (name: string, url = others) => {
    const own = join(folder, name);
    mkdirSync(own, { recursive: true });
    return { ...settingsFor(world, own), MODELS_TO_FETCH: String(MODELS), DATABASE_URL: url };
  };
  return {
    worker: (location: string) => {
      const tokens = { HF_HUB_TOKEN: '', HF_DATASET_REPO_ID: '' };
      const limits = { PROBE_CONCURRENCY_PER_PROVIDER: '1', ROLES: 'schedule,web' };
      return startProgram(['worker'], { ...settings(location, asking), ...tokens, ...limits, LOCATION: location });
    },
    scheduler: () =>
      startProgram([], {
        ...settings('scheduler'),
        HF_TOKEN: '',
        ROLES: 'schedule,push,web',
        PORT: '0',
        LOCATION: 'hq',
      }),
    command: (...words: readonly string[]) => runProgram(words, { ...settings(words.join('-')), HF_TOKEN: '' }),
  };
}

const messages = (text: string) => jsonLines(text).map(({ msg }) => msg);

async function rowsPushed(folder: string) {
  const shards = await Array.fromAsync(new Glob('hub/**/data/**/*.parquet').scan(folder));
  const files = await Array.fromAsync(shards, (path) => Bun.file(join(folder, path)).bytes());
  return queryParquet(files, 'SELECT writer, location, model_id, provider_name, outcome FROM read_parquet($files)');
}

describe.skipIf(IS_POSTGRES_SKIPPED)('a fleet', () => {
  programTest(
    'of one that plans and pushes and two that ask: one writer, two places, each provider within its limit, with no right but what is needed; told to stop, all end well',
    async () => {
      using folder = tempDir();
      await using database = await emptyDatabase();
      await using world = await goodWorld(folder.path);
      const { worker, scheduler, command } = fleetIn(world, folder.path, database.url, await loginsOf(database.url));
      await using eu = worker('eu');
      await using us = worker('us');
      await using main = scheduler();
      await main.said('cycle ended');

      for (const process of [eu, us, main]) {
        process.kill('SIGTERM');
        expect([await process.ended, process.stderr]).toEqual([0, '']);
        expect(messages(process.stdout)).toEqual(
          expect.arrayContaining(['this process is one of a fleet', 'stopped', expect.stringContaining('stopping')]),
        );
      }
      expect(jsonLines(us.stdout)[0]).toMatchObject({ roles: ['probe'], location: 'us' });
      expect(jsonLines(main.stdout)[0]).toMatchObject({ roles: ['schedule', 'push', 'web'], location: 'hq' });
      expect(eu.stdout + us.stdout + main.stdout).not.toContain('denied');

      const models = [...new Set(world.targets.map(({ modelId }) => modelId))].slice(0, MODELS);
      const planned = world.targets
        .filter(({ modelId }) => models.includes(modelId))
        .flatMap(({ modelId, provider }) => ['eu', 'us'].map((place) => `${place} ${modelId} ${provider} ok`));
      const rows = await rowsPushed(folder.path);
      const asked = rows.map((row) => [row.location, row.model_id, row.provider_name, row.outcome].join(' '));
      expect(asked.toSorted()).toEqual(planned.toSorted());
      expect(new Set(rows.map(({ writer }) => writer)).size).toBe(1);
      expect(world.requests.counts['hub commit']).toBe(1);
      for (const { provider } of world.targets) expect(world.requests.peak(provider)).toBeLessThanOrEqual(1);

      const [report, exported, pushed] = await Promise.all([
        command('report'),
        command('export', '--format', 'jsonl'),
        command('push'),
      ]);
      expect([report.exitCode, exported.exitCode, pushed.exitCode]).toEqual([0, 0, 0]);
      expect(jsonLines(exported.stdout)).toHaveLength(planned.length);
      expect(pushed.stdout).toContain('nothing to push');
    },
  );

  programTest('what works on the local store alone says so, and does nothing', async () => {
    using folder = tempDir();
    await using database = await emptyDatabase();
    await using world = await goodWorld(folder.path);
    const { command } = fleetIn(world, folder.path, database.url);
    for (const words of [['import', 'nobody/nothing'], ['fsck'], ['rebuild']]) {
      const { exitCode, stdout, stderr } = await command(...words);
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).toStartWith(`\`${words[0]}\` is for the local store in DATA_DIR`);
    }
  });
});

describe('without its database', () => {
  programTest('a process of a fleet waits for it, says so once, and ends when told to', async () => {
    using folder = tempDir();
    await using world = await goodWorld(folder.path);
    await using worker = fleetIn(world, folder.path, NOWHERE).worker('eu');
    await worker.said('waiting for the database');
    worker.kill('SIGTERM');

    expect([await worker.ended, worker.stderr]).toEqual([0, '']);
    expect(worker.stdout.split('waiting for the database')).toHaveLength(2);
    expect(worker.stdout).not.toMatch(/s3cret-word|127\.0\.0\.1:1/);
  });

  programTest('a command says what keeps it from its work, without the address', async () => {
    using folder = tempDir();
    await using world = await goodWorld(folder.path);
    const { exitCode, stdout, stderr } = await fleetIn(world, folder.path, NOWHERE).command('report');

    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toStartWith('the database at DATABASE_URL cannot be reached');
    expect(stderr).not.toMatch(/s3cret-word|127\.0\.0\.1/);
  });

  programTest('a worker that is given none says that it needs one', async () => {
    using folder = tempDir();
    await using world = await goodWorld(folder.path);
    const { exitCode, stderr } = await fleetIn(world, folder.path, '').command('worker');
    expect(exitCode).toBe(78);
    expect(stderr).toContain('DATABASE_URL is required');
  });
});
