import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openClient } from '../../src/store/postgres/client.ts';
import {
  IS_POSTGRES_SKIPPED,
  newDatabase,
  type PostgresServer,
  postgresUser,
  startPostgres,
} from '../support/postgres.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

/** Every system takes it for itself, and it is no address of loopback by its name. */
const NOT_LOOPBACK = '0.0.0.0';
const IS_SKIPPED = IS_POSTGRES_SKIPPED || Bun.which('openssl') === null;

describe.skipIf(IS_SKIPPED)('a database over TLS', () => {
  let folder: TempDir;
  let server: PostgresServer;
  let root: string;
  beforeAll(async () => {
    folder = tempDir();
    const [key, certificate] = [join(folder.path, 'server.key'), join(folder.path, 'server.crt')];
    const subject = ['-subj', '/CN=database', '-addext', `subjectAltName=IP:${NOT_LOOPBACK}`];
    const made = Bun.spawnSync([
      ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', ...subject, '-keyout', key, '-out', certificate],
    ]);
    expect(made.exitCode).toBe(0);
    chmodSync(folder.path, 0o755);
    chmodSync(key, 0o600);
    const { uid, gid } = postgresUser() ?? statSync(key);
    chownSync(key, uid, gid);
    const settings = ['ssl=on', `ssl_cert_file=${certificate}`, `ssl_key_file=${key}`];
    server = await startPostgres(settings.flatMap((text) => ['-c', text]));
    root = `sslrootcert=${certificate}`;
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    folder?.[Symbol.dispose]();
  });

  /** How the connection came to be, or the code with which it was refused. */
  async function connected(query: string, host = NOT_LOOPBACK): Promise<unknown> {
    const url = new URL(`${server.urlOf('postgres')}?${query}`);
    url.hostname = host;
    await using client = openClient({ url: url.href, connections: 1 });
    return await client
      .first<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
      .then((row) => (row!.ssl ? 'encrypted' : 'plain'))
      .catch(({ code }: { code?: unknown }) => code);
  }

  test('is refused where nobody we trust has signed its certificate', async () => {
    expect(await connected('')).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(await connected('sslmode=verify-ca')).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  test('is taken where sslrootcert says whose signature counts', async () => {
    expect(await connected(root)).toBe('encrypted');
    expect(await connected(`sslmode=verify-full&${root}`)).toBe('encrypted');
  });

  test('is refused under another name than its certificate has, unless only the signature is to count', async () => {
    expect(await connected(`sslmode=verify-full&${root}`, '127.0.0.1')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await connected(`sslmode=verify-ca&${root}`, '127.0.0.1')).toBe('encrypted');
  });

  test('is taken as it is where the URL says so, and on this machine', async () => {
    expect(await connected('sslmode=require')).toBe('encrypted');
    expect(await connected('sslmode=disable')).toBe('plain');
    expect(await connected('', '127.0.0.1')).toBe('plain');
  });

  test('is not spoken to in the clear by whoever wants a certificate', async () => {
    await using plain = await newDatabase();
    const url = new URL(plain.url);
    url.hostname = NOT_LOOPBACK;
    await using client = openClient({ url: url.href, connections: 1 });
    expect(await client.run('SELECT 1').catch(({ code }) => code)).toBe('ERR_POSTGRES_TLS_NOT_AVAILABLE');
  });
});
