import { chownSync, existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { openClient } from '../../src/store/postgres/client.ts';
import { migrate } from '../../src/store/postgres/schema.ts';
import { atEnd } from './at-end.ts';
import { tempDir } from './temp-dir.ts';

const BIN = binaries();
/** PostgreSQL refuses to run as root; Debian's package brings a user of its own. */
const AS_ANOTHER_USER =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'] : [];
const DIES_WITH_US = ['setpriv', '--pdeathsig', 'KILL'];

/** `.ci/run` installs PostgreSQL: none there is a failure; elsewhere what needs it is skipped, which is said. */
export const IS_POSTGRES_SKIPPED = BIN === null && process.env.CI !== 'true';
if (IS_POSTGRES_SKIPPED) console.warn('Skipped, for there is no PostgreSQL here: the shared store, and the fleet.');

/** Where Debian and others put the programs, newest first. */
function binaries(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  const inPath = Bun.which('initdb');
  return found ?? (inPath && join(inPath, '..'));
}

/** As whom the server runs; null: as we do. */
export function postgresUser(): { readonly uid: number; readonly gid: number } | null {
  if (AS_ANOTHER_USER.length === 0) return null;
  const idOf = (flag: string) => Number(Bun.spawnSync(['id', flag, 'postgres']).stdout.toString());
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** A PostgreSQL server on a free port of loopback, with an own folder; gone when disposed, or when this process ends. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** Of a database in it. */
  urlOf(database: string): string;
  /** Kills it as a power cut would, without a checkpoint. */
  stopAtOnce(): Promise<void>;
  /** Starts it again on the same port with what is in its folder. */
  start(): Promise<void>;
}

/** @param options of the server, such as `-c fsync=on` */
export async function startPostgres(options: readonly string[] = []): Promise<PostgresServer> {
  if (BIN === null)
    throw new Error('these tests need PostgreSQL: initdb and postgres of Debian\'s package "postgresql"');
  const folder = tempDir();
  const data = join(folder.path, 'pg');
  const user = postgresUser();
  if (user !== null) chownSync(folder.path, user.uid, user.gid);
  const initialised = Bun.spawnSync(
    [
      ...AS_ANOTHER_USER,
      join(BIN, 'initdb'),
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { cwd: '/', stdout: 'ignore', stderr: 'pipe' },
  );
  if (initialised.exitCode !== 0) throw new Error(`initdb failed: ${initialised.stderr}`);
  const port = await freePort();
  let server: Bun.Subprocess | null = null;

  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  async function start(): Promise<void> {
    const settings = [
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'max_connections=200',
      'log_min_messages=panic',
      'autovacuum=off',
    ];
    server = Bun.spawn(
      [
        ...AS_ANOTHER_USER,
        ...DIES_WITH_US,
        join(BIN!, 'postgres'),
        '-D',
        data,
        ...settings.flatMap((text) => ['-c', text]),
        ...options,
      ],
      { cwd: '/', stdout: 'ignore', stderr: 'ignore' },
    );
    await answers(urlOf('postgres'));
  }
  async function stop(signal: 'SIGQUIT' | 'SIGINT'): Promise<void> {
    server?.kill(signal); // quit: immediate shutdown; interrupt: fast shutdown
    await server?.exited;
    server = null;
  }
  await start();
  return {
    port,
    urlOf,
    start,
    stopAtOnce: () => stop('SIGQUIT'),
    async [Symbol.asyncDispose]() {
      await stop('SIGQUIT');
      folder[Symbol.dispose]();
    },
  };
}

/** Waits until the server takes connections. */
async function answers(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await using client = openClient({ url, connections: 1 });
      await client.run('SELECT 1');
      return;
    } catch (error) {
      if (tries > 200) throw error;
      await Bun.sleep(50);
    }
  }
}

function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer();
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number };
    server.close(() => resolve(port));
  });
  return promise;
}

let shared: Promise<PostgresServer> | null = null;
let databases = 0;

/** The server that all test files of a run share, with a template that is up to date. */
function sharedServer(): Promise<PostgresServer> {
  shared ??= (async () => {
    const server = await startPostgres();
    atEnd(async () => server[Symbol.asyncDispose]());
    {
      await using admin = openClient({ url: server.urlOf('postgres'), connections: 1 });
      await admin.run('CREATE DATABASE template_tracker');
    }
    await using client = openClient({ url: server.urlOf('template_tracker'), connections: 1 });
    await migrate(client);
    return server;
  })();
  return shared;
}

/** A database of its own, up to date and empty; gone when disposed. */
export async function newDatabase(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = await sharedServer();
  const name = `test_${++databases}`;
  const asAdmin = async (statement: string) => {
    await using admin = openClient({ url: server.urlOf('postgres'), connections: 1 });
    await admin.run(statement);
  };
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE template_tracker STRATEGY file_copy`);
  return { url: server.urlOf(name), [Symbol.asyncDispose]: () => asAdmin(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/** Rows go, which takes far less time than `TRUNCATE`, which makes new files. Who is replicated to does not look after references. */
const EMPTY = `DO $$
  DECLARE name text;
  BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'meta' LOOP
      EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    DELETE FROM meta WHERE key NOT IN ('schema_version', 'writer');
  END $$`;

const emptied: (AsyncDisposable & { readonly url: string })[] = [];

/** As `newDatabase`, and far sooner there: one that another test had before, and that is emptied when disposed. */
export async function emptyDatabase(): Promise<AsyncDisposable & { readonly url: string }> {
  const database = emptied.pop() ?? (await newDatabase());
  return {
    url: database.url,
    async [Symbol.asyncDispose]() {
      await using client = openClient({ url: database.url, connections: 1 });
      await client.transaction((db) => db.run(EMPTY));
      emptied.push(database);
    },
  };
}
