import { SQL } from 'bun';
import { isLoopback } from '../../lib/loopback.ts';
import { storableText } from './texts.ts';

/** What a statement takes. Times are Unix ms, JSON is text. */
export type Param =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly (string | number | boolean | null | Uint8Array)[];

/** Statements on one connection, or on any of several. Parameters are `$1`, `$2`, … */
export interface Db {
  /** Rows as objects; whole numbers of any width as numbers. */
  all<Row>(text: string, ...params: readonly Param[]): Promise<readonly Row[]>;
  /** The first row, or null. */
  first<Row>(text: string, ...params: readonly Param[]): Promise<Row | null>;
  /** Rows as lists, in the order of the columns. */
  values(text: string, ...params: readonly Param[]): Promise<readonly (readonly unknown[])[]>;
  /** @returns how many rows it wrote */
  run(text: string, ...params: readonly Param[]): Promise<number>;
}

/** A pool of connections to one PostgreSQL database. */
export interface Client extends Db, AsyncDisposable {
  /** All of it or nothing; at `READ COMMITTED`, so that a statement behind a lock sees what was committed while it waited. */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** A connection of one's own, for locks that last as long as it. */
  reserve(): Promise<Db & Disposable>;
}

/** How to reach the database. */
export interface ClientSettings {
  /** `postgres://user:password@host:port/database?sslmode=…`; never to be shown. */
  readonly url: string;
  readonly connections?: number;
  /** For a list of what goes on in the server. */
  readonly applicationName?: string;
}

const CONNECT_SECONDS = 10;
/** Whoever is cut off without a word is gone for the server after 25 s, and its locks with it; without, after two hours. */
const KEEPALIVE = { tcp_keepalives_idle: '10', tcp_keepalives_interval: '5', tcp_keepalives_count: '3' };

/**
 * Connects at the first statement. `sslmode` and `sslrootcert` are as libpq has them; without either the server's certificate is verified by the
 * roots that every program trusts (`verify-full`), except on this machine.
 */
export function openClient({ url, connections = 8, applicationName = 'tracker' }: ClientSettings): Client {
  const address = new URL(url);
  const mode = address.searchParams.get('sslmode') ?? (isLoopback(address) ? '' : 'verify-full');
  // Said here as well, so that no variable of the environment turns it off.
  const verified = mode.startsWith('verify') && { tls: { rejectUnauthorized: true } };
  const sql = new SQL(url, {
    max: connections,
    bigint: true,
    connectionTimeout: CONNECT_SECONDS,
    connection: { application_name: applicationName, ...KEEPALIVE },
    ...verified,
  });
  return {
    ...statements(sql),
    transaction: (work) => sql.begin((tx) => work(statements(tx))),
    async reserve() {
      const own = await sql.reserve();
      return { ...statements(own), [Symbol.dispose]: () => own.release() };
    },
    [Symbol.asyncDispose]: () => sql.close({ timeout: 0 }),
  };
}

function statements(sql: SQL): Db {
  const query = (text: string, params: readonly Param[]) =>
    sql.unsafe(
      text,
      params.map((param) => bound(param, sql)),
    );
  return {
    all: async <Row>(text: string, ...params: readonly Param[]) =>
      ((await query(text, params)) as Record<string, unknown>[]).map(rowOf) as Row[],
    first: async <Row>(text: string, ...params: readonly Param[]) => {
      const [row] = (await query(text, params)) as Record<string, unknown>[];
      return row === undefined ? null : (rowOf(row) as Row);
    },
    values: async (text, ...params) =>
      ((await query(text, params).values()) as unknown as unknown[][]).map((row) => row.map(plain)),
    run: async (text, ...params) => ((await query(text, params)) as unknown as { count: number }).count,
  };
}

const rowOf = (row: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));

/** Counts and times come as `bigint`, and are far from where a number is no more exact. */
const plain = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value);

/** Lists go as arrays, of the kind that their first value tells. */
function bound(param: Param, sql: SQL): unknown {
  if (!Array.isArray(param)) return typeof param === 'string' ? storableText(param) : param;
  const values = param.map((value) => (typeof value === 'string' ? storableText(value) : value));
  return sql.array(values, arrayType(param.find((value) => value !== null)));
}

function arrayType(value: unknown): 'DOUBLE PRECISION' | 'BOOLEAN' | 'BYTEA' | 'TEXT' {
  switch (typeof value) {
    case 'number':
      return 'DOUBLE PRECISION';
    case 'boolean':
      return 'BOOLEAN';
    case 'object':
      return 'BYTEA';
    default:
      return 'TEXT';
  }
}
