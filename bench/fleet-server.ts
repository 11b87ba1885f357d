import { readdirSync, readFileSync } from 'node:fs';
import { openClient } from '../src/store/postgres/client.ts';
import { migrate } from '../src/store/postgres/schema.ts';
import { type PostgresServer, startPostgres } from '../tests/support/postgres.ts';

/** Of the kernel's clock for processes (`getconf CLK_TCK`), on every Linux there is. */
const TICK_MS = 10;

/** A PostgreSQL as it is installed: what is committed is on the disk. */
export const startServer = () => startPostgres(['-c', 'fsync=on', '-c', 'autovacuum=on']);

/** A new database in it, up to date, and a connection that looks on. */
export async function openDatabase(server: PostgresServer, database: string) {
  const stack = new AsyncDisposableStack();
  {
    await using admin = openClient({ url: server.urlOf('postgres'), connections: 1 });
    await admin.run(`CREATE DATABASE ${database}`);
  }
  const url = server.urlOf(database);
  const client = stack.use(openClient({ url, connections: 2 }));
  await migrate(client);
  const [[pid]] = (await client.values(`SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::bigint`)) as [
    [number],
  ];
  return {
    url,
    client,
    /** User and system time of the whole server until now, ms. */
    cpuMs: () => serverCpuMs(pid),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

export type BenchDatabase = Awaited<ReturnType<typeof openDatabase>>;

/** Of the process, of its children that live, and of those that it saw end. */
function serverCpuMs(pid: number): number {
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const times = timesOf(name);
    if (times === null) continue;
    if (Number(name) === pid) ticks += times.own + times.ofEnded;
    else if (times.parent === pid) ticks += times.own;
  }
  return ticks * TICK_MS;
}

/** See proc(5): fields 4 and 14 to 17. Null: it has ended. */
function timesOf(pid: string): { readonly parent: number; readonly own: number; readonly ofEnded: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { parent: fields[1]!, own: fields[11]! + fields[12]!, ofEnded: fields[13]! + fields[14]! };
  } catch {
    return null;
  }
}
