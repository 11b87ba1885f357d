import { expect } from 'bun:test';
import { startWorld } from '../../src/sim/world.ts';
import { tempDir } from '../support/temp-dir.ts';
import { programTest, ROOT, runProgram, settingsFor, startProgram } from './program.ts';

programTest(
  'wrong settings end with 78 and name every problem at once, with what is allowed; no secret is repeated',
  async () => {
    const { exitCode, stdout, stderr } = await runProgram([], {
      HF_HUB_TOKEN: 'sesame-0pen-the-door',
      SCHEDULE_INTERVAL_SECONDS: '5',
      LOG_LEVEL: 'loud',
      HF_ENDPOINT: 'http://user:pa55word@hub.example',
      PROVIDER_ENDPOINT_MAPPING_PATH: './nowhere.json',
      PROBE_PROMPT: 'x'.repeat(10_001),
    });

    expect(exitCode).toBe(78);
    expect(stdout).toBe('');
    for (const key of [
      'HF_TOKEN is required',
      'HF_HUB_TOKEN must be a token of the Hub',
      'HF_DATASET_REPO_ID is required to push',
      'SCHEDULE_INTERVAL_SECONDS must be',
      'LOG_LEVEL must be one of trace, debug',
      'HF_ENDPOINT must be an https origin',
      'PROVIDER_ENDPOINT_MAPPING_PATH (./nowhere.json) names a file that is not there',
      'PROBE_PROMPT must be at most 10000 characters',
    ]) {
      expect(stderr).toContain(key);
    }
    expect(stderr).toContain('npm run demo');
    expect(stderr).not.toMatch(/sesame|pa55word/);
    expect(stderr).not.toContain(ROOT);
  },
);

programTest('wrong use ends with 2', async () => {
  const { exitCode, stdout, stderr } = await runProgram(['fly'], {});

  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toStartWith('there is no command "fly"');
});

programTest(
  'a second daemon on one DATA_DIR is refused in one line that says who holds it; the first goes on',
  async () => {
    using folder = tempDir();
    await using world = await startWorld({ seed: 1, pace: 0.01 });
    const environment = { ...settingsFor(world, folder.path), PROBE_RETRIES: '0' };
    await using first = startProgram([], environment);
    await first.said('cycle started');
    const second = await runProgram([], environment);
    const once = await runProgram(['once', '--json'], environment);

    const line = `the store in DATA_DIR is in use by process ${first.pid} since `;
    expect([second.exitCode, once.exitCode]).toEqual([1, 1]);
    expect(second.stderr).toMatch(new RegExp(`^${line}[\\dT:.-]+Z; stop it first, or choose another DATA_DIR\\n$`));
    expect(once.stderr).toStartWith(line);
    expect(second.stdout).toBe('');
    first.kill('SIGTERM');
    expect(await first.ended).toBe(0);
  },
);
