import { expect, spyOn, test } from 'bun:test';
import { createHub } from '../../src/push/hub.ts';
import type { HubFailure } from '../../src/push/hub-failure.ts';
import { TOKEN } from '../support/builders.ts';
import { type Fault, HubDouble } from '../support/hub-double.ts';
import { recordingLog } from '../support/log.ts';
import { SetClock } from '../support/set-clock.ts';

const REPO = 'acme/metrics';
const COMMIT = {
  title: 'Add 1 attempt',
  description: '- data/w/b.parquet',
  files: [
    { path: 'data/w/b.parquet', bytes: Buffer.from('PAR1 shard') },
    { path: 'metrics.csv', bytes: Buffer.from('a,b\n') },
  ],
};
const never = new AbortController().signal;

async function aDataset({ exists = true, token = TOKEN, repo = REPO, isPublic = false } = {}) {
  const double = await HubDouble.start({ token: TOKEN, repo: REPO, exists });
  const clock = new SetClock();
  const log = recordingLog();
  const hub = createHub({ token, repo, hubEndpoint: double.origin, isPublic, clock, log });
  return { double, hub, clock, log, [Symbol.asyncDispose]: () => double[Symbol.asyncDispose]() };
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error) => error,
  ) as Promise<HubFailure>;

const refused = async (fault: Fault) => {
  await using dataset = await aDataset();
  dataset.double.fail('commit', fault);
  return await failureOf(dataset.hub.commit(COMMIT, never));
};

test('a commit goes out with the title, the description and every file', async () => {
  await using dataset = await aDataset();
  const { url } = await dataset.hub.commit(COMMIT, never);
  expect(dataset.double.commits).toEqual([
    { title: COMMIT.title, description: COMMIT.description, paths: ['data/w/b.parquet', 'metrics.csv'] },
  ]);
  expect(url).toMatch(new RegExp(`^${dataset.double.origin}/datasets/${REPO}/commit/[0-9a-f]{40}$`));
});

test('a commit leaves nothing behind on the signal that outlives it, which would keep its bytes in memory', async () => {
  await using dataset = await aDataset();
  const { signal } = new AbortController();
  const listens = spyOn(signal, 'addEventListener');
  const leaves = spyOn(signal, 'removeEventListener');
  await dataset.hub.commit(COMMIT, signal);
  expect(listens.mock.calls.length).toBe(leaves.mock.calls.length);
});

test('a commit names no parent: each writer has its own folders, and somebody else may commit at any time', async () => {
  await using dataset = await aDataset();
  await dataset.hub.commit(COMMIT, never);
  const sent = dataset.double.requests.find(({ step }) => step === 'commit');
  expect(sent!.body).not.toContain('parentCommit');
});

test('the token goes to the Hub, and not to the storage that takes the upload', async () => {
  await using dataset = await aDataset();
  await dataset.hub.commit(COMMIT, never);
  const sent = dataset.double.requests.map(({ step, authorization }) => [step, authorization]);
  expect(sent).toEqual([
    ['preupload', `Bearer ${TOKEN}`],
    ['batch', `Bearer ${TOKEN}`],
    ['upload', null],
    ['commit', `Bearer ${TOKEN}`],
  ]);
});

test('a wrong token is said, with where a right one is needed', async () => {
  await using dataset = await aDataset({ token: 'hf_somebodyElsesTokenNotKnownHere000' });
  expect(await failureOf(dataset.hub.hashes(['a'], never))).toMatchObject({
    kind: 'unauthorized',
    message: expect.stringMatching(/HF_HUB_TOKEN: it is wrong, expired or revoked.*acme\/metrics/),
  });
});

test('a token without the right to write is told which right it lacks', async () => {
  const body = JSON.stringify({ error: 'Forbidden: you must use a write token' });
  expect(await refused({ kind: 'answer', status: 403, body })).toMatchObject({
    kind: 'forbidden',
    message: expect.stringMatching(/lacks write access to the dataset acme\/metrics.*you must use a write token/),
  });
});

test.each([
  [400, 'rejected'],
  [404, 'not_found'],
  [408, 'unavailable'],
  [409, 'conflict'],
  [412, 'conflict'],
  [422, 'rejected'],
  [429, 'rate_limited'],
  [500, 'unavailable'],
  [503, 'unavailable'],
])('an answer %d is the failure %s', async (status, kind) => {
  expect(await refused({ kind: 'answer', status })).toMatchObject({ name: 'HubFailure', kind });
});

test.each([
  ['Retry-After: 7', { 'retry-after': '7' }, 7_000],
  ['a date ahead', { 'retry-after': 'Sat, 01 Aug 2026 00:01:30 GMT' }, 90_000],
  ['a date gone by', { 'retry-after': 'Fri, 31 Jul 2026 00:00:00 GMT' }, 0],
  ['the end of the window in RateLimit', { ratelimit: '"api";r=0;t=55' }, 55_000],
  ['both', { 'retry-after': '3', ratelimit: '"api";r=0;t=55' }, 3_000],
  ['a word', { 'retry-after': 'soon' }, null],
  ['nothing', {}, null],
] as const)('slowed down with %s we know how long to wait', async (_what, headers, retryAfterMs) => {
  expect(await refused({ kind: 'answer', status: 429, headers })).toMatchObject({ kind: 'rate_limited', retryAfterMs });
});

test('a renamed dataset is said; the token follows no redirect', async () => {
  await using elsewhere = await HubDouble.start({ token: TOKEN, repo: REPO });
  const headers = { location: `${elsewhere.origin}/api/datasets/acme/renamed/commit/main` };
  expect(await refused({ kind: 'answer', status: 307, headers })).toMatchObject({
    kind: 'rejected',
    message: expect.stringContaining('HF_DATASET_REPO_ID'),
  });
  expect(elsewhere.requests).toEqual([]);
});

test('a storage that refuses an upload says nothing about our rights', async () => {
  await using dataset = await aDataset();
  dataset.double.fail('upload', {
    kind: 'answer',
    status: 403,
    headers: { 'content-type': 'text/xml' },
    body: '<Error/>',
  });
  expect(await failureOf(dataset.hub.commit(COMMIT, never))).toMatchObject({ kind: 'unavailable' });
  expect(dataset.double.commits).toEqual([]);
});

test('a connection that is cut is a network failure', async () => {
  expect(await refused({ kind: 'cut' })).toMatchObject({
    kind: 'network',
    message: expect.stringContaining('127.0.0.1'),
  });
});

test('a Hub that is not there is a network failure', async () => {
  const dataset = await aDataset();
  await dataset[Symbol.asyncDispose]();
  expect(await failureOf(dataset.hub.hashes(['a'], never))).toMatchObject({ kind: 'network' });
});

test('a Hub that never answers is given up on', async () => {
  await using dataset = await aDataset();
  dataset.double.fail('commit', { kind: 'silence' });
  const arrived = dataset.double.arrival('commit');
  const failure = failureOf(dataset.hub.commit(COMMIT, never));
  await arrived;
  await dataset.clock.advance(120_000);
  expect(await failure).toMatchObject({
    kind: 'network',
    message: expect.stringContaining('no answer from 127.0.0.1'),
  });
  expect(dataset.clock.sleeping).toBe(0);
});

test('being told to stop ends a call at once', async () => {
  await using dataset = await aDataset();
  dataset.double.fail('commit', { kind: 'silence' });
  const stop = new AbortController();
  const arrived = dataset.double.arrival('commit');
  const failure = failureOf(dataset.hub.commit(COMMIT, stop.signal));
  await arrived;
  stop.abort();
  expect(await failure).toMatchObject({ kind: 'aborted' });
});

test.each([
  ['a web page', 'paths-info', '<!doctype html><title>Welcome to our Wi-Fi</title>'],
  ['no list', 'paths-info', '{"paths":[]}'],
  ['a list of nothing', 'paths-info', '[null]'],
  ['an entry without a hash', 'paths-info', '[{"path":"a","type":"file","size":1}]'],
  ['a hash that is none', 'paths-info', '[{"path":"a","type":"file","size":1,"oid":"../../etc"}]'],
  ['an empty object', 'commit', '{}'],
  ['null', 'commit', 'null'],
  ['no files', 'preupload', '{}'],
  ['an object nobody asked for', 'batch', '{"transfer":"basic","objects":[{"oid":"ff","size":1}]}'],
] as const)('an answer that is %s (%s) means that we do not know', async (_what, step, body) => {
  await using dataset = await aDataset();
  dataset.double.fail(step, { kind: 'answer', status: 200, body });
  const call = step === 'paths-info' ? dataset.hub.hashes(['a'], never) : dataset.hub.commit(COMMIT, never);
  expect(await failureOf(call)).toMatchObject({ name: 'HubFailure', kind: 'unavailable' });
});

test('a file that the storage refuses inside a good answer is a failure of its status', async () => {
  await using dataset = await aDataset();
  const body = JSON.stringify({ objects: [{ oid: '0', size: 10, error: { code: 422, message: 'quota' } }] });
  const oid = new Bun.CryptoHasher('sha256').update('PAR1 shard').digest('hex');
  dataset.double.fail('batch', { kind: 'answer', status: 200, body: body.replace('"0"', `"${oid}"`) });
  expect(await failureOf(dataset.hub.commit(COMMIT, never))).toMatchObject({
    kind: 'rejected',
    message: expect.stringContaining('quota'),
  });
});

test('no message carries a token, however the Hub echoes it', async () => {
  for (const echo of [TOKEN, `${'x'.repeat(290)}${TOKEN}`, encodeURIComponent(TOKEN), btoa(TOKEN), `Bearer ${TOKEN}`]) {
    for (const status of [400, 401, 403, 404, 409, 429, 500]) {
      const failure = await refused({ kind: 'answer', status, body: JSON.stringify({ error: `bad: ${echo}` }) });
      expect(failure.kind).not.toBe('network');
      expect(failure.message).not.toContain(TOKEN.slice(3, 11));
      expect(failure.message).not.toContain(btoa(TOKEN).slice(4, 14));
    }
  }
});

test('a message is one short line, whatever the Hub sends', async () => {
  const body = JSON.stringify({ error: `\u001b[2J\n${'long '.repeat(10_000)}` });
  const { message } = await refused({ kind: 'answer', status: 500, body });
  expect(message).toStartWith('the Hub answered 500: \\x1b[2J\\nlong');
  expect(message.length).toBeLessThan(400);
});

test('a dataset that is missing is created, private, when first asked for', async () => {
  await using dataset = await aDataset({ exists: false });
  expect(await dataset.hub.hashes(['a'], never)).toEqual(new Map());
  const created = dataset.double.requests.filter(({ step }) => step === 'create').map(({ body }) => JSON.parse(body));
  expect(created).toEqual([{ name: 'metrics', organization: 'acme', type: 'dataset', visibility: 'private' }]);
  const fields = { dataset: REPO, visibility: 'private' };
  expect(dataset.log.lines).toContainEqual(expect.objectContaining({ level: 'info', fields }));
});

test('a dataset that is missing is created public where we are told so', async () => {
  await using dataset = await aDataset({ exists: false, isPublic: true });
  await dataset.hub.hashes(['a'], never);
  const [created] = dataset.double.requests.filter(({ step }) => step === 'create');
  expect(JSON.parse(created!.body)).toMatchObject({ visibility: 'public' });
});

test('a text is asked for once, with the token', async () => {
  await using dataset = await aDataset();
  await dataset.hub.commit({ ...COMMIT, files: [{ path: 'README.md', bytes: Buffer.from('# Card') }] }, never);
  const before = dataset.double.requests.length;
  expect(await dataset.hub.text('README.md', never)).toBe('# Card');
  const asked = dataset.double.requests.slice(before).map(({ step, authorization }) => [step, authorization]);
  expect(asked).toEqual([['raw', `Bearer ${TOKEN}`]]);
});

test('bytes that are no text are an answer that cannot be understood', async () => {
  await using dataset = await aDataset();
  await dataset.hub.commit(
    { ...COMMIT, files: [{ path: 'README.md', bytes: Buffer.from([0xff, 0xfe, 0x41]) }] },
    never,
  );
  expect(await failureOf(dataset.hub.text('README.md', never))).toMatchObject({ kind: 'unavailable' });
});

test('a dataset that was there and is gone is not made anew', async () => {
  await using dataset = await aDataset();
  await dataset.hub.hashes(['a'], never);
  dataset.double.fail('paths-info', { kind: 'answer', status: 404 });
  expect(await failureOf(dataset.hub.hashes(['a'], never))).toMatchObject({ kind: 'not_found' });
  expect(dataset.double.requests.filter(({ step }) => step === 'create')).toEqual([]);
});

test('a dataset that is there but hidden from the token is said to be so', async () => {
  await using dataset = await aDataset();
  const hidden: Fault = { kind: 'answer', status: 404, headers: { 'x-error-code': 'RepoNotFound' } };
  dataset.double.fail('paths-info', hidden, hidden);
  expect(await failureOf(dataset.hub.hashes(['a'], never))).toMatchObject({
    kind: 'not_found',
    message: expect.stringContaining('may not see it'),
  });
});

test('a token that may not create the missing dataset is told so', async () => {
  await using dataset = await aDataset({ exists: false });
  dataset.double.fail('create', { kind: 'answer', status: 403 });
  expect(await failureOf(dataset.hub.hashes(['a'], never))).toMatchObject({
    kind: 'forbidden',
    message: expect.stringContaining('may not create datasets of acme'),
  });
});
