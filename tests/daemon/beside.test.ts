import { describe, expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { Question } from '../../src/probe/types.ts';
import { anExchange, aReply } from '../support/builders.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { flawsOf } from '../support/valid-record.ts';
import { openRig, type RigOptions } from './rig.ts';

const HALF_HOURLY = { SCHEDULE_INTERVAL_SECONDS: '1800', PUSH: 'off' };
const EVENING = '2026-08-01T23:31:00.000Z';
const TARGETS = 3;
const REQUESTS_A_DAY = 8;

const isConfirm = ({ body }: Question) => body.includes('Reply with the word OK.');
const isStandard = ({ body }: Question) => body.includes('Solve this');
const isOneSlow = ({ url, body }: Question) => `${url}${body}`.includes('one-slow') || body.includes('acme/one:slow');
const dueOf = ({ cycleTimestampIso }: AttemptRecord) => cycleTimestampIso.slice(11, 16);
const ofKind = async (rig: ReturnType<typeof openRig>, kind: string) =>
  (await rig.records()).filter(({ probeKind }) => probeKind === kind);

/** Resolves once `count` questions for which `which` holds were answered. */
function answeredTimes(which: (question: Question) => boolean, count: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  const note = (question: Question) => {
    if (which(question) && --left === 0) setImmediate(() => setImmediate(resolve)); // its row is durable then
  };
  return { promise, note };
}

/** One of the three targets is down until the wall clock shows `untilIso`. */
function downUntil(untilIso: string, clock: SetClock, note: (question: Question) => void = () => {}) {
  const exchange: RigOptions['exchange'] = async (question) => {
    note(question);
    const isDown = isOneSlow(question) && clock.nowMs() < Date.parse(untilIso);
    return anExchange({ requestStartAtMs: clock.nowMs(), ...(isDown && { status: 400 }) });
  };
  return exchange;
}

describe('a target that failed in a cycle', () => {
  test('is asked a little every two minutes, beside the cycles, until it answers', async () => {
    using folder = tempDir();
    const clock = new SetClock('2026-08-01T10:00:00.000Z');
    const exchange = downUntil('2026-08-01T10:07:00.000Z', clock);
    using rig = openRig({ folder: folder.path, clock, exchange, environment: HALF_HOURLY });

    const run = rig.run({}, 2);
    await clock.passUntil(run);

    const confirms = await ofKind(rig, 'confirm');
    expect(confirms.map((row) => [dueOf(row), row.providerName, row.outcome])).toEqual([
      ['10:02', 'slow', 'target_error'],
      ['10:04', 'slow', 'target_error'],
      ['10:06', 'slow', 'target_error'],
      ['10:08', 'slow', 'ok'],
    ]);
    expect(confirms.flatMap(flawsOf)).toEqual([]);
    expect(confirms.map(({ attempt, final }) => [attempt, final])).toEqual(Array(4).fill([1, true]));
    expect(new Set(confirms.map(({ questionId }) => questionId)).size).toBe(1);
    expect(JSON.parse(confirms[0]!.requestBody!).max_tokens).toBe(256);
    expect(confirms[3]).toMatchObject({ answerCorrect: null, feature: null, featureWorks: null });
  });

  test('is asked again after a restart too, under ids that were not used before', async () => {
    using folder = tempDir();
    const clock = new SetClock('2026-08-01T10:00:00.000Z');
    const until = '2026-08-01T10:05:00.000Z';
    {
      using rig = openRig({ folder: folder.path, clock, exchange: downUntil(until, clock), environment: HALF_HOURLY });
      await clock.passUntil(rig.run({}, 1));
    }
    await clock.advance(150_000);
    const answers = answeredTimes(isConfirm, 2);
    const exchange = downUntil(until, clock, answers.note);
    using rig = openRig({ folder: folder.path, clock, exchange, environment: HALF_HOURLY });
    const run = rig.run();
    await clock.passUntil(answers.promise);
    rig.stop();
    await clock.passUntil(run);

    expect((await ofKind(rig, 'confirm')).map((row) => [dueOf(row), row.outcome])).toEqual([
      ['10:04', 'target_error'],
      ['10:06', 'ok'],
    ]);
    expect(await rig.parts.store.unfinished()).toEqual([]);
  });

  test('is asked by the next cycle as if nobody were asking it: what is under way then is dropped and leaves no row', async () => {
    using folder = tempDir();
    const clock = new SetClock('2026-08-01T10:00:00.000Z');
    const dropped: Question[] = [];
    const exchange: RigOptions['exchange'] = async (question, signal) => {
      if (!isConfirm(question)) return anExchange({ requestStartAtMs: clock.nowMs(), status: 404 });
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      dropped.push(question);
      return anExchange({ status: null, headers: {}, reply: null, ending: { kind: 'cancelled' } });
    };
    const environment = { ...HALF_HOURLY, SCHEDULE_INTERVAL_SECONDS: '180' };
    using rig = openRig({ folder: folder.path, clock, exchange, environment });

    await clock.passUntil(rig.run({}, 2));

    expect(dropped).toHaveLength(TARGETS);
    expect(await ofKind(rig, 'confirm')).toEqual([]);
    const standard = await ofKind(rig, 'standard');
    expect(standard.map(dueOf)).toEqual([...Array(3).fill('10:00'), ...Array(3).fill('10:03')]);
    expect(standard.map(({ outcome }) => outcome)).toEqual(Array(6).fill('target_error'));
  });
});

describe('once a UTC day', () => {
  const usage = { promptTokens: 10, completionTokens: 2, totalTokens: 12, reasoningTokens: null, cachedTokens: null };
  const PRICED = { data: [{ id: 'acme/one', providers: [{ provider: 'fast', pricing: { input: 1, output: 1 } }] }] };

  async function dayOf(folder: string, clock: SetClock) {
    const tried = answeredTimes((question) => !isStandard(question), TARGETS * REQUESTS_A_DAY);
    const exchange: RigOptions['exchange'] = async (question) => {
      tried.note(question);
      return anExchange({ requestStartAtMs: clock.nowMs(), reply: aReply({ answer: 'PELICAN', usage }) });
    };
    const rig = openRig({ folder, clock, exchange, environment: HALF_HOURLY });
    rig.answers['https://router.huggingface.co/v1/models'] = PRICED;
    return { rig, tried: tried.promise };
  }

  test('every feature of every target is tried, and its rows are those of no table, CSV or rollup, but of the ledger', async () => {
    using folder = tempDir();
    const clock = new SetClock(EVENING);
    const { rig, tried } = await dayOf(folder.path, clock);
    using _rig = rig;
    const told: AttemptRecord[] = [];
    const run = rig.run({ stored: (record) => told.push(record) });
    await clock.passUntil(tried);
    rig.stop();
    await clock.passUntil(run);

    const rows = await ofKind(rig, 'feature');
    const ofTarget = rows.filter(({ modelId, providerName }) => modelId === 'acme/one' && providerName === 'fast');
    expect(ofTarget.map(({ feature, featureWorks }) => [feature, featureWorks])).toEqual([
      ['tool_call', false],
      ['json_schema', false],
      ['system_prompt', true],
      ['stop', null],
      ['seed', null],
      ['seed', true],
      ['cache', null],
      ['cache', null],
    ]);
    expect(rows).toHaveLength(TARGETS * REQUESTS_A_DAY);
    expect(rows.flatMap(flawsOf)).toEqual([]);
    expect(new Set(rows.map(({ probeId }) => probeId)).size).toBe(rows.length);

    const standard = await ofKind(rig, 'standard');
    expect(told.map(({ probeKind }) => probeKind)).toEqual(standard.map(() => 'standard'));
    expect(rig.bufferRows()).toHaveLength(standard.length);
    const { store } = rig.parts;
    const perRequestUsd = 12 / 1e6;
    expect((await store.spentOn('2026-08-01')).knownUsd).toBeCloseTo(
      perRequestUsd * (await rig.records()).filter(({ costUsd }) => costUsd !== null).length,
      12,
    );
    const days = await Array.fromAsync(
      store.rollups({ span: 'day', sinceMs: 0, untilMs: Date.parse('2026-08-03'), latencies: [] }),
    );
    const counted = days.flat().flatMap(({ tallies }) => Object.values(tallies).map(({ all }) => all));
    expect(counted.reduce((sum, all) => sum + all, 0)).toBe(standard.length);
  });

  test('and not again after a restart on that day', async () => {
    using folder = tempDir();
    const clock = new SetClock(EVENING);
    {
      const { rig, tried } = await dayOf(folder.path, clock);
      using _rig = rig;
      const run = rig.run();
      await clock.passUntil(tried);
      rig.stop();
      await clock.passUntil(run);
    }
    const { rig } = await dayOf(folder.path, clock);
    using _rig = rig;
    const run = rig.run();
    await clock.advance(600_000);
    rig.stop();
    await clock.passUntil(run);

    expect(await ofKind(rig, 'feature')).toHaveLength(TARGETS * REQUESTS_A_DAY);
  });
});

test('a budget that leaves nothing has nobody asked beside the cycles either', async () => {
  using folder = tempDir();
  const clock = new SetClock(EVENING);
  using rig = openRig({
    folder: folder.path,
    clock,
    exchange: downUntil('2027-01-01', clock),
    environment: { ...HALF_HOURLY, BUDGET_USD_PER_DAY: '0' },
  });
  const run = rig.run();
  await clock.advance(600_000);
  rig.stop();
  await clock.passUntil(run);
  expect(rig.asked).toEqual([]);
});
