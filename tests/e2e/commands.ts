import { expect } from 'bun:test';
import { startWorld, type World } from '../../src/sim/world.ts';
import { tempDir } from '../support/temp-dir.ts';
import { jsonLines, programTest, runProgram, settingsFor } from './program.ts';

async function goodWorld() {
  const world = await startWorld({ seed: 1, pace: 0.01 });
  world.script({ times: Number.POSITIVE_INFINITY }, { kind: 'reply' });
  return world;
}

const providersOf = (world: World, modelId: string) =>
  world.targets.filter((target) => target.modelId === modelId).map(({ provider }) => provider);

programTest('`targets` shows what would be asked and what a day costs, without a token', async () => {
  using folder = tempDir();
  await using world = await goodWorld();
  const environment = { ...settingsFor(world, folder.path), HF_TOKEN: '', SCHEDULE_INTERVAL_SECONDS: '3600' };
  const table = await runProgram(['targets'], environment);
  const lines = await runProgram(['targets', '--json'], environment);

  const models = [...new Set(world.targets.map(({ modelId }) => modelId))].slice(0, 2);
  const pairs = world.targets.filter(({ modelId }) => models.includes(modelId));
  expect([table.exitCode, lines.exitCode]).toEqual([0, 0]);
  expect(
    jsonLines(lines.stdout)
      .map(({ modelId, provider }) => `${modelId} ${provider}`)
      .toSorted(),
  ).toEqual(pairs.map(({ modelId, provider }) => `${modelId} ${provider}`).toSorted());
  for (const { modelId, provider } of pairs) {
    expect(table.stdout).toContain(modelId);
    expect(table.stdout).toMatch(new RegExp(`^  ${provider} +(provider|unified) `, 'm'));
  }
  expect(table.stdout).toMatch(
    new RegExp(
      `^${pairs.length} targets of 2 models, 24 times a day: about \\$[\\d.]+ a day with usual replies, at most \\$`,
      'm',
    ),
  );
  expect(world.requests.counts['router chat']).toBeUndefined();
});

programTest('`probe MODEL` asks each of its providers now, and stores nothing', async () => {
  using folder = tempDir();
  await using world = await goodWorld();
  const environment = settingsFor(world, folder.path);
  const { modelId } = world.targets[0]!;
  const providers = providersOf(world, modelId);
  const { exitCode, stdout, stderr } = await runProgram(['probe', modelId], environment);

  expect([exitCode, stderr]).toEqual([0, '']);
  for (const provider of providers) expect(stdout).toMatch(new RegExp(`^  ${provider} +● ok `, 'm'));
  expect(world.requests.counts['router chat']).toBe(providers.length);
  const stored = await runProgram(['export'], environment);
  expect(stored.exitCode).toBe(1);
  expect(stored.stderr).toBe('there is no store in DATA_DIR yet; `once` or the daemon makes one\n');
});

programTest(
  '`probe MODEL --provider P --json` asks that one, also of a model that does not trend; a provider that does not serve it is named',
  async () => {
    using folder = tempDir();
    await using world = await goodWorld();
    const environment = settingsFor(world, folder.path);
    const { modelId, provider } = world.targets.at(-1)!;
    const one = await runProgram(['probe', modelId, '--provider', provider, '--json'], environment);
    const none = await runProgram(['probe', modelId, '--provider', 'nobody'], environment);
    const unknown = await runProgram(['probe', 'acme/nothing'], environment);

    expect(one.exitCode).toBe(0);
    expect(jsonLines(one.stdout)).toMatchObject([
      { model_id: modelId, provider_name: provider, outcome: 'ok', writer: 'none' },
    ]);
    expect([none.exitCode, none.stdout]).toEqual([1, '']);
    expect(none.stderr).toContain(
      `does not serve ${modelId} live. These do: ${providersOf(world, modelId).join(', ')}.`,
    );
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stderr).toContain('No live chat provider was found for acme/nothing.');
  },
);

programTest(
  '`push` brings what `once` stored into the dataset, and a second one finds nothing; with PUSH=off it says so',
  async () => {
    using folder = tempDir();
    await using world = await goodWorld();
    const environment = { ...settingsFor(world, folder.path), MODELS_TO_FETCH: '1' };
    await runProgram(['once'], environment);
    const first = await runProgram(['push'], { ...environment, HF_TOKEN: '' });
    const second = await runProgram(['push'], environment);
    const off = await runProgram(['push'], { ...environment, PUSH: 'off' });

    expect([first.exitCode, second.exitCode, off.exitCode]).toEqual([0, 0, 1]);
    expect(jsonLines(first.stdout).at(-1)).toMatchObject({
      msg: 'pushed',
      attempts: providersOf(world, world.targets[0]!.modelId).length,
      commit: expect.stringContaining(`${world.hubUrl}/datasets/${world.repo}/commit/`),
    });
    expect(second.stdout).toContain('nothing to push');
    expect(off.stderr).toBe('PUSH=off: there is no dataset to push to.\n');
    expect(world.requests.counts['hub commit']).toBe(1);
  },
);

programTest('`push` that the Hub refuses fails, says which right is missing, and keeps everything', async () => {
  using folder = tempDir();
  await using world = await goodWorld();
  const environment = { ...settingsFor(world, folder.path), MODELS_TO_FETCH: '1' };
  await runProgram(['once'], environment);
  const refused = await runProgram(['push'], { ...environment, HF_HUB_TOKEN: world.token }); // may only read
  const again = await runProgram(['push'], environment);

  expect(refused.exitCode).toBe(1);
  expect(refused.stdout).toContain('HF_HUB_TOKEN may not create datasets of simulated-lab');
  expect(refused.stdout).not.toContain(world.token);
  expect(again.exitCode).toBe(0);
});

programTest('a proxy of the environment is not asked for what is on this machine', async () => {
  using folder = tempDir();
  await using world = await goodWorld();
  const proxy = 'http://127.0.0.1:9';
  const environment = {
    ...settingsFor(world, folder.path),
    MODELS_TO_FETCH: '1',
    HTTP_PROXY: proxy,
    http_proxy: proxy,
  };
  const once = await runProgram(['once'], environment);
  const push = await runProgram(['push'], environment);

  expect([once.exitCode, push.exitCode]).toEqual([0, 0]);
  expect(once.stdout).toContain('● ok');
});
