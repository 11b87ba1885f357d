import { Database } from 'bun:sqlite';
import type { ChildPlan, KillPoint } from './plan.ts';

/**
 * Preloaded into a child: wraps SQLite, the file system and `fetch`, and kills the process the nth time that a step is reached. The program
 * itself knows nothing of it.
 */
const { kill } = JSON.parse(process.env.CHAOS!) as Pick<ChildPlan, 'kill'>;

type Named = KillPoint['step'];
type When = KillPoint['when'];

const STATEMENTS: readonly (readonly [Named, RegExp])[] = [
  ['migrate', /^\s*(CREATE|ALTER|DROP)\b/i],
  ['append', /^\s*INSERT\s+(OR\s+\w+\s+)?INTO\s+attempts\b/i],
  ['seal', /^\s*INSERT\s+INTO\s+batches\b/i],
  ['build', /^\s*UPDATE\s+batches\s+SET\s+sha256\b/i],
  ['mark', /^\s*UPDATE\s+batches\s+SET\b.*\bpushed_at_ms\s*=/is],
  ['prune', /^\s*DELETE\s+FROM\s+(attempts|bodies)\b/i],
];
const stepOfSql = (sql: string) => STATEMENTS.find(([, pattern]) => pattern.test(sql))?.[0] ?? null;

let reached = 0;

/** Whether this is the moment. */
function isNow(step: Named, when: When): boolean {
  return step === kill?.step && when === kill.when && ++reached === kill.nth;
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // the signal is on its way
  throw new Error('unreachable');
}

function around<T>(step: Named | null, act: () => T): T {
  if (step === null) return act();
  if (isNow(step, 'before')) die();
  const result = act();
  if (isNow(step, 'after')) die();
  return result;
}

if (kill !== null) {
  watchDatabase();
  watchFiles();
  watchFetch();
}

function watchDatabase(): void {
  const { run, prepare, query, transaction } = Database.prototype;
  const killer = kill?.step === 'fsync' ? startKiller(kill.delayUs) : null;
  const watched = new WeakSet<object>();
  const watchedStatement = (statement: { run(...values: unknown[]): unknown }, sql: string) => {
    const step = stepOfSql(sql);
    if (step === null || watched.has(statement)) return statement;
    watched.add(statement);
    const runIt = statement.run.bind(statement);
    return Object.assign(statement, { run: (...values: unknown[]) => around(step, () => runIt(...values)) });
  };
  Object.assign(Database.prototype, {
    run(this: Database, sql: string, ...values: never[]) {
      return around(stepOfSql(sql), () => run.call(this, sql, ...values));
    },
    prepare(this: Database, sql: string, ...values: never[]) {
      return watchedStatement(prepare.call(this, sql, ...values), sql);
    },
    query(this: Database, sql: string) {
      return watchedStatement(query.call(this, sql), sql);
    },
    transaction(this: Database, act: (...values: unknown[]) => unknown) {
      const atEnd = (...values: unknown[]) => {
        const result = act(...values);
        if (isNow('commit', 'before')) die();
        if (isNow('fsync', 'within')) killer?.();
        return result;
      };
      const begun = transaction.call(this, atEnd as never) as unknown as Record<string, () => unknown>;
      const committed =
        (call: (...values: unknown[]) => unknown) =>
        (...values: unknown[]) => {
          const result = call(...values);
          if (isNow('commit', 'after')) die();
          return result;
        };
      return Object.assign(
        committed(begun as never),
        Object.fromEntries(['deferred', 'immediate', 'exclusive'].map((mode) => [mode, committed(begun[mode]!)])),
      );
    },
  });
}

/** A thread of its own can kill while this one is inside SQLite. */
function startKiller(delayUs: number): () => void {
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(new URL('./killer.ts', import.meta.url).href);
  thread.postMessage({ signal, delayUs });
  thread.unref();
  return () => {
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  };
}

function watchFiles(): void {
  // Not an import: those who import its functions later get what is put into it now.
  const fs = require('node:fs') as typeof import('node:fs');
  const { appendFileSync, ftruncateSync, renameSync } = fs;
  const { rename } = fs.promises;
  fs.ftruncateSync = (...values) => around('buffer rewrite', () => ftruncateSync(...values));
  fs.appendFileSync = (file, data, ...options) => {
    if (isNow('buffer rewrite', 'within')) {
      appendFileSync(file, Buffer.from(data as string).subarray(0, Buffer.byteLength(data as string) / 2));
      die();
    }
    return around('buffer rewrite', () => appendFileSync(file, data, ...options));
  };
  fs.renameSync = (...values) => around('rename', () => renameSync(...values));
  fs.promises.rename = async (...values) => {
    if (isNow('rename', 'before')) die();
    await rename(...values);
    if (isNow('rename', 'after')) die();
  };
}

function watchFetch(): void {
  const { fetch } = globalThis;
  const watching = async (input: string | URL | Request, init?: RequestInit) => {
    const step = stepOfRequest(init?.method, input instanceof Request ? input.url : String(input));
    if (step === null) return fetch(input, init);
    if (isNow(step, 'before')) die();
    if (isNow(step, 'within')) setTimeout(die, kill!.delayUs / 1000);
    const response = await fetch(input, init);
    if (isNow(step, 'after')) die();
    return response;
  };
  globalThis.fetch = Object.assign(watching, { preconnect: fetch.preconnect });
}

function stepOfRequest(method: string | undefined, url: string): Named | null {
  if (method === 'PUT') return 'put';
  return method === 'POST' && /\/api\/datasets\/[^/]+\/[^/]+\/commit\//.test(url) ? 'answer' : null;
}
