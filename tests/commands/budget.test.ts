import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Flags } from '../../src/commands/command.ts';
import { once } from '../../src/commands/once.ts';
import { targets } from '../../src/commands/targets.ts';
import { startWorld, type World } from '../../src/sim/world.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

let world: World;
let folder: TempDir;
beforeAll(async () => {
  folder = tempDir();
  world = await startWorld({ seed: 7, pace: 0 });
  writeFileSync(join(folder.path, 'mapping.json'), JSON.stringify(world.mapping));
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** @returns what the command wrote; it ends well */
async function run(command: Command, flags: Flags, overrides: Record<string, string> = {}) {
  const written = { stdout: '', stderr: '' };
  const environment = {
    ...{ HF_TOKEN: world.token, PUSH: 'off', HF_ENDPOINT: world.hubUrl, HF_ROUTER_ENDPOINT: world.routerUrl },
    ...{ PROVIDER_ENDPOINT_MAPPING_PATH: 'mapping.json', MODELS_TO_FETCH: '2', PROBE_RETRIES: '0' },
    ...overrides,
  };
  const write = (to: keyof typeof written) => ({
    write: (text: string) => {
      written[to] += text;
    },
  });
  const exit = await command.run([], flags, {
    environment,
    baseDir: folder.path,
    stdout: write('stdout'),
    stderr: write('stderr'),
    stop: new AbortController().signal,
  });
  expect(exit).toBe(0);
  return written;
}

describe('with a budget', () => {
  test('`targets` says what it allows, and needs no store', async () => {
    const dollars = /about (\$[\d.]+) a day with usual replies, at most \$[\d.]+/;
    const { stdout: free } = await run(targets, {});
    expect(free).toMatch(dollars);
    expect(free).not.toMatch(/budget|Today/);

    const { stdout } = await run(targets, {}, { BUDGET_USD_PER_DAY: '0.01' });
    expect(stdout).toMatch(dollars);
    expect(stdout).toMatch(/\nThe budget of \$0\.01 a day allows about \d+ of 48 cycles\.\n$/);
  });

  test('`once` asks all the same and says so, and `targets` then knows what today has cost', async () => {
    const budget = { BUDGET_USD_PER_DAY: '0' };
    const { stdout, stderr } = await run(once, { json: true }, budget);
    const rows: { attempt: number; outcome: string }[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

    expect(rows.filter(({ attempt }) => attempt > 0)).toHaveLength(rows.length);
    expect(stderr).toContain('a cycle that a person asks for is not left out for the budget; its cost counts');

    const { stdout: after } = await run(targets, {}, budget);
    expect(after).toContain('The budget of $0 a day allows not one of 48 cycles.');
    expect(after).toMatch(/\nToday so far: \$0\.\d+, and an estimated \$0[.\d]* of unknown cost\.\n$/);
  });
});
