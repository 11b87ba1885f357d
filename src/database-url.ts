import { existsSync } from 'node:fs';
import { isLoopback } from './lib/loopback.ts';

/** How a connection is protected, by its name in libpq; the first four trust whoever answers. */
const UNVERIFIED = ['disable', 'allow', 'prefer', 'require'];
const SSL_MODES: readonly (string | null)[] = [null, ...UNVERIFIED, 'verify-ca', 'verify-full'];
/** The roots that every program trusts. */
const SYSTEM_ROOTS = 'system';

/** `postgres://user:password@host:port/database`, or undefined for what is none. */
export function databaseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const isDatabase = url && /^postgres(ql)?:$/.test(url.protocol) && url.hostname && url.pathname.length > 1;
  return isDatabase && SSL_MODES.includes(url.searchParams.get('sslmode')) ? url.href : undefined;
}

/** What keeps such a URL from being used on this machine. */
export function databaseProblems(text: string): readonly string[] {
  const file = URL.parse(text)?.searchParams.get('sslrootcert') ?? null;
  return file === null || file === SYSTEM_ROOTS || existsSync(file)
    ? []
    : ['DATABASE_URL names a sslrootcert that is not there: give the path of the certificate that signs the server’s'];
}

/** Said of a connection to another machine that anybody on the way could take over. */
export function databaseWarnings(text: string): readonly string[] {
  const url = new URL(text);
  const mode = url.searchParams.get('sslmode');
  if (isLoopback(url) || mode === null || !UNVERIFIED.includes(mode)) return [];
  if (mode === 'require' && url.searchParams.has('sslrootcert')) return []; // verified, as libpq has it
  return [
    `DATABASE_URL has sslmode=${mode}: nobody checks that it is the database that answers; leave sslmode out, with sslrootcert=FILE for a certificate of your own`,
  ];
}

/**
 * What opens the database. Where it is and what it is called are no secrets: `localhost` and `tracker` are in many a text. One so short
 * that it is no secret by itself is known by what stands around it.
 */
export function secretsOfDatabase(text: string | undefined): readonly string[] {
  const url = text === undefined ? null : URL.parse(text);
  return url?.password ? [`:${url.password}@`, url.password, decodeURIComponent(url.password)] : [];
}
