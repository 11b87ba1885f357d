import { expect } from 'bun:test';
import { closeSync, existsSync, openSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { startWorld } from '../../src/sim/world.ts';
import { tempDir } from '../support/temp-dir.ts';
import { jsonLines, programTest, ROOT, runProgram, settingsFor } from './program.ts';

const spec = readFileSync(join(ROOT, 'spec.md'), 'utf8');
const COLUMNS_OF_SPEC = [
  ...spec
    .split('## 5. ')[1]!
    .split('## 6. ')[0]!
    .matchAll(/^\| `(\w+)` \|/gm),
].map(([, name]) => name!);

/** Everybody answers well, but for what a test asks for. */
async function goodWorld() {
  const world = await startWorld({ seed: 1, pace: 0.01 });
  world.script({ times: Number.POSITIVE_INFINITY }, { kind: 'reply' });
  return world;
}

programTest(
  '`once --json` prints one JSON line per attempt with the columns of the schema, equal to what it stored, and nothing else',
  async () => {
    using folder = tempDir();
    await using world = await goodWorld();
    const environment = settingsFor(world, folder.path);
    world.script({}, { kind: 'cut', by: 'fin', at: 'before-headers' }); // one probe is asked again
    const { exitCode, stdout, stderr } = await runProgram(['once', '--json'], environment);

    expect(exitCode).toBe(0);
    const rows = jsonLines(stdout);
    const models = [...new Set(world.targets.map(({ modelId }) => modelId))].slice(0, 2);
    const targets = world.targets.filter(({ modelId }) => models.includes(modelId));
    expect(COLUMNS_OF_SPEC.length).toBeGreaterThan(60);
    for (const row of rows) expect(Object.keys(row)).toEqual(COLUMNS_OF_SPEC);
    expect(rows).toHaveLength(targets.length + 1);
    expect(
      rows
        .filter(({ final }) => final === true)
        .map(({ model_id, provider_name }) => `${model_id} ${provider_name}`)
        .toSorted(),
    ).toEqual(targets.map(({ modelId, provider }) => `${modelId} ${provider}`).toSorted());
    expect(stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{"level":"warn"'))).toEqual([]);

    const exported = await runProgram(['export', '--format', 'jsonl'], environment);
    expect(jsonLines(exported.stdout)).toEqual([...rows]);
    expect(world.requests.counts['hub commit']).toBeUndefined();
  },
);

programTest('`once` prints a table, and to a file no progress and no colour', async () => {
  using folder = tempDir();
  await using world = await goodWorld();
  world.script({ provider: 'aster' }, { kind: 'status', status: 429 });
  const { exitCode, stdout, stderr } = await runProgram(['once'], settingsFor(world, folder.path));

  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^ {2}aster +▲ rate limited /m);
  expect(stdout).toMatch(/^\d+ probes {3}● \d+ ok {3}▲ 1 rate limited {3}cost \$/m);
  expect(stdout + stderr).not.toContain('\u001b');
  expect(stderr).toBe('');
});

programTest(
  'without a catalogue, and when none was ever read, `once` says so in a row of its own and fails',
  async () => {
    using folder = tempDir();
    await using world = await goodWorld();
    world.hubScript('models', { kind: 'status', status: 503 });
    world.hubScript('models-json', { kind: 'status', status: 503 });
    const { exitCode, stdout, stderr } = await runProgram(['once', '--json'], settingsFor(world, folder.path));

    expect(exitCode).toBe(1);
    expect(jsonLines(stdout)).toMatchObject([
      { outcome: 'skipped', error_class: 'no_catalogue', attempt: 0, final: true },
    ]);
    expect(stderr).toContain('there is no catalogue, and none was ever read');
  },
);

programTest('a reader that takes its time gets every line: the exit waits for it', async () => {
  using folder = tempDir();
  await using world = await goodWorld();
  const environment = { ...settingsFor(world, folder.path), MODELS_TO_FETCH: '12' }; // more than a pipe holds
  const pipePath = join(folder.path, 'pipe');
  expect(Bun.spawnSync(['mkfifo', pipePath]).exitCode).toBe(0);
  const bothEnds = openSync(pipePath, 'r+'); // waits for nobody
  const readEnd = openSync(pipePath, 'r');
  const writeEnd = openSync(pipePath, 'w');
  closeSync(bothEnds);
  await Bun.write(join(folder.path, 'data/.keep'), '');
  const closed = Promise.withResolvers<void>();
  const wal = join(folder.path, 'data/tracker.db-wal');
  let wasOpen = false;
  using _watching = disposable(
    watch(join(folder.path, 'data'), () => {
      wasOpen ||= existsSync(wal);
      if (wasOpen && !existsSync(wal)) closed.resolve();
    }),
  );
  const child = Bun.spawn([process.execPath, 'run', join(ROOT, 'index.ts'), 'once', '--json'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdout: writeEnd,
    stderr: 'ignore',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  closeSync(writeEnd);
  await closed.promise; // the store is closed: all is written, and not yet read
  const reader = Bun.spawn(['cat'], { stdin: readEnd, stdout: 'pipe', timeout: 60_000 });
  closeSync(readEnd);
  const text = await new Response(reader.stdout).text();

  expect(await child.exited).toBe(0);
  expect(text.length).toBeGreaterThan(64 * 1024);
  const exported = await runProgram(['export', '--format', 'jsonl'], environment);
  expect(jsonLines(text)).toEqual([...jsonLines(exported.stdout)]);
});

const disposable = (watcher: { close(): void }): Disposable => ({ [Symbol.dispose]: () => watcher.close() });
