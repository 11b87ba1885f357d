import { describe, expect, test } from 'bun:test';
import type { AttemptRecord } from '../src/domain/record.ts';
import { openFollowing } from '../src/follow.ts';
import type { FleetStore } from '../src/ports.ts';
import { aCycle } from './support/builders.ts';
import { fleetProbes, recordOf } from './support/fleet-builders.ts';
import { recordingLog } from './support/log.ts';
import { MemoryFleet } from './support/memory-fleet.ts';
import { SetClock } from './support/set-clock.ts';

class Away extends Error {}

/** A process that follows a shared store, and what its listeners heard. */
async function openFollower(memory = new MemoryFleet(new SetClock())) {
  const clock = new SetClock();
  const log = recordingLog();
  const heard: AttemptRecord[] = [];
  const line = { isCut: false };
  const store = memory.open();
  const fleet = new Proxy(store, {
    get: (whole, name) => {
      const method = Reflect.get(whole, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (line.isCut) throw new Away();
        return method(...args);
      };
    },
  }) as FleetStore;
  const following = await openFollowing({
    fleet,
    listeners: [(record) => heard.push(record)],
    isUnreachable: (error) => error instanceof Away,
    clock,
    log,
  });
  const stop = new AbortController();
  let cyclesEnded = 0;
  const running = following.run(() => cyclesEnded++, stop.signal);
  return {
    clock,
    line,
    log,
    memory,
    here: following.here,
    names: () => heard.map(({ modelId }) => modelId),
    cyclesEnded: () => cyclesEnded,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** Records of as many models. */
const records = (count: number) => fleetProbes(Array(count).fill('p')).map((probe) => recordOf(probe));
const namesOf = (some: readonly AttemptRecord[]) => some.map(({ modelId }) => modelId);

describe('whoever follows', () => {
  test('hears within a second what others stored since, in its order, and nothing that was there', async () => {
    const memory = new MemoryFleet(new SetClock());
    const [before, ...later] = records(3) as [AttemptRecord, ...AttemptRecord[]];
    memory.records.push(before);
    await using follower = await openFollower(memory);
    memory.records.push(...later);
    await follower.clock.advance(1000);
    expect(follower.names()).toEqual(namesOf(later));
    await follower.clock.advance(5000);
    expect(follower.names()).toEqual(namesOf(later));
  });

  test('hears more than one reading brings', async () => {
    await using follower = await openFollower();
    const many = records(1201);
    follower.memory.records.push(...many);
    await follower.clock.advance(1000);
    expect(follower.names()).toEqual(namesOf(many));
  });

  test('hears what is stored here at once, and once, whether it arrives before or after that is known', async () => {
    await using follower = await openFollower();
    const [first, second] = records(2) as [AttemptRecord, AttemptRecord];
    follower.here(first);
    expect(follower.names()).toEqual(namesOf([first]));
    follower.memory.records.push(first, second);
    await follower.clock.advance(1000);
    follower.here(second); // the answer to whoever stored it took its time
    await follower.clock.advance(1000);
    expect(follower.names()).toEqual(namesOf([first, second]));
  });

  test('waits while the database is away, says so once, and catches up', async () => {
    await using follower = await openFollower();
    follower.line.isCut = true;
    await follower.clock.advance(60_000);
    follower.memory.records.push(...records(2));
    follower.line.isCut = false;
    await follower.clock.advance(1000);
    expect(follower.names()).toEqual(namesOf(records(2)));
    expect(follower.log.lines.map(({ message }) => message)).toEqual([
      'the database cannot be reached: what others store is heard once it can',
      'what others stored is heard again',
    ]);
  });

  test('is told that a cycle has ended, after its records', async () => {
    await using follower = await openFollower();
    const cycle = aCycle();
    const store = follower.memory.open();
    await store.plan(cycle, [], cycle.dueAtMs);
    await follower.clock.advance(2000);
    expect(follower.cyclesEnded()).toBe(0);
    follower.memory.cycles.get(cycle.cycleId)!.ended = true;
    await follower.clock.advance(5000);
    expect(follower.cyclesEnded()).toBe(1);
  });

  test('fails of what is no trouble with the connection', async () => {
    const bug = async () => {
      throw new TypeError('a fault of ours');
    };
    const fleet = new MemoryFleet(new SetClock()).open();
    const following = await openFollowing({
      fleet: { ...fleet, arrivals: bug },
      listeners: [],
      isUnreachable: () => false,
      clock: new SetClock(),
      log: recordingLog(),
    });
    await expect(following.run(() => undefined, new AbortController().signal)).rejects.toThrow('a fault of ours');
  });
});
