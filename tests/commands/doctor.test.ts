import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Check } from '../../src/commands/check.ts';
import { doctor, doctorCommand } from '../../src/commands/doctor.ts';
import { checkInstrument, type MeasureInstrument, measureInstrument } from '../../src/commands/instrument-check.ts';
import { checkClock, judgeDisk } from '../../src/commands/machine-checks.ts';
import type { MomentError } from '../../src/domain/types.ts';
import { aMomentError, TOKEN } from '../support/builders.ts';

const ROOT = join(import.meta.dir, '../..');
const HUB_TOKEN = 'hf_ZyXwVuTsRqPoNmLkJiHgFeDcBa98765432';
const NOON = 'Mon, 03 Aug 2026 12:00:00 GMT';
const AT_NOON_MS = Date.parse(NOON) + 500;

type Answer = (request: Request) => Response | Promise<Response>;
const ACE = { type: 'user', name: 'ace', orgs: [{ name: 'acme' }], auth: { accessToken: { role: 'write' } } };

/** A Hub and router in one, on loopback; each path answers as the test says. */
let answers: Record<string, Answer>;
let server: ReturnType<typeof Bun.serve>;
let errors: readonly MomentError[];
let seen: { readonly path: string; readonly authorization: string | null }[];

beforeEach(() => {
  seen = [];
  errors = [aMomentError({ p99Ms: 1.26 })];
  answers = {
    '/api/models': () => Response.json([], { headers: { date: NOON } }),
    '/v1/models': () => Response.json({ data: [] }),
    '/api/whoami-v2': () => Response.json(ACE),
    '/api/datasets/acme/metrics': () => Response.json({ id: 'acme/metrics' }),
  };
  server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      const path = new URL(request.url).pathname;
      seen.push({ path, authorization: request.headers.get('authorization') });
      return answers[path]?.(request) ?? new Response('not found', { status: 404 });
    },
  });
});
afterEach(() => server.stop(true));

const environment = (overrides: Record<string, string | undefined> = {}) => ({
  HF_TOKEN: TOKEN,
  HF_HUB_TOKEN: HUB_TOKEN,
  HF_DATASET_REPO_ID: 'acme/metrics',
  HF_ENDPOINT: server.url.origin,
  HF_ROUTER_ENDPOINT: server.url.origin,
  DATA_DIR: '/tmp/not-there/data',
  ...overrides,
});

const examine = (overrides: Record<string, string | undefined> = {}) =>
  doctor(
    { environment: environment(overrides), baseDir: ROOT, stop: new AbortController().signal },
    { fetch, nowMs: () => AT_NOON_MS, measureInstrument: async () => errors },
  );

const about = (checks: readonly Check[], name: string) => checks.find((check) => check.name === name)!;
const withOwner = (owner: object) => {
  answers['/api/whoami-v2'] = () => Response.json(owner);
};
const fineGrained = (scoped: readonly object[], global: readonly string[] = []) => ({
  ...ACE,
  auth: { accessToken: { role: 'fineGrained', fineGrained: { global, scoped } } },
});

describe('the doctor', () => {
  test('finds nothing where nothing is wrong', async () => {
    const checks = await examine();

    expect(
      checks.filter(({ name }) => name !== 'disk').map(({ name, state, finding }) => [name, state, finding]),
    ).toEqual([
      ['settings', 'ok', 'complete; pushes to acme/metrics'],
      ['mapping', 'ok', '15 providers have a route of their own, others the unified one'],
      ['hub', 'ok', `${server.url.origin} answers in 0 ms`],
      ['clock', 'ok', "agrees with the Hub's within 2 s"],
      ['router', 'ok', `${server.url.origin} answers in 0 ms`],
      ['HF_TOKEN', 'ok', 'belongs to ace (write)'],
      ['HF_HUB_TOKEN', 'ok', 'belongs to ace (write)'],
      ['write right', 'ok', 'HF_HUB_TOKEN may write to acme/metrics'],
      ['dataset', 'ok', 'acme/metrics is there'],
      ['instrument', 'ok', 'moments are exact to 1.3 ms (p99), half of them to 0.1 ms'],
    ]);
    expect(about(checks, 'disk').finding).toEndWith(' free in DATA_DIR');
  });

  test('shows each token only to those who ask for it', async () => {
    await examine();

    const pairs = seen.flatMap(({ path, authorization }) => (authorization ? [`${path} ${authorization}`] : []));
    expect(pairs.sort()).toEqual([
      `/api/datasets/acme/metrics Bearer ${HUB_TOKEN}`,
      `/api/whoami-v2 Bearer ${TOKEN}`,
      `/api/whoami-v2 Bearer ${HUB_TOKEN}`,
    ]);
  });

  test('with PUSH=off nothing about pushing is looked at', async () => {
    const checks = await examine({ PUSH: 'off', HF_HUB_TOKEN: undefined, HF_DATASET_REPO_ID: undefined });

    expect(about(checks, 'settings').finding).toBe('complete; PUSH=off: nothing is pushed');
    expect(checks.map(({ name }) => name)).not.toContain('dataset');
  });

  test('a missing setting is a failure, and the rest is checked all the same', async () => {
    const checks = await examine({ HF_TOKEN: undefined });

    expect(checks[0]).toMatchObject({ name: 'settings', state: 'fail' });
    expect(checks[0]?.finding).toStartWith('HF_TOKEN is required');
    expect(about(checks, 'write right').state).toBe('ok');
  });

  test('with settings that make no sense only they are reported, the likely typing error beside them', async () => {
    const checks = await examine({ LOG_LEVEL: 'loud', PROBE_RETRYS: '3' });

    expect(checks.map(({ name, state }) => [name, state])).toEqual([
      ['settings', 'fail'],
      ['settings', 'warn'],
    ]);
    expect(checks[1]?.finding).toContain('did you mean PROBE_RETRIES?');
    expect(seen).toEqual([]);
  });

  test('a missing mapping file is a failure', async () => {
    const [check] = await examine({ PROVIDER_ENDPOINT_MAPPING_PATH: 'nowhere.json' });

    expect(check).toMatchObject({ state: 'fail' });
    expect(check?.finding).toContain('nowhere.json');
  });

  test('an endpoint that is not there is a failure, and the tokens are left undecided', async () => {
    server.stop(true);

    const checks = await examine();

    expect(about(checks, 'hub')).toMatchObject({ state: 'fail', mend: expect.stringContaining('HF_ENDPOINT') });
    expect(about(checks, 'router')).toMatchObject({
      state: 'fail',
      mend: expect.stringContaining('HF_ROUTER_ENDPOINT'),
    });
    expect(about(checks, 'HF_TOKEN').state).toBe('warn');
  });

  test('a token that the Hub does not know is a failure', async () => {
    answers['/api/whoami-v2'] = () => Response.json({ error: 'Invalid credentials' }, { status: 401 });

    const checks = await examine();

    expect(about(checks, 'HF_TOKEN')).toMatchObject({
      state: 'fail',
      mend: expect.stringContaining('settings/tokens'),
    });
    expect(about(checks, 'HF_HUB_TOKEN').state).toBe('fail');
  });

  test.each([
    ['may only read', { ...ACE, auth: { accessToken: { role: 'read' } } }, 'fail'],
    ['may write nowhere', fineGrained([{ entity: { name: 'acme' }, permissions: ['repo.content.read'] }]), 'fail'],
    ['may write elsewhere', fineGrained([{ entity: { name: 'other' }, permissions: ['repo.write'] }]), 'warn'],
    ['may write for the organisation', fineGrained([{ entity: { name: 'acme' }, permissions: ['repo.write'] }]), 'ok'],
    [
      'may write to the dataset',
      fineGrained([{ entity: { name: 'acme/metrics' }, permissions: ['repo.write'] }]),
      'ok',
    ],
    ['is of somebody else', { ...ACE, orgs: [] }, 'warn'],
    ['is not told of', { ...ACE, auth: {} }, 'warn'],
  ] as const)('a Hub token that %s: write right', async (_what, owner, state) => {
    withOwner(owner);

    expect(about(await examine(), 'write right').state).toBe(state);
  });

  test.each([
    ['without the permission', fineGrained([{ entity: { name: 'ace' }, permissions: ['repo.write'] }]), 'fail'],
    ['with it', fineGrained([{ entity: { name: 'ace' }, permissions: ['inference.serverless.write'] }]), 'ok'],
    ['with it everywhere', fineGrained([], ['inference.serverless.write']), 'ok'],
  ] as const)('a fine-grained HF_TOKEN %s to call Inference Providers', async (_what, owner, state) => {
    withOwner(owner);

    expect(about(await examine(), 'HF_TOKEN').state).toBe(state);
  });

  test.each([[() => Response.json(['nobody'])], [() => new Response('<html>')], [() => Response.json({ name: 7 })]])(
    'an answer about a token that makes no sense decides nothing',
    async (answer) => {
      answers['/api/whoami-v2'] = answer;

      expect(about(await examine(), 'HF_TOKEN').state).toBe('warn');
    },
  );

  describe('where the dataset is not there yet', () => {
    let created: unknown[];
    beforeEach(() => {
      created = [];
      delete answers['/api/datasets/acme/metrics'];
      answers['/api/repos/create'] = async (request) => {
        created.push(await request.json());
        return Response.json({ url: 'https://hub.example/datasets/acme/metrics', name: 'acme/metrics', id: 'x' });
      };
    });

    test.each([
      ['off', 'private'],
      ['on', 'public'],
    ])('it is created, and that is said; with HF_DATASET_PUBLIC=%s it is %s', async (setting, visibility) => {
      const check = about(await examine({ HF_DATASET_PUBLIC: setting }), 'dataset');

      expect(check).toMatchObject({
        state: 'ok',
        finding: `acme/metrics was not there; it was created now, ${visibility}`,
      });
      expect(created).toEqual([{ name: 'metrics', organization: 'acme', type: 'dataset', visibility }]);
    });

    test('a token that may not create it is a failure, with a way out', async () => {
      answers['/api/repos/create'] = () => Response.json({ error: 'no' }, { status: 403 });

      expect(about(await examine(), 'dataset')).toMatchObject({
        state: 'fail',
        finding: expect.stringContaining('may not create datasets of acme'),
        mend: expect.stringContaining('by hand'),
      });
    });

    test('a token that may not write is not tried', async () => {
      withOwner({ ...ACE, auth: { accessToken: { role: 'read' } } });

      expect(about(await examine(), 'dataset').state).toBe('warn');
      expect(created).toEqual([]);
    });
  });

  test.each([
    [true, 'off', 'ok', 'acme/metrics is there, private'],
    [false, 'off', 'ok', 'acme/metrics is there, public'],
    [false, 'on', 'ok', 'acme/metrics is there, public'],
    [true, 'on', 'warn', 'acme/metrics is there and private, though HF_DATASET_PUBLIC is on'],
  ] as const)('a dataset with private: %p and HF_DATASET_PUBLIC=%s: %s', async (hidden, setting, state, finding) => {
    answers['/api/datasets/acme/metrics'] = () => Response.json({ id: 'acme/metrics', private: hidden });

    expect(about(await examine({ HF_DATASET_PUBLIC: setting }), 'dataset')).toMatchObject({ state, finding });
  });
});

describe('the clock', () => {
  test.each([
    [1_900, 'ok', "agrees with the Hub's within 2 s"],
    [-1_900, 'ok', "agrees with the Hub's within 2 s"],
    [5_000, 'warn', "is 5 s ahead of the Hub's"],
    [-5_000, 'warn', "is 5 s behind the Hub's"],
    [61_000, 'fail', "is 1 min 1 s ahead of the Hub's"],
  ])('%d ms off is judged', (offMs, state, finding) => {
    expect(checkClock(NOON, AT_NOON_MS + offMs)).toMatchObject({ state, finding });
  });

  test.each([null, 'yesterday'])('a Date header of %p decides nothing', (date) => {
    expect(checkClock(date, AT_NOON_MS).state).toBe('warn');
  });
});

test.each([
  [99e6, 'fail', '99.0 MB free in DATA_DIR'],
  [500e6, 'warn', '500.0 MB free in DATA_DIR'],
  [25e9, 'ok', '25.0 GB free in DATA_DIR'],
])('%d free bytes are judged', (bytes, state, finding) => {
  expect(judgeDisk(bytes)).toMatchObject({ state, finding });
});

describe('the instrument', () => {
  const checked = (measure: MeasureInstrument) => checkInstrument(measure, new AbortController().signal);

  test('whose error is past 5 ms, or unknown, is a warning: the provider is not slow, this machine is', async () => {
    for (const p99Ms of [5.1, null]) {
      const check = await checked(async () => [aMomentError({ p99Ms })]);
      expect(check).toMatchObject({ state: 'warn', mend: expect.stringContaining('this machine is busy') });
    }
    expect((await checked(async () => [aMomentError({ p99Ms: 5 })])).state).toBe('ok');
  });

  test('that cannot be measured is a warning with its reason', async () => {
    const check = await checked(() => Promise.reject(new Error('the calibration server did not come up')));
    expect(check).toMatchObject({
      state: 'warn',
      finding: 'cannot be measured: the calibration server did not come up',
    });
  });

  test('is measured for real, by a short calibration', async () => {
    const errors = await measureInstrument(new AbortController().signal);
    expect(errors.find(({ moment }) => moment === 'all')).toMatchObject({ p99Ms: expect.any(Number) });
  });
});

describe('the command', () => {
  const run = async (flags: Record<string, boolean>, overrides: Record<string, string | undefined> = {}) => {
    const written: string[] = [];
    const output = { write: (text: string) => written.push(text) };
    const code = await doctorCommand.run([], flags, {
      environment: environment(overrides),
      baseDir: ROOT,
      stdout: output,
      stderr: output,
      stop: new AbortController().signal,
    });
    return { code, text: written.join('') };
  };

  test('shows a sign, a name and a sentence for each check, how to mend it below, and fails with the first failure', async () => {
    const { code, text } = await run({}, { HF_DATASET_REPO_ID: undefined });

    expect(code).toBe(1);
    expect(text).toStartWith('✕ settings      HF_DATASET_REPO_ID is required to push');
    expect(text).toContain('\n                → edit .env beside index.ts');
    expect(text).toContain('\n✓ router        http');
  });

  test('with --json each check is a line', async () => {
    const { text } = await run({ json: true });

    const [first] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toEqual({ name: 'settings', state: 'ok', finding: 'complete; pushes to acme/metrics', mend: null });
  });

  test('no token gets out, whatever the Hub answers', async () => {
    answers['/api/whoami-v2'] = ({ headers }) => Response.json({ ...ACE, name: headers.get('authorization') });

    const { text } = await run({ json: true });

    expect(text).toContain('[MASKED]');
    expect(text).not.toContain(TOKEN.slice(3, 12));
    expect(text).not.toContain(HUB_TOKEN.slice(3, 12));
  });
});
