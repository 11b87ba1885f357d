import { describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { ConfigError, type Need, parseConfig } from '../src/config.ts';
import { SETTING_KEYS } from '../src/environment.ts';
import { createRedactor } from '../src/lib/redact.ts';

const ROOT = join(import.meta.dir, '..');
const REQUIRED = { HF_TOKEN: 'hf_inference', HF_HUB_TOKEN: 'hf_writing', HF_DATASET_REPO_ID: 'acme/metrics' };
const EVERYTHING: Need = { inference: true, hub: true };

const parsed = (environment: Record<string, string | undefined>) =>
  parseConfig({ ...REQUIRED, ...environment }, { baseDir: ROOT, need: EVERYTHING });

function refused(environment: Record<string, string | undefined>, need: Need = EVERYTHING): ConfigError {
  try {
    parseConfig(environment, { baseDir: ROOT, need });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

const problemsOf = (environment: Record<string, string | undefined>) =>
  refused({ ...REQUIRED, ...environment }).problems;

describe('settings', () => {
  test('the required three are enough; everything else has a default', () => {
    const config = parsed({});

    expect(config.catalog).toEqual({
      hubEndpoint: 'https://huggingface.co',
      routerEndpoint: 'https://router.huggingface.co',
      modelsToFetch: 5,
      models: [],
    });
    expect(config.probe).toMatchObject({
      token: 'hf_inference',
      billTo: null,
      mode: 'stream',
      prompt: 'Solve this: 123/2*3.2*9',
      expected: '1771.2',
      maxTokens: 4096,
      retries: 2,
      limits: { connectMs: 10_000, firstTokenMs: 120_000, stallMs: 30_000, totalMs: 300_000 },
      controlUrls: ['https://huggingface.co', 'https://www.gstatic.com/generate_204'],
      loopLagLimitMs: 50,
    });
    expect(config.schedule).toEqual({
      intervalMs: 1_800_000,
      concurrency: 32,
      concurrencyPerProvider: 4,
      shutdownGraceMs: 20_000,
      budgetUsdPerDay: null,
    });
    expect(config.push).toEqual({
      token: 'hf_writing',
      repo: 'acme/metrics',
      hubEndpoint: 'https://huggingface.co',
      isPublic: false,
      csvFilename: 'metrics.csv',
      everyCycles: 6,
    });
    expect(config).toMatchObject({ logLevel: 'info', location: 'local', warnings: [] });
  });

  test('paths start from the folder of the entry file', () => {
    const { store } = parsed({ DATA_DIR: 'elsewhere/data', LOCAL_CSV_PATH: '/var/buffer.csv' });

    expect(store).toEqual({ dataDir: join(ROOT, 'elsewhere/data'), csvPath: '/var/buffer.csv' });
  });

  test('.env.example has the keys of the parser in its order, with their defaults', () => {
    const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
    const values = parse(example);

    expect(Object.keys(values)).toEqual([...SETTING_KEYS]);
    expect(parsed({ ...values, ...REQUIRED })).toEqual(parsed({}));
  });

  test('.env.example says on the line above each key whether it is required, or its default', () => {
    const lines = readFileSync(join(ROOT, '.env.example'), 'utf8').split('\n');
    const values = parse(lines.join('\n'));
    const silent = SETTING_KEYS.filter((key) => {
      const comment = lines[lines.findIndex((line) => line.startsWith(`${key}=`)) - 1] ?? '';
      const said =
        values[key] === '' ? /^# .*(Required|Default: )/.test(comment) : comment.endsWith(`Default: ${values[key]}.`);
      return !said;
    });

    expect(silent).toEqual([]);
  });

  test('blank means absent, and white space around a value is not part of it', () => {
    const config = parsed({ SCHEDULE_INTERVAL_SECONDS: '  ', MODELS: '', HF_TOKEN: ' hf_spaced\n' });

    expect(config.schedule.intervalMs).toBe(1_800_000);
    expect(config.probe.token).toBe('hf_spaced');
  });

  test('nothing set: what is required is said, and how to look around without a token', () => {
    const { problems } = refused({});

    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(Object.keys(REQUIRED));
    expect(problems[0]).toContain('npm run demo');
  });

  test('a command that asks nobody and pushes nothing needs neither token', () => {
    const config = parseConfig({}, { baseDir: ROOT, need: { inference: false, hub: false } });

    expect(config.probe.token).toBeNull();
    expect(config.push).toBeNull();
    expect(config.mapping.get('*')).toBe('https://router.huggingface.co/v1/chat/completions');
  });

  test('with PUSH=off no Hub setting is required and nothing is pushed', () => {
    const config = parseConfig({ HF_TOKEN: 'hf_inference', PUSH: 'off' }, { baseDir: ROOT, need: EVERYTHING });

    expect(config.push).toBeNull();
  });

  test('every problem is reported at once, by key', () => {
    const { problems } = refused({
      SCHEDULE_INTERVAL_SECONDS: '5',
      LOG_LEVEL: 'loud',
      PUSH: 'no',
      LOCATION: '../home',
    });

    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'HF_TOKEN',
      'HF_HUB_TOKEN',
      'HF_DATASET_REPO_ID',
      'SCHEDULE_INTERVAL_SECONDS',
      'LOG_LEVEL',
      'PUSH',
      'LOCATION',
    ]);
  });

  test.each([
    ['HF_DATASET_REPO_ID', 'metrics', 'HF_DATASET_REPO_ID must be a dataset as owner/name, not "metrics"'],
    [
      'HF_DATASET_TARGET_FILENAME',
      '../metrics.csv',
      'HF_DATASET_TARGET_FILENAME must be a path in the dataset (parts of letters, digits, ".", "_", "-"; not in data/, csv/, daily/, not its README.md), or off, not "../metrics.csv"',
    ],
    [
      'SCHEDULE_INTERVAL_SECONDS',
      '9',
      'SCHEDULE_INTERVAL_SECONDS must be a whole number of seconds from 10 to 604800, not "9"',
    ],
    ['PUSH_INTERVAL_CYCLES', '0', 'PUSH_INTERVAL_CYCLES must be a whole number of cycles from 1 to 100000, not "0"'],
    ['MODELS_TO_FETCH', '1.5', 'MODELS_TO_FETCH must be a whole number of models from 0 to 500, not "1.5"'],
    ['MAX_TOKENS_DEFAULT', '1e3', 'MAX_TOKENS_DEFAULT must be a whole number of tokens from 1 to 1000000, not "1e3"'],
    ['LOG_LEVEL', 'INFO', 'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, not "INFO"'],
    ['PUSH', 'false', 'PUSH must be one of on, off, not "false"'],
    ['HF_BILL_TO', 'a\nb', 'HF_BILL_TO must be the name of an organisation, not "a\\nb"'],
    ['MODELS', 'acme/a, b', 'MODELS must be a comma list of models as org/name, not "acme/a, b"'],
    ['PROBE_MODE', 'fast', 'PROBE_MODE must be one of stream, plain, not "fast"'],
    ['PROBE_EXPECTED', 'many', 'PROBE_EXPECTED must be the number in which a right answer ends, not "many"'],
    ['PROBE_CONCURRENCY', '0', 'PROBE_CONCURRENCY must be a whole number of probes from 1 to 1000, not "0"'],
    ['PROBE_RETRIES', '-1', 'PROBE_RETRIES must be a whole number of retries from 0 to 10, not "-1"'],
    [
      'CONNECT_TIMEOUT_SECONDS',
      '0',
      'CONNECT_TIMEOUT_SECONDS must be a whole number of seconds from 1 to 3600, not "0"',
    ],
    [
      'LOCATION',
      '/home/me',
      'LOCATION must be at most 64 of a-z, 0-9, ".", "_" and "-", a letter or digit first (it is published), not "/home/me"',
    ],
    ['LOOP_LAG_LIMIT_MS', 'x', 'LOOP_LAG_LIMIT_MS must be a whole number of milliseconds from 1 to 60000, not "x"'],
    ['BUDGET_USD_PER_DAY', '-1', 'BUDGET_USD_PER_DAY must be an amount in USD from 0 to 1000000, like 0.50, not "-1"'],
    ['PORT', '65536', 'PORT must be a TCP port, 0 to 65535, not "65536"'],
    ['HOST', 'http://me', 'HOST must be an address of this machine, or a name of it, not "http://me"'],
    ['BUDGET_USD_PER_DAY', '5$', 'BUDGET_USD_PER_DAY must be an amount in USD from 0 to 1000000, like 0.50, not "5$"'],
  ])('%s=%p is refused with what is allowed', (key, value, message) => {
    expect(problemsOf({ [key]: value })).toEqual([message]);
  });

  test.each([
    ['HF_TOKEN', 'my secret token'],
    ['HF_HUB_TOKEN', 'sk-my-secret-token'],
    ['HF_ENDPOINT', 'https://me:my-secret@hub.example'],
    ['HF_ROUTER_ENDPOINT', 'http://router.example/my-secret'],
    ['CONTROL_URLS', 'https://me:my-secret@host.example'],
    ['ADMIN_TOKEN', 'my-secret-is-too-short'],
    ['HTTPS_PROXY', 'socks5://me:my-secret@proxy.example'],
  ])('what %s holds is never repeated', (key, value) => {
    const [problem, ...others] = problemsOf({ [key]: value });

    expect(others).toEqual([]);
    expect(problem).toStartWith(`${key} must be `);
    expect(problem).not.toContain('secret');
  });

  test('a token in the wrong place is not repeated either', () => {
    const token = 'hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567';

    expect(problemsOf({ HF_DATASET_REPO_ID: token }).join()).not.toContain(token.slice(3, 20));
  });

  test.each([
    'http://hub.example',
    'https://hub.example/path',
    'https://hub.example?q',
    'file:///etc/passwd',
    'hub.example',
  ])('the endpoint %s is refused', (endpoint) => {
    expect(problemsOf({ HF_ENDPOINT: endpoint })).toEqual([
      'HF_ENDPOINT must be an https origin (http only to this machine) without path, user name or password',
    ]);
  });

  test('an endpoint may be plain http on this machine; then the Hub alone tells whether we are online', () => {
    const config = parsed({ HF_ENDPOINT: 'http://127.0.0.1:8080/', HF_ROUTER_ENDPOINT: 'http://localhost:8081' });

    expect(config.catalog.hubEndpoint).toBe('http://127.0.0.1:8080');
    expect(config.probe.controlUrls).toEqual(['http://127.0.0.1:8080']);
    expect(config.mapping.get('groq')).toBe('http://localhost:8081/groq/openai/v1/chat/completions');
  });

  test('pages are served to this machine alone, and nobody administers, unless it is said otherwise', () => {
    const alone = { adminToken: null, publicUrl: null, embedIn: [], trustedProxies: [] };
    expect(parsed({}).web).toEqual({ port: 7860, host: '127.0.0.1', ...alone });
    expect(parsed({ PORT: '0', HOST: '::', ADMIN_TOKEN: '   ' }).web).toEqual({ port: 0, host: '::', ...alone });
  });

  test('where readers find us is an address with or without a prefix, and no secret in it', () => {
    const publicUrl = (PUBLIC_URL: string) => parsed({ PUBLIC_URL }).web.publicUrl;
    expect(publicUrl('https://status.example')).toBe('https://status.example');
    expect(publicUrl('https://Status.example:8443/tracker/')).toBe('https://status.example:8443/tracker');
    expect(publicUrl('http://intranet/a/b-c')).toBe('http://intranet/a/b-c');

    const wrong = [
      'status.example',
      'ftp://status.example',
      'https://me:pw@status.example',
      'https://status.example/?a',
    ];
    for (const PUBLIC_URL of [...wrong, 'https://status.example/#a', 'https://status.example/a%22b', 'https://a//b'])
      expect(problemsOf({ PUBLIC_URL })).toEqual([expect.stringMatching(/^PUBLIC_URL must be an http or https URL/)]);
  });

  test('hosts that may frame us, and proxies that are believed, are comma lists', () => {
    const { web } = parsed({
      EMBED_IN: 'huggingface.co, *.example.org:8443',
      TRUSTED_PROXIES: 'loopback,private, 192.0.2.0/24 ,2001:db8::1',
    });
    expect(web.embedIn).toEqual(['huggingface.co', '*.example.org:8443']);
    expect(web.trustedProxies).toEqual(['loopback', 'private', '192.0.2.0/24', '2001:db8::1']);

    for (const EMBED_IN of ['https://huggingface.co', "'self'", '*', 'a b', 'a;b'])
      expect(problemsOf({ EMBED_IN })).toEqual([expect.stringMatching(/^EMBED_IN must be a comma list of hosts/)]);
    for (const TRUSTED_PROXIES of ['all', '0.0.0.0/33', '10.0.0.0/x', '1.2.3', '10.0.0.0/8/8'])
      expect(problemsOf({ TRUSTED_PROXIES })).toEqual([expect.stringMatching(/^TRUSTED_PROXIES must be a comma list/)]);
  });

  test('the token of the administrator is a secret', () => {
    const ADMIN_TOKEN = 'a-token-of-the-administrator';

    expect(parsed({ ADMIN_TOKEN }).web.adminToken).toBe(ADMIN_TOKEN);
    expect(parsed({ ADMIN_TOKEN }).secrets).toContain(ADMIN_TOKEN);
    expect(problemsOf({ LOCATION: ADMIN_TOKEN.toUpperCase(), ADMIN_TOKEN }).join()).not.toContain(ADMIN_TOKEN);
  });

  test('MODELS is a comma list without repetitions', () => {
    expect(parsed({ MODELS: ' acme/a, acme/B-2 ,,acme/a' }).catalog.models).toEqual(['acme/a', 'acme/B-2']);
  });

  test('no trending models and none by name leaves nothing to ask', () => {
    expect(problemsOf({ MODELS_TO_FETCH: '0' })).toEqual([
      'MODELS_TO_FETCH is 0 and MODELS is blank: there is nothing to ask; give one of them',
    ]);
  });

  test('a concurrency per provider of 0 is no limit, and a target file name of off is none', () => {
    const config = parsed({ PROBE_CONCURRENCY_PER_PROVIDER: '0', HF_DATASET_TARGET_FILENAME: 'off' });

    expect(config.schedule.concurrencyPerProvider).toBeNull();
    expect(config.push?.csvFilename).toBeNull();
  });

  test('the proxy variables are read in either case, the small one first; their passwords are secrets', () => {
    const config = parsed({
      HTTPS_PROXY: 'http://big.example:1',
      https_proxy: 'http://me:pass%21word@small.example:2',
      HTTP_PROXY: 'proxy.example:3128',
      NO_PROXY: 'localhost,.example',
    });

    expect(config.proxy).toEqual({
      httpsProxy: 'http://me:pass%21word@small.example:2/',
      httpProxy: 'http://proxy.example:3128/',
      noProxy: 'localhost,.example',
    });
    expect(config.secrets).toEqual(['hf_inference', 'hf_writing', 'pass%21word', 'pass!word']);
  });

  test('pushes so often that the Hub would refuse them are warned about, but not those to a Hub on this machine', () => {
    const often = { SCHEDULE_INTERVAL_SECONDS: '60', PUSH_INTERVAL_CYCLES: '4' };

    expect(parsed(often).warnings[0]).toContain('a push every 240 s');
    expect(parsed({ ...often, PUSH_INTERVAL_CYCLES: '5' }).warnings).toEqual([]);
    expect(parsed({ ...often, PUSH: 'off' }).warnings).toEqual([]);
    expect(parsed({ ...often, HF_ENDPOINT: 'http://127.0.0.1:8080' }).warnings).toEqual([]);
    expect((31 * 24 * 3600) / 300).toBeLessThan(10_000);
  });

  test('a changed question without its answer is warned about', () => {
    expect(parsed({ PROBE_PROMPT: 'What is 6*7?' }).warnings[0]).toContain('PROBE_EXPECTED is not');
    expect(parsed({ PROBE_PROMPT: 'What is 6*7?', PROBE_EXPECTED: '42' }).warnings).toEqual([]);
  });
});

describe('alerts', () => {
  test('without a file nobody is told, and nobody hears the heart beat', () => {
    const config = parsed({});

    expect([config.alerts.channels, config.heartbeatUrl, config.alertSecrets]).toEqual([[], null, []]);
  });

  test('the URL of the heartbeat is masked in logs and never looked for in data', () => {
    const config = parsed({ HEARTBEAT_URL: 'https://hc.example/ping/8f14e45f-ceea' });

    expect(config.heartbeatUrl).toBe('https://hc.example/ping/8f14e45f-ceea');
    expect(config.alertSecrets).toEqual(['8f14e45f-ceea']);
    expect(config.secrets).not.toContain('8f14e45f-ceea');
  });

  test('problems of alerts.json are told with all others; no URL is repeated', () => {
    const problems = problemsOf({
      ALERTS_PATH: './alerts.example.json',
      HEARTBEAT_URL: 'http://hc.example/ping/8f14e45f',
      ALERT_SLACK_URL: 'http://hooks.slack.com/services/8f14e45f',
      LOG_LEVEL: 'loud',
    });

    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'LOG_LEVEL',
      'HEARTBEAT_URL',
      ...Array(6).fill('ALERTS_PATH'),
    ]);
    expect(problems[3]).toBe(
      'ALERTS_PATH (./alerts.example.json) channels.chat.urlFrom names ALERT_DISCORD_URL, which is not set',
    );
    expect(problems.join()).not.toContain('8f14e45f');
  });

  test('ALERTS_PATH=off reads no file', () => {
    expect(parsed({ ALERTS_PATH: 'off' }).alerts.channels).toEqual([]);
  });
});

describe('a shared database', () => {
  const DATABASE_URL = 'postgres://tracker:s3cret-word@db.example:5432/tracker';

  test('without one this process does everything, and keeps it in DATA_DIR', () => {
    expect(parsed({}).fleet).toBeNull();
  });

  test('with one it has every role, or those it is given', () => {
    expect([...parsed({ DATABASE_URL }).fleet!.roles]).toEqual(['schedule', 'probe', 'push', 'web']);
    expect([...parsed({ DATABASE_URL, ROLES: 'web, push' }).fleet!.roles]).toEqual(['web', 'push']);
  });

  test('who only asks needs no token of the Hub; who asks nothing needs none to ask with', () => {
    const environment = { DATABASE_URL, HF_TOKEN: 'hf_inference' };
    expect(parseConfig({ ...environment, ROLES: 'probe' }, { baseDir: ROOT, need: EVERYTHING }).push).toBeNull();
    expect(refused({ DATABASE_URL, ROLES: 'push' }).problems.map((text) => text.split(' ')[0])).toEqual([
      'HF_HUB_TOKEN',
      'HF_DATASET_REPO_ID',
    ]);
    expect(refused({ ...environment, ROLES: 'probe,push' }).problems).toHaveLength(2);
  });

  test('its password is never shown, also not where the URL is refused', () => {
    expect(parsed({ DATABASE_URL }).secrets).toEqual(expect.arrayContaining(['s3cret-word', ':s3cret-word@']));
    const problems = problemsOf({ DATABASE_URL: 'mysql://tracker:s3cret-word@db.example/tracker' });
    expect(problems).toEqual([
      'DATABASE_URL must be a PostgreSQL URL: postgres://user:password@host:port/database, with or without ?sslmode= as libpq names it',
    ]);
    expect(problemsOf({ DATABASE_URL: `${DATABASE_URL}?sslmode=verified` })).toEqual(problems);
  });

  test('where it is and what it is called are words that anybody may say', () => {
    const redact = createRedactor(parsed({ DATABASE_URL: 'postgres://tracker:own@127.0.0.1:5432/tracker' }).secrets);
    expect(redact('serving http://127.0.0.1:7860/tracker to its owner')).toBe(
      'serving http://127.0.0.1:7860/tracker to its owner',
    );
    expect(redact('postgres://tracker:own@127.0.0.1:5432/tracker')).toBe(
      'postgres://tracker[MASKED]127.0.0.1:5432/tracker',
    );
  });

  test('a connection that anybody on the way could take over is said to be one', () => {
    const warningsOf = (url: string) => parsed({ DATABASE_URL: url }).warnings;
    const isRisky = (query: string) => warningsOf(`${DATABASE_URL}?${query}`).length > 0;

    expect(['disable', 'allow', 'prefer', 'require'].filter((mode) => !isRisky(`sslmode=${mode}`))).toEqual([]);
    expect(['', 'sslmode=verify-ca', 'sslmode=verify-full'].filter(isRisky)).toEqual([]);
    expect(isRisky('sslmode=require&sslrootcert=system')).toBe(false);
    expect(warningsOf('postgres://tracker@127.0.0.1/tracker?sslmode=disable')).toEqual([]);
  });

  test('a root certificate that is not there is said before anything is asked, without the path', () => {
    const [problem, ...others] = problemsOf({ DATABASE_URL: `${DATABASE_URL}?sslrootcert=/nowhere/root.crt` });
    expect(others).toEqual([]);
    expect(problem).toStartWith('DATABASE_URL names a sslrootcert that is not there');
  });

  test('what makes no sense without or with it is refused', () => {
    expect(problemsOf({ ROLES: 'probe' })).toEqual([
      'ROLES divides the work of a fleet, and DATABASE_URL is blank: give it, or no ROLES',
    ]);
    expect(problemsOf({ DATABASE_URL, ROLES: 'probe,cook' })).toEqual([
      'ROLES must be a comma list of roles of schedule, probe, push, web, not "probe,cook"',
    ]);
    expect(problemsOf({ DATABASE_URL, IMPORT_AT_START: 'on' })).toHaveLength(1);
  });
});

describe('keys that are no settings', () => {
  test.each([
    ['BUDGET_USD_A_DAY', 'BUDGET_USD_A_DAY is no setting and has no effect'],
    ['PROBE_RETRYS', 'PROBE_RETRYS is no setting: did you mean PROBE_RETRIES?'],
    ['HF_HUB_TOKN', 'HF_HUB_TOKN is no setting: did you mean HF_HUB_TOKEN?'],
    ['LOG_LEVLE', 'LOG_LEVLE is no setting: did you mean LOG_LEVEL?'],
    ['SCHEDULE_CRON', 'SCHEDULE_CRON is no setting and has no effect'],
    ['HF_ORGANISATION', 'HF_ORGANISATION is no setting and has no effect'],
  ])('%s is warned about', (key, warning) => {
    expect(parsed({ [key]: '1' }).warnings).toEqual([warning]);
  });

  test.each([
    'HF_HOME',
    'HF_HUB_OFFLINE',
    'HF_HUB_DISABLE_XET',
    'HF_DATASETS_CACHE',
    'PATH',
    'HOME',
    'GH_TOKEN',
    'PWD',
    'MODEL',
  ])('%s of another program is passed over', (key) => {
    expect(parsed({ [key]: '1' }).warnings).toEqual([]);
  });

  test('a missing setting comes with the key that was probably meant for it', () => {
    const { problems, warnings } = refused({ ...REQUIRED, HF_TOKEN: undefined, HF_TOKNE: 'hf_x' });

    expect(problems).toHaveLength(1);
    expect(warnings).toEqual(['HF_TOKNE is no setting: did you mean HF_TOKEN?']);
  });
});

describe('the file of the mapping', () => {
  const withFile = <Result>(text: string, run: (path: string) => Result): Result => {
    const folder = mkdtempSync(join(tmpdir(), 'mapping-'));
    try {
      writeFileSync(join(folder, 'mapping.json'), text);
      return run(join(folder, 'mapping.json'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test('a missing file is an error, not an empty mapping', () => {
    expect(problemsOf({ PROVIDER_ENDPOINT_MAPPING_PATH: './nowhere.json' })).toEqual([
      'PROVIDER_ENDPOINT_MAPPING_PATH (./nowhere.json) names a file that is not there; it must be a JSON object of provider name → chat URL',
    ]);
  });

  test('its problems are reported together with those of the environment', () => {
    const problems = withFile('{\n  "groq": "nowhere"\n}', (path) =>
      problemsOf({ PUSH: 'no', PROVIDER_ENDPOINT_MAPPING_PATH: path }),
    );

    expect(problems).toHaveLength(2);
    expect(problems[1]).toContain('line 2: "groq" must be a URL');
  });
});
