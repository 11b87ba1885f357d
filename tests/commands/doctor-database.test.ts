import { describe, expect, test } from 'bun:test';
import { checkDatabase, judgeDatabase } from '../../src/commands/database-check.ts';
import type { Role } from '../../src/domain/settings.ts';
import { openClient } from '../../src/store/postgres/client.ts';
import type { DatabaseFacts } from '../../src/store/postgres/facts.ts';
import { databaseTrouble } from '../../src/store/postgres/trouble.ts';
import { emptyDatabase, IS_POSTGRES_SKIPPED, newDatabase } from '../support/postgres.ts';

const ALL = new Set<Role>(['schedule', 'probe', 'push', 'web']);
const GOOD: DatabaseFacts = {
  ...{ majorVersion: 17, isEncrypted: true, tablesTrouble: null, mayMakeTables: false, notAllowed: [] },
  clockAheadMs: 40,
};
const wrong = (facts: Partial<DatabaseFacts>, isHere = false) =>
  judgeDatabase({ ...GOOD, ...facts }, isHere).filter(({ state }) => state !== 'ok');

describe('the database, to the doctor', () => {
  test('is well when it is reached over TLS, is up to date, lets us, and its clock agrees', () => {
    expect(wrong({})).toEqual([]);
  });

  test.each<[string, Partial<DatabaseFacts>, string, string]>([
    ['spoken to in the clear', { isEncrypted: false }, 'database', 'warn'],
    ['older than any that is tried', { majorVersion: 12 }, 'database', 'warn'],
    ['of another version', { tablesTrouble: 'not up to date' }, 'tables', 'fail'],
    ['without a right', { notAllowed: ['push'] }, 'rights', 'fail'],
    ['with another time', { clockAheadMs: -2500 }, 'their clock', 'fail'],
  ])('%s is found, with what mends it', (_what, facts, name, state) => {
    const found = wrong(facts);
    expect(found.map((check) => [check.name, check.state])).toEqual([[name, state]]);
    expect(found[0]!.mend).not.toBeNull();
  });

  test('need not encrypt on this machine, and has no tables before the first start', () => {
    expect(wrong({ isEncrypted: false }, true)).toEqual([]);
    expect(wrong({ tablesTrouble: 'not there', mayMakeTables: true })).toEqual([]);
  });

  test('that is not there is a failure without its address', async () => {
    const [check] = await checkDatabase({ databaseUrl: 'postgres://a:s3cret@127.0.0.1:1/x', roles: ALL }, Date.now);
    expect(check).toMatchObject({ name: 'database', state: 'fail' });
    expect(JSON.stringify(check)).not.toMatch(/s3cret|127/);
  });
});

describe.skipIf(IS_POSTGRES_SKIPPED)('a real database, to the doctor', () => {
  test('is well for its owner', async () => {
    await using database = await emptyDatabase();
    const checks = await checkDatabase({ databaseUrl: database.url, roles: ALL }, Date.now);
    expect(checks.map(({ name, state }) => [name, state])).toEqual(
      ['database', 'tables', 'rights', 'their clock'].map((name) => [name, 'ok']),
    );
  });

  test('says which roles a login may not do, and which database there is not', async () => {
    await using database = await newDatabase();
    await using owner = openClient({ url: database.url, connections: 1 });
    await owner.run(`DROP ROLE IF EXISTS doctor_test`);
    await owner.run(`CREATE ROLE doctor_test LOGIN`);
    await owner.run(`GRANT SELECT ON meta TO doctor_test`);
    await owner.run(`GRANT INSERT ON slots TO doctor_test`);
    const url = new URL(database.url);
    url.username = 'doctor_test';
    const [, , rights] = await checkDatabase({ databaseUrl: url.href, roles: ALL }, Date.now);
    await owner.run(`DROP OWNED BY doctor_test`);
    await owner.run(`DROP ROLE doctor_test`);
    expect(rights?.finding).toEndWith(': schedule, push, web');

    url.pathname = '/nowhere';
    url.username = 'postgres';
    const [check] = await checkDatabase({ databaseUrl: url.href, roles: ALL }, Date.now);
    expect(check?.finding).toBe('the server at DATABASE_URL has no database of that name');
  });
});

describe('what a database has against us', () => {
  test.each([
    ['refused', { code: 'ERR_POSTGRES_CONNECTION_REFUSED' }, 'cannot be reached (ERR_POSTGRES_CONNECTION_REFUSED)'],
    ['shutting down', { code: 'ERR_POSTGRES_SERVER_ERROR', errno: '57P03' }, 'cannot be reached (57P03)'],
    ['a wrong password', { code: 'ERR_POSTGRES_SERVER_ERROR', errno: '28P01' }, 'does not let this user in (28P01)'],
    ['a lack of rights', { code: 'ERR_POSTGRES_SERVER_ERROR', errno: '42501' }, 'lacks a right (42501)'],
    ['a certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)'],
    ['no TLS', { code: 'ERR_POSTGRES_TLS_NOT_AVAILABLE' }, 'has no TLS'],
  ])('%s is told with what mends it', (_what, error, words) => {
    const text = databaseTrouble(Object.assign(new Error('on db.example as tracker'), error));
    expect(text).toContain(words);
    expect(text).toMatch(/: \w/);
    expect(text).not.toContain('example');
  });

  test('is not what a statement of ours has wrong, nor anything else', () => {
    expect(databaseTrouble({ code: 'ERR_POSTGRES_SERVER_ERROR', errno: '42601' })).toBeNull();
    expect(databaseTrouble(new Error('ours'))).toBeNull();
  });
});
