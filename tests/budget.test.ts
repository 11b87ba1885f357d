import { describe, expect, test } from 'bun:test';
import { affordsBeside, dayCost } from '../src/budget.ts';
import { runCycle, runDaemon } from '../src/daemon.ts';
import { cycleId } from '../src/domain/ids.ts';
import { costUsd } from '../src/domain/money.ts';
import type { AttemptRecord } from '../src/domain/record.ts';
import type { Clock } from '../src/ports.ts';
import { anExchange, aReply, aTarget } from './support/builders.ts';
import { cycleParts } from './support/cycle-parts.ts';
import { ScriptedTransport } from './support/scripted-transport.ts';
import { tempDir } from './support/temp-dir.ts';

const MIDNIGHT_MS = Date.parse('2026-08-03T00:00:00.000Z');
const HOUR_MS = 3_600_000;
const HOURLY = { SCHEDULE_INTERVAL_SECONDS: '3600' };
const NEVER = { starting: new AbortController().signal, running: new AbortController().signal };

const TARGETS = [
  aTarget(),
  aTarget({ provider: 'gale', priceInputUsdPerMtok: null, priceOutputUsdPerMtok: null }),
  aTarget({ modelId: 'acme/Other' }),
];
const TOKENS = { promptTokens: 30, completionTokens: 600 };
const USAGE = { ...TOKENS, totalTokens: 630, reasoningTokens: null, cachedTokens: null };
/** Of three replies; that of the target without a price counts like the dearest of its model. */
const CYCLE_USD = 3 * costUsd(TOKENS, TARGETS[0]!)!;

/** A clock that stands where it is put; waits take no time, but for those that somebody may end: they last until then. */
const clockAt = (at: { ms: number }): Clock => ({
  nowMs: () => at.ms,
  monotonicMs: () => at.ms,
  sleep: async (_ms, signal) => {
    if (signal) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  },
});

const inDay = (environment: Record<string, string>, folder = tempDir()) => {
  const at = { ms: MIDNIGHT_MS };
  const transport = new ScriptedTransport(anExchange({ reply: aReply({ usage: USAGE }) }));
  const open = async () =>
    cycleParts({ targets: TARGETS, transport, clock: clockAt(at), environment: { ...HOURLY, ...environment }, folder });
  return { at, transport, open, [Symbol.dispose]: () => folder[Symbol.dispose]() };
};

/** Runs the nth cycle of the day. @returns its rows */
async function runNth(
  n: number,
  { at, open }: ReturnType<typeof inDay>,
  parts?: Awaited<ReturnType<typeof cycleParts>>,
) {
  await using own = parts === undefined ? await open() : null;
  const used = parts ?? own!;
  at.ms = MIDNIGHT_MS + n * HOUR_MS;
  const rows: AttemptRecord[] = [];
  const cycle = { cycleId: cycleId(used.store.writer, at.ms), dueAtMs: at.ms };
  await runCycle(cycle, used, NEVER, { stored: (record) => rows.push(record) });
  return rows;
}

const isAsked = (rows: readonly AttemptRecord[]) => rows.every(({ attempt }) => attempt > 0);

describe('a day with a budget', () => {
  const budget = { BUDGET_USD_PER_DAY: String(6 * CYCLE_USD) };

  test('has its cycles asked as a whole or left out as a whole, evenly, and costs no more than it', async () => {
    using day = inDay(budget);
    await using parts = await day.open();
    const cycles: AttemptRecord[][] = [];
    for (let n = 0; n < 24; n++) cycles.push(await runNth(n, day, parts));

    const asked = cycles.flatMap((rows, n) => (isAsked(rows) ? [n] : []));
    expect(asked).toEqual(Array.from({ length: 6 }, (_, at) => 1 + 4 * at));
    expect(day.transport.asked).toHaveLength(6 * TARGETS.length);
    const leftOut = cycles.filter((_, n) => !asked.includes(n));
    for (const rows of leftOut) {
      expect(rows.map(({ outcome, errorClass, final }) => [outcome, errorClass, final])).toEqual(
        TARGETS.map(() => ['skipped', 'budget', true]),
      );
    }
    expect(await parts.store.spentOn('2026-08-03')).toEqual({
      knownUsd: expect.closeTo(4 * CYCLE_USD, 9),
      estimatedUsd: expect.closeTo(2 * CYCLE_USD, 9),
    });
    expect(await parts.store.unfinished()).toEqual([]);
    const said = parts.log.lines.filter(({ message }) => message.startsWith('cycle left out'));
    expect(said).toHaveLength(18);
    expect(said.at(-1)!.fields).toEqual({
      cycle: '2026-08-03T23:00:00.000Z',
      spentUsd: 0.016,
      estimatedUsd: 0.0055,
      expectedUsd: 0.0027,
      budgetUsd: 6 * CYCLE_USD,
    });
  });

  test('has the same cycles asked however often we are restarted', async () => {
    using day = inDay(budget);
    const asked: number[] = [];
    for (let n = 0; n < 24; n++) if (isAsked(await runNth(n, day))) asked.push(n);

    expect(asked).toEqual(Array.from({ length: 6 }, (_, at) => 1 + 4 * at));
  });

  test('begins anew at midnight', async () => {
    using day = inDay({ BUDGET_USD_PER_DAY: String(CYCLE_USD) });
    await using parts = await day.open();
    for (let n = 0; n < 24; n++) await runNth(n, day, parts);
    expect(day.transport.asked).toHaveLength(TARGETS.length);
    for (let n = 24; n < 48; n++) await runNth(n, day, parts);
    expect(day.transport.asked).toHaveLength(2 * TARGETS.length);
  });

  test('of 0 has nothing asked', async () => {
    using day = inDay({ BUDGET_USD_PER_DAY: '0' });
    expect(isAsked(await runNth(12, day))).toBe(false);
    expect(day.transport.asked).toEqual([]);
  });

  test('learns from what replies cost: dearer ones than usual are followed by fewer cycles', async () => {
    using day = inDay({ BUDGET_USD_PER_DAY: String(12 * CYCLE_USD) });
    const dear = anExchange({ reply: aReply({ usage: { ...USAGE, promptTokens: 60, completionTokens: 1200 } }) });
    const transport = new ScriptedTransport(dear);
    await using parts = await cycleParts({
      targets: TARGETS,
      transport,
      clock: clockAt(day.at),
      environment: { BUDGET_USD_PER_DAY: String(12 * CYCLE_USD) },
    });
    let asked = 0;
    for (let n = 0; n < 24; n++) if (isAsked(await runNth(n, day, parts))) asked++;

    expect(asked).toBe(6);
  });
});

test('what the cycles of all places need is not there for questions beside them', async () => {
  const { usdPerCycle } = await dayCost(TARGETS, { intervalMs: HOUR_MS, budgetUsdPerDay: null }, null, MIDNIGHT_MS);
  using day = inDay({ BUDGET_USD_PER_DAY: String(36 * usdPerCycle) });
  await using parts = await day.open();
  const affords = (places: number) =>
    affordsBeside(TARGETS[0]!, ['confirm'], MIDNIGHT_MS, { ...parts, places: async () => places });
  expect([await affords(1), await affords(2)]).toEqual([true, false]);
});

test('without a budget every cycle is asked', async () => {
  using day = inDay({});
  await using parts = await day.open();
  for (let n = 0; n < 3; n++) expect(isAsked(await runNth(n, day, parts))).toBe(true);
});

describe('at the start the log says', () => {
  const start = async (environment: Record<string, string>) => {
    using day = inDay(environment);
    await using parts = await day.open();
    await runDaemon(parts, NEVER, {}, 1);
    return parts.log.lines.filter(({ message }) => /^(a day will cost|the budget)/.test(message));
  };
  const facts = { targets: 3, everySeconds: 3600, usdPerDay: 0.066, featuresUsdPerDay: 0.009, unpriced: 0 };

  test('what a day will cost', async () => {
    expect(await start({})).toEqual([{ level: 'info', fields: facts, message: 'a day will cost roughly this much' }]);
  });

  test.each([
    ['0.05', 'info', 'the budget of a day allows about 18 of 24 cycles'],
    ['1000', 'info', 'the budget of a day allows all of 24 cycles'],
    ['0.001', 'warn', 'the budget of a day allows not one of 24 cycles: nothing is asked'],
    ['0', 'warn', 'the budget of a day allows not one of 24 cycles: nothing is asked'],
  ] as const)('how much of it a budget of %s allows', async (budget, level, message) => {
    const [cost, allowed] = await start({ BUDGET_USD_PER_DAY: budget });

    expect(cost!.fields).toEqual(facts);
    expect(allowed).toEqual({ level, fields: { budgetUsd: Number(budget) }, message });
  });
});
