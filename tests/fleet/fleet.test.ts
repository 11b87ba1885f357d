import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { cycleId } from '../../src/domain/ids.ts';
import { anIdentity } from '../support/builders.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { flawsOf } from '../support/valid-record.ts';
import { INTERVAL_MS, openFleet, START_MS, targets } from './rig.ts';

let folder: TempDir;
beforeEach(() => {
  folder = tempDir();
});
afterEach(() => folder[Symbol.dispose]());

const opened = (count: number, options: { readonly rememberedMs?: number } = {}) =>
  openFleet({ folder, targets: targets(count), ...options });

const repeats = (ids: readonly string[]) => ids.length - new Set(ids).size;

describe('a fleet', () => {
  test('asks each target once from each place, and the cycle ends', async () => {
    const fleet = opened(6);
    const leader = fleet.leader();
    const workers = [fleet.worker('a'), fleet.worker('b'), fleet.worker('c', { location: 'us' })];

    await fleet.pass(20_000);

    expect(
      fleet
        .finals()
        .map(({ location }) => location)
        .toSorted(),
    ).toEqual([...Array(6).fill('eu'), ...Array(6).fill('us')]);
    expect(fleet.finals().every(({ outcome }) => outcome === 'ok')).toBe(true);
    expect(fleet.memory.records.flatMap(flawsOf)).toEqual([]);
    expect(workers.map(({ asked }) => asked.length).reduce((sum, n) => sum + n)).toBe(12);
    expect(leader.ended.map(({ dueAtMs }) => dueAtMs)).toEqual([START_MS]);
  });

  test('lets a worker hold no more than it can ask now', async () => {
    const fleet = opened(10);
    fleet.leader();
    const worker = fleet.worker('a', { slots: 3, askMs: 10_000 });

    await fleet.pass(8000);

    expect(worker.underWay()).toBe(3);
    const [seen] = await fleet.memory.open().workers(0);
    expect(seen?.leases).toBe(3);
  });

  test('keeps to the limit of a provider over all places', async () => {
    const fleet = opened(12);
    fleet.leader();
    const workers = ['eu', 'us', 'asia'].map((location) =>
      fleet.worker(location, { location, perProvider: 2, askMs: 3000 }),
    );
    let most = 0;
    for (let i = 0; i < 60; i++) {
      await fleet.pass(1000);
      most = Math.max(
        most,
        workers.map(({ underWay }) => underWay()).reduce((sum, n) => sum + n),
      );
    }

    expect(most).toBe(2);
    expect(fleet.finals()).toHaveLength(36);
  });

  test('has the probes of a killed worker asked by another, once its leases ran out', async () => {
    const fleet = opened(4);
    fleet.leader();
    const killed = fleet.worker('a', { askMs: 20_000, slots: 2 });
    await fleet.pass(5000);
    const colleague = fleet.worker('b', { slots: 2 });
    killed.kill();

    await fleet.pass(60_000);

    expect(killed.asked).toHaveLength(2);
    expect(colleague.asked).toHaveLength(4);
    expect(fleet.finals()).toHaveLength(4);
    expect(repeats(fleet.memory.records.map(({ attemptId }) => attemptId))).toBe(0);
  });

  test('goes on with the next attempt where a killed worker had made one', async () => {
    const fleet = opened(1);
    fleet.leader();
    const failing = { status: 503, reply: null };
    const killed = fleet.worker('a', { exchange: () => failing });
    await fleet.pass(3000);
    expect(fleet.memory.records.map(({ attempt, final }) => [attempt, final])).toEqual([[1, false]]);
    killed.kill();

    fleet.worker('b');
    await fleet.pass(60_000);

    expect(fleet.memory.records.map(({ attempt, final, outcome }) => [attempt, final, outcome])).toEqual([
      [1, false, 'target_error'],
      [2, true, 'ok'],
    ]);
  });

  test('has a worker that was paused past its leases drop what it had', async () => {
    const fleet = opened(2);
    fleet.leader();
    const paused = fleet.worker('a', { askMs: 20_000 });
    await fleet.pass(5000);
    expect(paused.underWay()).toBe(2);
    paused.pause();
    const colleague = fleet.worker('b');
    await fleet.pass(60_000);
    expect(colleague.asked).toHaveLength(2);

    await paused.goOn();
    await fleet.pass(5000);

    expect(paused.stored).toEqual([]);
    expect(paused.underWay()).toBe(0);
    expect(fleet.finals()).toHaveLength(2);
    expect(fleet.memory.records).toHaveLength(2);
  });

  test('books what an attempt cost that came too late, and keeps no row of it', async () => {
    const fleet = opened(1);
    fleet.leader();
    const slow = fleet.worker('a', { askMs: 6000 });
    await fleet.pass(5000);
    expect(slow.underWay()).toBe(1);
    slow.pause();
    const colleague = fleet.worker('b');
    await fleet.pass(60_000);
    const [day, once] = [...fleet.memory.spentUsd][0]!;
    expect(colleague.stored).toHaveLength(1);

    await slow.goOn(); // its reply had come before the end of its lease
    await fleet.pass(5000);
    expect(fleet.memory.records).toHaveLength(1);
    expect(fleet.memory.spentUsd.get(day)).toBeCloseTo(2 * once, 12);
  });

  test('refuses a worker whose clock is 3 s off, says what mends it, and takes it once it is set', async () => {
    const fleet = opened(2);
    fleet.leader();
    const worker = fleet.worker('a', { aheadMs: 3000 });
    await fleet.pass(15_000);

    expect(worker.asked).toEqual([]);
    const told = worker.log.lines.filter(({ level }) => level === 'error');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ fields: { aheadMs: 3000 }, message: expect.stringContaining('NTP') });

    worker.clock.jumpWall(-2000);
    await fleet.pass(15_000);
    expect(worker.asked).toHaveLength(2);
  });

  test('lets a worker that is told to stop end what runs, and take nothing more', async () => {
    const fleet = opened(6);
    fleet.leader();
    const worker = fleet.worker('a', { slots: 2, askMs: 4000 });
    await fleet.pass(4000);
    worker.stop();

    await fleet.pass(6000);
    await worker.done;

    expect(worker.asked).toHaveLength(2);
    expect(fleet.finals()).toHaveLength(2);
    expect(await fleet.memory.open().workers(0)).toEqual([]);
  });

  test('has what was dropped at the end of the grace asked by another at once', async () => {
    const fleet = opened(2);
    fleet.leader();
    const worker = fleet.worker('a', { askMs: 60_000 });
    await fleet.pass(4000);
    const colleague = fleet.worker('b');
    worker.stop(true);
    await fleet.pass(4000);
    await worker.done;

    expect(worker.stored).toEqual([]);
    expect(colleague.asked).toHaveLength(2);
    expect(fleet.finals().map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  });
});

const cycleAt = (dueAtMs: number) => ({ cycleId: cycleId(anIdentity().writer, dueAtMs), dueAtMs });

describe('a leader', () => {
  test('that is gone is followed by another, which goes on with its cycle and repeats nothing', async () => {
    const fleet = opened(8);
    const first = fleet.leader();
    fleet.worker('a', { slots: 1, askMs: 3000 });
    await fleet.pass(10_000);
    first.line.isCut = true;
    await fleet.pass(5000);
    expect(fleet.finals().length).toBeLessThan(8);

    const second = fleet.leader();
    await fleet.pass(30_000);

    expect(second.ended.map(({ dueAtMs }) => dueAtMs)).toEqual([START_MS]);
    expect(fleet.finals()).toHaveLength(8);
    expect(fleet.memory.records).toHaveLength(8);
    await fleet.pass(INTERVAL_MS);
    expect([...fleet.memory.cycles.values()].map(({ dueAtMs }) => dueAtMs)).toEqual([START_MS, START_MS + INTERVAL_MS]);
  });

  test('beside another changes nothing', async () => {
    const fleet = opened(5);
    fleet.leader();
    fleet.leader();
    const worker = fleet.worker('a');

    await fleet.pass(INTERVAL_MS + 30_000);

    expect(fleet.finals()).toHaveLength(10);
    expect(repeats(fleet.memory.records.map(({ probeId }) => probeId))).toBe(0);
    expect(worker.asked).toHaveLength(10);
  });

  test('beside another tells of what it closed itself, and of nothing else', async () => {
    const fleet = opened(5);
    const leaders = [fleet.leader({ skip: 'budget' }), fleet.leader({ skip: 'budget' })];
    fleet.worker('a');
    await fleet.pass(10_000);

    const told = leaders.flatMap((leader) => leader.told.map(({ attemptId }) => attemptId));
    expect(told.toSorted()).toEqual(
      fleet
        .finals()
        .map(({ attemptId }) => attemptId)
        .toSorted(),
    );
    expect(told).toHaveLength(5);
  });

  test('closes as `no_worker` what nobody asked until the next cycle was due', async () => {
    const fleet = opened(3, { rememberedMs: 60_000 });
    fleet.leader();
    const worker = fleet.worker('a', { askMs: 5000, slots: 1 });
    await fleet.pass(8000);
    worker.kill();
    const asked = fleet.finals().length;
    expect(asked).toBeLessThan(3);

    await fleet.pass(INTERVAL_MS + 60_000);

    const reasons = fleet.finals(START_MS).map(({ errorClass }) => errorClass);
    expect(reasons).toEqual([...Array(asked).fill(null), ...Array(3 - asked).fill('no_worker')]);
    expect(fleet.memory.records.flatMap(flawsOf)).toEqual([]);
  });

  test('waits for what the outbox of a worker that vanished may bring', async () => {
    const fleet = opened(3);
    const leader = fleet.leader();
    const worker = fleet.worker('a', { slots: 1, askMs: 3000 });
    await fleet.pass(3500);
    worker.kill();

    await fleet.pass(2 * INTERVAL_MS);

    expect(leader.ended).toEqual([]);
    expect(fleet.finals().filter(({ errorClass }) => errorClass === 'no_worker')).toEqual([]);
  });

  test('closes nothing before each worker of the place said, since the cycle was over, that nothing waits', async () => {
    const fleet = opened(3);
    fleet.leader();
    const stuck = fleet.worker('a', { budgetUsd: 0 });
    await fleet.pass(INTERVAL_MS - 6000);
    stuck.pause();
    await fleet.pass(12_000);
    expect(fleet.finals(START_MS)).toEqual([]);

    await stuck.goOn();
    await fleet.pass(15_000);
    expect(fleet.finals(START_MS).map(({ errorClass }) => errorClass)).toEqual(Array(3).fill('no_worker'));
  });

  test('closes as `budget` what nobody was given, since the money of the day was spent', async () => {
    const fleet = opened(3);
    fleet.leader({ isSpent: true });
    fleet.worker('a', { budgetUsd: 0 });
    await fleet.pass(INTERVAL_MS + 20_000);

    expect(fleet.finals(START_MS).map(({ errorClass }) => errorClass)).toEqual(Array(3).fill('budget'));
  });

  test('plans the cycle that is due though the one before began only then', async () => {
    const fleet = opened(2);
    fleet.worker('a');
    await fleet.pass(INTERVAL_MS + 5000);
    await fleet.memory.open().plan(cycleAt(START_MS), [], START_MS + INTERVAL_MS + 4000);

    fleet.leader();
    await fleet.pass(30_000);

    expect(fleet.finals(START_MS + INTERVAL_MS).map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  });

  test('marks the cycles that were due while nobody led', async () => {
    const fleet = opened(2);
    const first = fleet.leader();
    const worker = fleet.worker('a');
    await fleet.pass(20_000);
    first.stop();
    await fleet.pass(3 * INTERVAL_MS);

    fleet.leader();
    await fleet.pass(60_000);

    for (const missed of [1, 2]) {
      const finals = fleet.finals(START_MS + missed * INTERVAL_MS);
      expect(finals.map(({ errorClass, location }) => [errorClass, location])).toEqual(
        Array(2).fill(['no_worker', 'eu']),
      );
    }
    expect(fleet.finals(START_MS + 3 * INTERVAL_MS).map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
    expect(worker.asked).toHaveLength(4);
  });

  test('settles at once what is left out for the budget, for each place', async () => {
    const fleet = opened(2);
    const leader = fleet.leader({ skip: 'budget' });
    const workers = ['eu', 'us'].map((location) => fleet.worker(location, { location }));

    await fleet.pass(10_000);

    expect(
      fleet
        .finals()
        .map(({ location, errorClass }) => [location, errorClass])
        .toSorted(),
    ).toEqual([...Array(2).fill(['eu', 'budget']), ...Array(2).fill(['us', 'budget'])]);
    expect(leader.ended).toHaveLength(1);
    expect(workers.flatMap(({ asked }) => asked)).toEqual([]);
  });

  test('without a catalogue says so once for each place', async () => {
    const fleet = opened(2);
    fleet.catalog.now = null;
    fleet.leader();
    fleet.worker('a');
    await fleet.pass(10_000);

    expect(fleet.memory.records.map(({ location, errorClass }) => [location, errorClass])).toEqual([
      ['eu', 'no_catalogue'],
    ]);
    expect(fleet.skips.map(({ reason }) => reason)).toEqual(['no_catalogue']);
  });
});

describe('while the database cannot be reached', () => {
  test('results wait in the outbox, and arrive once', async () => {
    const fleet = opened(2);
    fleet.leader();
    const worker = fleet.worker('a', { askMs: 5000 });
    await fleet.pass(4000);
    expect(worker.underWay()).toBe(2);
    worker.line.isCut = true;
    await fleet.pass(6000);
    expect(worker.outbox.waiting()).toBe(2);
    expect(fleet.memory.records).toEqual([]);

    worker.line.isCut = false;
    await fleet.pass(10_000);

    expect(worker.outbox.waiting()).toBe(0);
    expect(fleet.finals().map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
    expect(worker.asked).toHaveLength(2);
  });

  test('an answer that was lost leaves one row', async () => {
    const fleet = opened(2);
    fleet.leader();
    const worker = fleet.worker('a', { askMs: 5000 });
    await fleet.pass(4000);
    worker.line.losesAnswers = true;
    await fleet.pass(6000);
    expect(fleet.memory.records).toHaveLength(2);
    worker.line.losesAnswers = false;
    await fleet.pass(10_000);

    expect(fleet.memory.records).toHaveLength(2);
    expect(worker.outbox.waiting()).toBe(0);
    const [[, spent] = []] = [...fleet.memory.spentUsd];
    expect(spent).toBeCloseTo(2 * (fleet.memory.records[0]?.costUsd ?? 0), 12);
  });

  test('two workers of a place ask a cycle that is due between them, each target once, and deliver it later', async () => {
    const fleet = opened(9);
    const leader = fleet.leader();
    const workers = ['a', 'b'].map((name) => fleet.worker(name, { perProvider: 4 }));
    await fleet.pass(120_000);
    const lines = [leader.line, ...workers.map(({ line }) => line)];
    for (const line of lines) line.isCut = true;
    await fleet.pass(INTERVAL_MS);
    const alone = workers.map(({ asked }) => asked.filter(({ atMs }) => atMs >= START_MS + INTERVAL_MS).length);
    expect(alone[0]! + alone[1]!).toBe(9);
    expect(Math.min(...alone)).toBeGreaterThan(0);
    expect(fleet.finals(START_MS + INTERVAL_MS)).toEqual([]);

    for (const line of lines) line.isCut = false;
    const next = fleet.leader();
    await fleet.pass(30_000);

    const finals = fleet.finals(START_MS + INTERVAL_MS);
    expect(finals.map(({ outcome }) => outcome)).toEqual(Array(9).fill('ok'));
    expect(repeats(fleet.memory.records.map(({ attemptId }) => attemptId))).toBe(0);
    expect(next.ended.map(({ dueAtMs }) => dueAtMs)).toContain(START_MS + INTERVAL_MS);
  });

  test('no worker asks more of a provider at once than its share', async () => {
    const fleet = opened(12);
    const leader = fleet.leader();
    const workers = ['eu', 'us', 'asia'].map((location) =>
      fleet.worker(location, { location, perProvider: 3, askMs: 2000 }),
    );
    await fleet.pass(120_000);
    for (const { line } of [leader, ...workers]) line.isCut = true;
    let most = 0;
    for (let i = 0; i < 250; i++) {
      await fleet.pass(1000);
      most = Math.max(
        most,
        workers.map(({ underWay }) => underWay()).reduce((sum, n) => sum + n),
      );
    }

    expect(most).toBe(3);
    expect(workers.map(({ asked }) => asked.length)).toEqual([24, 24, 24]);
  });

  test('a worker spends no more than its part of what was left of the budget', async () => {
    const fleet = opened(20);
    const leader = fleet.leader();
    const budgetUsd = 0.001;
    const workers = ['eu', 'us'].map((location) => fleet.worker(location, { location, budgetUsd, slots: 1 }));
    await fleet.pass(120_000);
    const spentUsd = () => [...fleet.memory.spentUsd.values()].reduce((sum, usd) => sum + usd, 0);
    const before = spentUsd();
    expect(before).toBeLessThan(budgetUsd);
    for (const { line } of [leader, ...workers]) line.isCut = true;
    await fleet.pass(3 * INTERVAL_MS);
    for (const { line } of workers) line.isCut = false;
    await fleet.pass(30_000);

    const perAttempt = before / fleet.finals(START_MS).length;
    expect(spentUsd()).toBeGreaterThan(before);
    expect(spentUsd()).toBeLessThanOrEqual(budgetUsd + 2 * perAttempt);
  });

  test('a place that is cut off has its cycles marked only where it asked nothing', async () => {
    const fleet = opened(4);
    fleet.leader();
    const [here, away] = [fleet.worker('here'), fleet.worker('away', { location: 'us' })];
    await fleet.pass(100_000);
    away.line.isCut = true;
    await fleet.pass(2 * INTERVAL_MS);
    away.line.isCut = false;
    await fleet.pass(60_000);

    const ofPlace = (place: string) =>
      fleet.finals().filter(({ location, outcome }) => location === place && outcome === 'ok');
    expect(ofPlace('eu')).toHaveLength(12);
    expect(ofPlace('us')).toHaveLength(12);
    expect(here.asked).toHaveLength(12);
    expect(repeats(fleet.finals().map(({ probeId }) => probeId))).toBe(0);
  });
});
