import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CommitOperation,
  checkRepoAccess,
  commit,
  createRepo,
  datasetInfo,
  downloadFile,
  fileExists,
  HubApiError,
  listCommits,
  listFiles,
  pathsInfo,
  repoExists,
  whoAmI,
} from '@huggingface/hub';
import { startWorld, type World } from '../../src/sim/world.ts';
import { jsonOf } from './ask.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld({ seed: 1, pace: 0.01 });
});
afterEach(() => world[Symbol.asyncDispose]());

const SHARD = Uint8Array.from({ length: 50_000 }, (_, at) => at % 251);
const CSV = 'a,b\n1,2\n';

const to = (among: World = world) => ({
  repo: { type: 'dataset', name: among.repo } as const,
  hubUrl: among.hubUrl,
  accessToken: among.hubToken,
});
const addOf = (path: string, content: string | Uint8Array): CommitOperation => ({
  operation: 'addOrUpdate',
  path,
  content: new Blob([content]),
});
const push = (
  operations: CommitOperation[],
  options: { title?: string; parentCommit?: string } = {},
  among: World = world,
) => commit({ ...to(among), title: 'some rows', useXet: false, operations, ...options });
const created = async (among: World = world) => {
  await createRepo({ ...to(among), visibility: 'private' });
};
/** The status with which a call was refused; null where it was not. */
const refusal = (call: Promise<unknown>): Promise<number | null> =>
  call.then(
    () => null,
    (error) => (error instanceof HubApiError ? error.statusCode : -1),
  );
const post = (path: string, body: string, token = world.hubToken) =>
  fetch(`${world.hubUrl}${path}`, { method: 'POST', body, headers: { authorization: `Bearer ${token}` } });

describe('with the official client', () => {
  test('a token tells whose it is and what it may do', async () => {
    const { name, auth } = await whoAmI({ hubUrl: world.hubUrl, accessToken: world.hubToken });
    const reader = await whoAmI({ hubUrl: world.hubUrl, accessToken: world.token });
    expect([name, auth.accessToken?.role, reader.auth.accessToken?.role]).toEqual(['simulated-lab', 'write', 'read']);
  });

  test('a dataset is created once', async () => {
    expect(await repoExists(to())).toBe(false);
    await created();
    expect(await repoExists(to())).toBe(true);
    expect(await refusal(created())).toBe(409);
  });

  test('a small file and a large one go up in one commit and come down the same', async () => {
    await created();
    const { commit: made } = (await push([addOf('metrics.csv', CSV), addOf('data/w1/x.parquet', SHARD)]))!;

    const large = await downloadFile({ ...to(), path: 'data/w1/x.parquet' });
    const small = await downloadFile({ ...to(), path: 'metrics.csv' });
    expect(made.url).toBe(`${world.hubUrl}/datasets/${world.repo}/commit/${made.oid}`);
    expect(new Uint8Array(await large!.arrayBuffer())).toEqual(SHARD);
    expect(await small!.text()).toBe(CSV);
    expect(world.requests.counts).toMatchObject({
      'hub preupload': 1,
      'hub lfs-batch': 1,
      'hub lfs-upload': 1,
      'hub commit': 1,
    });
  });

  test('files are listed with the hashes of what they hold', async () => {
    await created();
    await push([addOf('metrics.csv', CSV), addOf('data/w1/x.parquet', SHARD)]);

    const all = await Array.fromAsync(listFiles({ ...to(), recursive: true }));
    const top = await Array.fromAsync(listFiles(to()));
    const [info] = await pathsInfo({ ...to(), paths: ['data/w1/x.parquet', 'nothing.csv'] });
    expect(all.map((entry) => entry.path)).toEqual(['data', 'data/w1', 'data/w1/x.parquet', 'metrics.csv']);
    expect(top.map((entry) => entry.type)).toEqual(['directory', 'file']);
    expect(info).toMatchObject({
      size: SHARD.length,
      lfs: { oid: new Bun.CryptoHasher('sha256').update(SHARD).digest('hex') },
    });
    expect(top[1]!.oid).toBe(new Bun.CryptoHasher('sha1').update(`blob ${CSV.length}\0${CSV}`).digest('hex'));
  });

  test('a file is there or is not', async () => {
    await created();
    await push([addOf('metrics.csv', CSV)]);
    expect(await fileExists({ ...to(), path: 'metrics.csv' })).toBe(true);
    expect(await fileExists({ ...to(), path: 'other.csv' })).toBe(false);
    expect(await downloadFile({ ...to(), path: 'other.csv' })).toBeNull();
  });

  test('bytes that are there already are not uploaded again', async () => {
    await created();
    await push([addOf('x.parquet', SHARD)]);
    await push([addOf('x.parquet', SHARD)]);
    expect(world.requests.counts['hub lfs-upload']).toBe(1);
  });

  test('a file can be replaced and removed', async () => {
    await created();
    await push([addOf('metrics.csv', CSV), addOf('x.parquet', SHARD)]);
    await push([addOf('metrics.csv', 'new'), { operation: 'delete', path: 'x.parquet' }]);
    expect(await (await downloadFile({ ...to(), path: 'metrics.csv' }))!.text()).toBe('new');
    expect((await Array.fromAsync(listFiles(to()))).map((entry) => entry.path)).toEqual(['metrics.csv']);
  });

  test('commits are listed, newest first, and the dataset shows the last', async () => {
    await created();
    await push([addOf('a.csv', CSV)], { title: 'one' });
    const second = await push([addOf('b.csv', CSV)], { title: 'two' });
    const titles = (await Array.fromAsync(listCommits({ ...to(), batchSize: 2 }))).map((one) => one.title);
    const info = await datasetInfo({
      name: world.repo,
      hubUrl: world.hubUrl,
      accessToken: world.hubToken,
      additionalFields: ['sha'],
    });
    expect(titles).toEqual(['two', 'one', 'initial commit']);
    expect(info).toMatchObject({ private: true, sha: second!.commit.oid });
  });

  test('a commit on a parent that is not the last is refused', async () => {
    await created();
    const first = await push([addOf('a.csv', CSV)]);
    await push([addOf('b.csv', CSV)]);
    expect(await refusal(push([addOf('c.csv', CSV)], { parentCommit: first!.commit.oid }))).toBe(412);
  });
});

describe('rights', () => {
  test('the token that reads may not write', async () => {
    const reader = { ...to(), accessToken: world.token };
    expect(await refusal(createRepo(reader))).toBe(403);
    await created();
    expect(await refusal(commit({ ...reader, title: 't', operations: [addOf('a.csv', CSV)] }))).toBe(403);
  });

  test('a private dataset is hidden from those without a token', async () => {
    await created();
    expect(await refusal(checkRepoAccess({ repo: to().repo, hubUrl: world.hubUrl }))).toBe(401);
    expect(await refusal(checkRepoAccess(to()))).toBeNull();
  });

  test('a dataset that does not exist is a 404', async () => {
    expect(await refusal(push([addOf('a.csv', CSV)]))).toBe(404);
  });
});

describe('the Hub refuses', () => {
  const commitOf = (...operations: object[]) => {
    const lines = [{ key: 'header', value: { summary: 'by hand' } }, ...operations];
    return post(`/api/datasets/${world.repo}/commit/main`, lines.map((line) => JSON.stringify(line)).join('\n'));
  };
  const fileAt = (path: string) => ({ key: 'file', value: { path, content: '', encoding: 'base64' } });

  test.each([
    '../out.csv',
    'a/../../out.csv',
    '/etc/passwd',
    'a//b',
    'a\\..\\b',
    '.git/config',
    'a/./b',
    'a\u0000b',
    '',
  ])('to write to %j', async (path) => {
    await created();
    expect((await commitOf(fileAt('good.csv'), fileAt(path))).status).toBe(400);
    expect(await fileExists({ ...to(), path: 'good.csv' })).toBe(false);
  });

  test('to read outside of a dataset', async () => {
    await created();
    const response = await fetch(`${world.hubUrl}/datasets/${world.repo}/resolve/main/..%2f..%2fetc/passwd`, {
      headers: { authorization: `Bearer ${world.hubToken}` },
    });
    expect(response.status).toBe(404);
  });

  test.each(['..', '.hidden', 'a/b', 'x.git', ''])('to create a dataset named %j', async (name) => {
    const body = JSON.stringify({ name, organization: 'simulated-lab', type: 'dataset' });
    expect((await post('/api/repos/create', body)).status).toBe(400);
  });

  test('a pointer to bytes that nobody brought', async () => {
    await created();
    const oid = '0'.repeat(64);
    expect(
      (await commitOf({ key: 'lfsFile', value: { path: 'x.parquet', algo: 'sha256', size: 3, oid } })).status,
    ).toBe(400);
  });

  test('bytes that are not what they were announced as', async () => {
    await created();
    const oid = new Bun.CryptoHasher('sha256').update('right').digest('hex');
    const batch = await post(
      `/datasets/${world.repo}.git/info/lfs/objects/batch`,
      JSON.stringify({ operation: 'upload', objects: [{ oid, size: 5 }] }),
    );
    const { href } = (await jsonOf(batch)).objects[0].actions.upload;
    const statusOf = async (url: string, body: string) => (await fetch(url, { method: 'PUT', body })).status;
    expect(await statusOf(href, 'wrong')).toBe(400);
    expect(await statusOf(href, 'right too')).toBe(400);
    expect(await statusOf(href, 'right')).toBe(200);
    expect(await statusOf(`${href.slice(0, -64)}${'0'.repeat(64)}`, 'right')).toBe(403);
  });

  test('a path that would be a file and a folder', async () => {
    await created();
    expect((await commitOf(fileAt('a'), fileAt('a/b'))).status).toBe(400);
  });

  test('a commit without a header, without lines, or of broken lines', async () => {
    await created();
    const statusOf = async (body: string) => (await post(`/api/datasets/${world.repo}/commit/main`, body)).status;
    expect([await statusOf(''), await statusOf('{'), await statusOf(JSON.stringify(fileAt('a')))]).toEqual([
      400, 400, 400,
    ]);
  });
});

describe('told to fail', () => {
  beforeEach(() => created());
  const rows = () => push([addOf('a.csv', CSV)]);
  const isThere = () => fileExists({ ...to(), path: 'a.csv' });

  test('it answers 500 although the commit is made', async () => {
    world.hubScript('commit', { kind: 'status', status: 500, when: 'after' });
    expect(await refusal(rows())).toBe(500);
    expect(await isThere()).toBe(true);
  });

  test('it answers 500 and nothing is made, then all is well again', async () => {
    world.hubScript('commit', { kind: 'status', status: 500 });
    expect(await refusal(rows())).toBe(500);
    expect(await isThere()).toBe(false);
    expect(await refusal(rows())).toBeNull();
  });

  test('it says when to come again', async () => {
    world.hubScript('commit', { kind: 'status', status: 429, headers: { ratelimit: '"api";r=0;t=55' } });
    const response = await post(`/api/datasets/${world.repo}/commit/main`, '');
    expect([response.status, response.headers.get('ratelimit')]).toEqual([429, '"api";r=0;t=55']);
  });

  test('it loses its answer', async () => {
    world.hubScript('commit', { kind: 'cut', when: 'after' });
    expect(await refusal(rows())).toBe(-1);
    expect(await isThere()).toBe(true);
  });

  test('it shows the dataset as it was before the last commit', async () => {
    await rows();
    world.hubScript('paths-info', { kind: 'stale' });
    const look = () => pathsInfo({ ...to(), paths: ['a.csv'] });
    expect([(await look()).length, (await look()).length]).toEqual([0, 1]);
  });

  test('it never answers', async () => {
    world.hubScript('whoami', { kind: 'hang' });
    const leaving = new AbortController();
    const asked = fetch(`${world.hubUrl}/api/whoami-v2`, { signal: leaving.signal });
    while (!world.requests.counts['hub whoami']) await new Promise(setImmediate);
    leaving.abort();
    await expect(asked).rejects.toThrow();
  });

  test('it answers late', async () => {
    world.hubScript('whoami', { kind: 'delay', ms: 100 });
    expect((await whoAmI({ hubUrl: world.hubUrl, accessToken: world.hubToken })).name).toBe('simulated-lab');
  });
});

describe('with a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sim-hub-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('a dataset is files that a person can open', async () => {
    await using onDisk = await startWorld({ seed: 1, folder });
    await created(onDisk);
    await push([addOf('metrics.csv', CSV), addOf('data/w1/x.parquet', SHARD)], {}, onDisk);
    await push([{ operation: 'delete', path: 'metrics.csv' }], {}, onDisk);

    expect(new Uint8Array(await readFile(join(folder, onDisk.repo, 'data/w1/x.parquet')))).toEqual(SHARD);
    expect(await readdir(join(folder, onDisk.repo))).toEqual(['data']);
  });

  test('the next world finds what the last one left', async () => {
    {
      await using first = await startWorld({ seed: 1, folder });
      await created(first);
      await push([addOf('data/x.parquet', SHARD)], {}, first);
    }
    await using second = await startWorld({ seed: 2, folder });
    expect(await refusal(created(second))).toBe(409);
    const [info] = await pathsInfo({ ...to(second), paths: ['data/x.parquet'] });
    expect(info!.lfs!.size).toBe(SHARD.length);
  });
});
