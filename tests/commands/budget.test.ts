import { describe, expect, test } from 'bun:test';
import { once } from '../../src/commands/once.ts';
import { targets } from '../../src/commands/targets.ts';
import { startCommandWorld } from '../support/command-world.ts';

describe('with a budget', () => {
  test('`targets` says what it allows, and needs no store', async () => {
    await using world = await startCommandWorld(7);
    const dollars = /about (\$[\d.]+) a day with usual replies, at most \$[\d.]+/;
    const { stdout: free } = await world.run(targets, {});
    expect(free).toMatch(dollars);
    expect(free).not.toMatch(/budget|Today/);

    const { stdout } = await world.run(targets, {}, { BUDGET_USD_PER_DAY: '0.01' });
    expect(stdout).toMatch(dollars);
    expect(stdout).toMatch(/\nThe budget of \$0\.01 a day allows about \d+ of 48 cycles\.\n$/);
  });

  test('`once` asks all the same and says so, and `targets` then knows what today has cost', async () => {
    await using world = await startCommandWorld(7);
    const budget = { BUDGET_USD_PER_DAY: '0' };
    const { stdout, stderr } = await world.run(once, { json: true }, budget);
    const rows: { attempt: number }[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

    expect(rows.filter(({ attempt }) => attempt === 0)).toEqual([]);
    expect(stderr).toContain('a cycle that a person asks for is not left out for the budget; its cost counts');

    const { stdout: after } = await world.run(targets, {}, budget);
    expect(after).toContain('The budget of $0 a day allows not one of 48 cycles.');
    expect(after).toMatch(/\nToday so far: \$0\.\d+, and an estimated \$0[.\d]* of unknown cost\.\n$/);
  });
});
