import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path';
import { Glob } from 'bun';
import packageJson from '../package.json';
import { SETTING_KEYS } from '../src/environment.ts';
import { startWorld, type World } from '../src/sim/world.ts';
import { childEnvironment, settingsFor } from './e2e/program.ts';
import { type TempDir, tempDir } from './support/temp-dir.ts';

const ROOT = join(import.meta.dir, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Instructions of the Dockerfile in order, with their words; the last stage alone is what runs. */
const INSTRUCTIONS = read('Dockerfile')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => ({ name: line.split(' ')[0]!, words: line.split(/\s+/).slice(1) }));
const LAST_STAGE = INSTRUCTIONS.slice(INSTRUCTIONS.findLastIndex(({ name }) => name === 'FROM'));
const of = (name: string) => LAST_STAGE.filter((each) => each.name === name).map(({ words }) => words);
const COPIED = of('COPY').filter((words) => !words[0]!.startsWith('--from'));
const ENV = Object.fromEntries(of('ENV').flatMap((words) => words.map((word) => word.split('=') as [string, string])));
/** The JSON form, word by word. */
const argv = (name: string) =>
  JSON.parse(
    of(name)[0]!
      .join(' ')
      .replace(/^.*?CMD (?=\[)|^(?=\[)/, ''),
  ) as string[];

describe('the image', () => {
  test('has the runtime that package.json pins', () => {
    const bases = INSTRUCTIONS.filter(({ name }) => name === 'FROM').map(({ words }) => words[0]);

    expect(bases).toEqual(Array(2).fill(`oven/bun:${packageJson.dependencies.bun}-slim`));
  });

  test('runs as user 1000, listens where Spaces and Compose look, and keeps everything in one volume', () => {
    expect([of('USER'), of('EXPOSE'), of('VOLUME')]).toEqual([[['1000']], [['7860']], [['/data']]]);
    expect(ENV).toMatchObject({ HOST: '0.0.0.0', PORT: '7860', DATA_DIR: '/data' });
    expect(ENV.LOCAL_CSV_PATH).toStartWith('/data/');
    expect(Object.keys(ENV).filter((key) => key !== 'NODE_ENV' && !SETTING_KEYS.includes(key as never))).toEqual([]);
  });

  test('is built of what .dockerignore lets through, and lets nothing through that it does not copy', () => {
    const [everything, ...kept] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const copied = INSTRUCTIONS.filter(({ name, words }) => name === 'COPY' && !words[0]!.startsWith('--from'));
    const sources = copied.flatMap(({ words }) => words.slice(0, -1));

    expect(everything).toBe('*');
    expect(kept.toSorted()).toEqual([...new Set(sources)].map((source) => `!${source}`).toSorted());
    expect(sources.filter((source) => matchesGlob(source, '{.env*,tests/**,node_modules,data}'))).toEqual([]);
  });

  test('has every package that the program imports: none is for development alone', () => {
    const scanners = { ts: new Bun.Transpiler({ loader: 'ts' }), tsx: new Bun.Transpiler({ loader: 'tsx' }) };
    const imported = ['index.ts', ...new Glob('src/**/*.{ts,tsx}').scanSync(ROOT)].flatMap((file) => {
      const source = read(file);
      const found = scanners[file.endsWith('x') ? 'tsx' : 'ts'].scanImports(source).map(({ path }) => path);
      const written = found.filter((path) => source.includes(`'${path}'`)); // not what the scanner takes markup to need
      return [...written, ...[...source.matchAll(/import\.meta\.resolve\('([^']+)'/g)].map(([, path]) => path!)];
    });
    const packages = imported
      .filter((name) => !/^\.|^(node|bun):|^bun$/.test(name))
      .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]);

    expect([...new Set(packages)].filter((name) => !Object.hasOwn(packageJson.dependencies, name))).toEqual([]);
  });

  describe('with what it copies and nothing else', () => {
    let app: TempDir;
    let world: World;
    beforeAll(async () => {
      app = tempDir();
      world = await startWorld({ seed: 1, pace: 0 });
      for (const words of COPIED) {
        const to = words.at(-1)!;
        for (const from of words.slice(0, -1)) {
          const place = join(app.path, to === './' ? from : to);
          mkdirSync(dirname(place), { recursive: true });
          cpSync(join(ROOT, from), place, { recursive: true });
        }
      }
      symlinkSync(join(ROOT, 'node_modules'), join(app.path, 'node_modules'));
    });
    afterAll(async () => {
      await world[Symbol.asyncDispose]();
      app[Symbol.dispose]();
    });

    test('it starts, its health check says so, and SIGTERM ends it gracefully', async () => {
      const environment = {
        ...childEnvironment({ ...settingsFor(world, app.path), PORT: String(freePort()), HOST: ENV.HOST! }),
        PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      };
      const check = () => Bun.spawnSync(argv('HEALTHCHECK'), { cwd: app.path, env: environment, timeout: 20_000 });
      const child = Bun.spawn(argv('ENTRYPOINT'), {
        ...{ cwd: app.path, env: environment, stdout: 'pipe', stderr: 'pipe' },
        ...{ timeout: 30_000, killSignal: 'SIGKILL' },
      });
      const before = check().exitCode;
      let said = '';
      let healthy: number | null = null;
      for await (const bytes of child.stdout) {
        said += Buffer.from(bytes).toString();
        if (healthy !== null || !said.includes('cycle ended')) continue;
        healthy = check().exitCode;
        child.kill('SIGTERM');
      }

      expect([before, healthy, await child.exited]).toEqual([1, 0, 0]);
      expect(said).toContain('everybody who reaches HOST may read');
    }, 60_000);
  });
});

/** Nobody listens there, a moment ago at least. */
function freePort(): number {
  using server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  return server.port!;
}

describe('a start in a container', () => {
  /** What the program would find in its environment, and its words. */
  function started(environment: Record<string, string>, ...words: string[]) {
    using folder = tempDir();
    writeFileSync(join(folder.path, 'bun'), '#!/bin/sh\nenv\necho "words=$*"\n');
    chmodSync(join(folder.path, 'bun'), 0o755);
    const env = { PATH: `${folder.path}:/usr/bin:/bin`, ...environment };
    const { stdout, exitCode } = Bun.spawnSync(['sh', join(ROOT, 'deploy/start.sh'), ...words], { env });
    expect(exitCode).toBe(0);
    const lines = stdout.toString().trim().split('\n');
    const told = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    return Object.fromEntries(told.filter(([key]) => key === 'words' || SETTING_KEYS.includes(key as never)));
  }

  test('takes the words of the command line', () => {
    expect(started({}, 'doctor', '--json')).toEqual({ words: 'run index.ts doctor --json' });
  });

  test('on a Space knows its address, its proxy, its frame and its short memory', () => {
    expect(started({ SPACE_HOST: 'acme-tracker.hf.space', HF_DATASET_REPO_ID: 'acme/metrics' })).toEqual({
      HF_DATASET_REPO_ID: 'acme/metrics',
      PUBLIC_URL: 'https://acme-tracker.hf.space',
      TRUSTED_PROXIES: 'private',
      EMBED_IN: 'huggingface.co',
      LOCATION: 'space',
      PUSH_INTERVAL_CYCLES: '1',
      SHUTDOWN_GRACE_SECONDS: '5',
      IMPORT_AT_START: 'on',
      words: 'run index.ts',
    });
  });

  test('there, what is set by hand wins, and where nothing is pushed nothing is imported', () => {
    const told = started({
      SPACE_HOST: 'a.hf.space',
      PUBLIC_URL: 'https://status.example',
      LOCATION: 'eu',
      PUSH: 'off',
      HF_DATASET_REPO_ID: 'acme/metrics',
    });

    expect(told).toMatchObject({ PUBLIC_URL: 'https://status.example', LOCATION: 'eu', PUSH: 'off' });
    expect(told).not.toHaveProperty('IMPORT_AT_START');
    expect(started({ SPACE_HOST: 'a.hf.space' })).not.toHaveProperty('IMPORT_AT_START');
  });
});

describe('a Space', () => {
  test.each(['deploy/space/README.md', 'README.md'])('reads in %s how to build and where to listen', (path) => {
    const card: Record<string, unknown> = Object(Bun.YAML.parse(/^---\n([\s\S]*?)\n---\n/.exec(read(path))![1]!));

    expect(card).toMatchObject({ sdk: 'docker', app_port: Number(ENV.PORT), pinned: false });
    expect(card.title).toBe('Inference Providers Metrics Tracker');
    for (const colour of [card.colorFrom, card.colorTo])
      expect(['red', 'yellow', 'green', 'blue', 'indigo', 'purple', 'pink', 'gray']).toContain(String(colour));
    expect([...new Intl.Segmenter().segment(String(card.emoji))]).toHaveLength(1);
    expect(String(card.short_description ?? '').length).toBeLessThanOrEqual(60);
  });

  test('is given every file that the image is built of', () => {
    const included = /--include (.*)$/m.exec(read('deploy/space/README.md'))![1]!.split(' ');
    const sources = INSTRUCTIONS.filter(({ name, words }) => name === 'COPY' && !words[0]!.startsWith('--from'));

    expect(included.map((word) => word.replace(/^'|(\/\*\*)?'$/g, '')).toSorted()).toEqual(
      [...new Set([...sources.flatMap(({ words }) => words.slice(0, -1)), 'Dockerfile', '.dockerignore'])].toSorted(),
    );
  });
});

test('Compose serves to this machine alone, keeps the volume, and waits for the last push', () => {
  const compose = Bun.YAML.parse(read('deploy/compose.yaml')) as {
    readonly services: { readonly tracker: Record<string, unknown> };
    readonly volumes: object;
  };
  const { tracker } = compose.services;

  expect(tracker).toMatchObject({
    build: '..',
    ports: ['127.0.0.1:7860:7860'],
    environment: { HOST: ENV.HOST!, PORT: ENV.PORT!, DATA_DIR: ENV.DATA_DIR!, LOCAL_CSV_PATH: ENV.LOCAL_CSV_PATH! },
    volumes: ['data:/data'],
    stop_grace_period: '60s',
    read_only: true,
  });
  expect(Object.keys(compose.volumes)).toEqual(['data']);
});

describe('the systemd unit', () => {
  const unit = read('deploy/metrics-tracker.service');

  test('writes to its state folder alone, does not repeat wrong settings, and waits for the last push', () => {
    for (const line of ['DynamicUser=yes', 'StateDirectory=metrics-tracker', 'ProtectSystem=strict'])
      expect(unit).toContain(`\n${line}\n`);
    expect(unit).toContain('DATA_DIR=%S/metrics-tracker LOCAL_CSV_PATH=%S/metrics-tracker/');
    expect(unit).toContain('\nRestartPreventExitStatus=78\n');
    expect(unit).toContain('\nTimeoutStopSec=60\n');
  });

  test.skipIf(Bun.which('systemd-analyze') === null)('is understood by systemd', () => {
    using folder = tempDir();
    const path = join(folder.path, 'metrics-tracker.service');
    writeFileSync(path, unit.replace('/opt/metrics-tracker/node_modules/.bin/bun', process.execPath));
    const { exitCode, stderr } = Bun.spawnSync(['systemd-analyze', 'verify', path], { timeout: 20_000 });
    rmSync(path);

    expect([exitCode, stderr.toString()]).toEqual([0, '']);
  });
});

test('Compose for a fleet: three places ask, one process plans, pushes and shows, and none but it is reached from outside', () => {
  interface Service {
    readonly environment: Readonly<Record<string, string>>;
    readonly volumes: readonly string[];
    readonly ports?: readonly string[];
  }
  const { services, volumes } = Bun.YAML.parse(read('deploy/fleet.compose.yaml')) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly volumes: object;
  };
  const trackers = Object.entries(services).filter(([name]) => name !== 'database');
  const workers = trackers.filter(([, { environment }]) => environment.ROLES === 'probe');

  expect(workers.map(([, { environment }]) => environment.LOCATION)).toEqual(['eu', 'us', 'asia']);
  expect(services.scheduler!.environment.ROLES).toBe('schedule,push,web');
  for (const [name, { environment, volumes: mounts }] of trackers) {
    expect(Object.keys(environment).filter((key) => !SETTING_KEYS.includes(key as never))).toEqual([]);
    expect(environment.DATABASE_URL).toMatch(/^postgres:\/\/tracker:\$\{DATABASE_PASSWORD:/);
    expect(mounts.map((mount) => mount.split(':')[0])).toEqual([name]);
  }
  expect(Object.keys(volumes).toSorted()).toEqual(Object.keys(services).toSorted());
  expect(Object.entries(services).flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]))).toEqual([
    ['scheduler', '127.0.0.1:7860:7860'],
  ]);
});
