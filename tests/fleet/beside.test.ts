import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { openOutbox } from '../../src/fleet/outbox.ts';
import { runFleet } from '../../src/fleet-daemon.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import type { FleetStore, RoleLock } from '../../src/ports.ts';
import { createProber } from '../../src/probe/prober.ts';
import { anExchange, aTarget } from '../support/builders.ts';
import { cycleParts } from '../support/cycle-parts.ts';
import { MemoryFleet } from '../support/memory-fleet.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';
import { SetClock } from '../support/set-clock.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { flawsOf } from '../support/valid-record.ts';

const MORNING = '2026-08-01T10:00:00.000Z';

let folder: TempDir;
beforeEach(() => {
  folder = tempDir();
});
afterEach(() => folder[Symbol.dispose]());

class Away extends Error {}

interface World {
  readonly providers?: readonly string[];
  readonly start?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

interface Asked {
  readonly process: string;
  readonly provider: string;
  readonly isConfirm: boolean;
}

/** Processes on one database: leases are those of the memory double, records those of a real store. */
async function openWorld({ providers = ['amber', 'cobalt'], start = MORNING, environment = {} }: World = {}) {
  const clock = new SetClock(start);
  const targets = providers.map((provider) => aTarget({ provider }));
  const settings = { SCHEDULE_INTERVAL_SECONDS: '1800', ...environment };
  const own = await cycleParts({
    ...{ targets, clock, folder, environment: settings },
    transport: new ScriptedTransport(anExchange()),
  });
  const memory = new MemoryFleet(clock);
  const held = new Map<string, symbol>();
  const asked: Asked[] = [];
  /** `provider` is down, `location provider` from there alone. */
  const down = new Set<string>();
  const askMs = new Map<string, number>();
  const ends: (() => Promise<void>)[] = [];

  const store = new Proxy(own.store, {
    get: (whole, name) =>
      name === 'finish'
        ? async (cycleId: string) => {
            memory.cycles.get(cycleId)!.ended = true;
          }
        : Reflect.get(whole, name),
  });

  /** What the double stores is in the store, too. */
  function connect(line: { isCut: boolean }): FleetStore {
    const opened = memory.open();
    return new Proxy(opened, {
      get(whole, name) {
        const method = Reflect.get(whole, name) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          if (line.isCut) throw new Away();
          const before = memory.records.length;
          const answer = await method(...args);
          await own.store.append(memory.records.slice(before));
          return answer;
        };
      },
    });
  }

  /** The store, as one sees it over this line. */
  const seenOver = (line: { isCut: boolean }) =>
    new Proxy(store, {
      get(whole, name) {
        const method = Reflect.get(whole, name);
        if (!['lastGood', 'endingsSince'].includes(String(name))) return method;
        return async (...args: unknown[]) => {
          if (line.isCut) throw new Away();
          return await method(...args);
        };
      },
    });

  const roleLock: RoleLock = {
    held: () => [],
    async hold(role) {
      if (held.has(role)) return null;
      const holder = Symbol();
      held.set(role, holder);
      return { lost: new AbortController().signal, [Symbol.asyncDispose]: async () => void held.delete(role) };
    },
  };

  function joinIn(name: string, location: string, schedules = false) {
    const line = { isCut: false };
    const path = join(folder.path, name);
    mkdirSync(path);
    const outbox = openOutbox(path);
    const identity = { ...own.identity, location };
    const [starting, running] = [new AbortController(), new AbortController()];
    const told: AttemptRecord[] = [];
    const prober = createProber({
      ...{ settings: own.config.probe, identity, clock, log: own.log, redact: createRedactor([]) },
      connectivity: { online: async () => true },
      instrumentErrorP99Ms: () => null,
      transport: {
        async exchange({ body }, signal) {
          const provider = String(JSON.parse(body).model.split(':')[1]);
          const isConfirm = body.includes('Reply with the word OK.');
          asked.push({ process: name, provider, isConfirm });
          const requestStartAtMs = clock.nowMs();
          try {
            await clock.sleep(askMs.get(isConfirm ? `${provider} confirm` : provider) ?? 1000, signal);
          } catch {
            return anExchange({ requestStartAtMs, status: null, reply: null, ending: { kind: 'cancelled' } });
          }
          const isDown = down.has(provider) || down.has(`${location} ${provider}`);
          return anExchange({ requestStartAtMs, ...(isDown && { status: 400 }) });
        },
      },
    });
    const parts = {
      ...own,
      ...{
        store: seenOver(line),
        identity,
        prober,
        roleLock,
        outbox,
        fleet: connect(line),
        atOnce: { ask: null } as typeof own.atOnce,
      },
      listeners: new Set([(record: AttemptRecord) => void told.push(record)]),
      isUnreachable: (error: unknown) => error instanceof Away,
    };
    const roles = new Set(schedules ? (['schedule', 'probe'] as const) : (['probe'] as const));
    const done = runFleet(parts, roles, { starting: starting.signal, running: running.signal });
    const stop = async () => {
      starting.abort();
      await clock.passUntil(done);
      outbox[Symbol.dispose]();
    };
    ends.push(stop);
    return { line, told, outbox, atOnce: parts.atOnce, stop: () => ends.splice(ends.indexOf(stop), 1)[0]!() };
  }

  const rows = async (kind: string) =>
    (await Array.fromAsync(own.store.read())).filter(({ probeKind }) => probeKind === kind);
  return {
    ...{ clock, memory, asked, down, askMs, rows, log: own.log, join: joinIn },
    confirms: () => asked.filter(({ isConfirm }) => isConfirm),
    leases: async () => (await memory.open().workers(0)).map(({ leases }) => leases),
    async [Symbol.asyncDispose]() {
      for (const end of ends.splice(0)) await end();
      await own[Symbol.asyncDispose]();
    },
  };
}

const seen = (records: readonly AttemptRecord[]) =>
  records.map((row) => [row.cycleTimestampIso.slice(11, 16), row.location, row.providerName, row.outcome]);

describe('beside the cycles of a fleet', () => {
  test('a target that failed at a place is asked again there alone, by one of its processes, until it answers', async () => {
    await using world = await openWorld();
    world.down.add('eu amber');
    const first = world.join('eu-1', 'eu', true);
    world.join('eu-2', 'eu');
    world.join('us-1', 'us');
    await world.clock.advance(5 * 60_000);
    world.down.clear();
    await world.clock.advance(4 * 60_000);

    const confirms = await world.rows('confirm');
    expect(seen(confirms)).toEqual([
      ['10:02', 'eu', 'amber', 'target_error'],
      ['10:04', 'eu', 'amber', 'target_error'],
      ['10:06', 'eu', 'amber', 'ok'],
    ]);
    expect(confirms.flatMap(flawsOf)).toEqual([]);
    expect(new Set(world.confirms().map(({ process }) => process))).toEqual(new Set(['eu-1']));
    expect(first.told.filter(({ probeKind }) => probeKind === 'confirm')).toHaveLength(3);
    expect([...world.memory.cycles.values()].map(({ ended }) => ended)).toEqual([true]);
  });

  test('another process of the place goes on where the one that did it has ended', async () => {
    await using world = await openWorld();
    world.down.add('amber');
    const first = world.join('eu-1', 'eu');
    world.join('eu-2', 'eu', true);
    await world.clock.advance(3 * 60_000);
    await first.stop();
    await world.clock.advance(2 * 60_000);
    expect(world.confirms().map(({ process }) => process)).toEqual(['eu-1', 'eu-2']);
  });

  test('every feature is tried at every place, once a UTC day', async () => {
    await using world = await openWorld({ providers: ['amber'], start: '2026-08-01T23:31:00.000Z' });
    world.join('eu-1', 'eu', true);
    world.join('us-1', 'us');
    await world.clock.advance(10 * 60_000);
    const rows = await world.rows('feature');
    const of = (location: string) => rows.filter((row) => row.location === location).map(({ feature }) => feature);
    expect(of('eu')).toEqual(['tool_call', 'system_prompt', 'stop', 'seed', 'seed', 'cache', 'cache']);
    expect(of('us')).toEqual(of('eu'));
    expect(rows.flatMap(flawsOf)).toEqual([]);
  });

  test('nobody is asked whom the cycle still asks there, and nothing takes a place that it needs', async () => {
    await using world = await openWorld({ environment: { PROBE_CONCURRENCY_PER_PROVIDER: '1' } });
    world.down.add('amber').add('cobalt');
    world.askMs.set('cobalt', 3 * 60_000).set('cobalt confirm', 1000);
    world.join('eu-1', 'eu', true);
    await world.clock.advance(2.5 * 60_000);
    expect(world.confirms().map(({ provider }) => provider)).toEqual(['amber']);
    await world.clock.advance(2 * 60_000);
    expect(
      world
        .confirms()
        .map(({ provider }) => provider)
        .toSorted(),
    ).toEqual(['amber', 'amber', 'cobalt']);
  });

  test('what is under way when a cycle is due is dropped, and leaves neither row nor lease', async () => {
    await using world = await openWorld({ environment: { SCHEDULE_INTERVAL_SECONDS: '180' } });
    world.down.add('amber');
    world.askMs.set('amber confirm', 10 * 60_000);
    world.join('eu-1', 'eu', true);
    await world.clock.advance(179_000);
    expect(world.confirms()).toHaveLength(1);
    expect(await world.leases()).toEqual([1]);
    await world.clock.advance(10_000);
    expect(await world.rows('confirm')).toEqual([]);
    expect(await world.leases()).toEqual([0]);
    expect(seen(await world.rows('standard')).map(([due]) => due)).toEqual(['10:00', '10:00', '10:03', '10:03']);
  });

  test('a lease lasts as long as a long reply', async () => {
    await using world = await openWorld();
    world.down.add('amber');
    world.askMs.set('amber confirm', 90_000);
    world.join('eu-1', 'eu', true);
    await world.clock.advance(4 * 60_000);
    expect(seen(await world.rows('confirm')).slice(0, 1)).toEqual([['10:02', 'eu', 'amber', 'target_error']]);
  });

  test('what was measured while the database was away is delivered once it is back', async () => {
    await using world = await openWorld();
    world.down.add('amber');
    world.askMs.set('amber confirm', 20_000);
    const worker = world.join('eu-1', 'eu', true);
    await world.clock.advance(125_000);
    worker.line.isCut = true;
    await world.clock.advance(30_000);
    expect(worker.outbox.waiting()).toBe(1);
    worker.line.isCut = false;
    await world.clock.advance(10_000);
    expect(worker.outbox.waiting()).toBe(0);
    expect(seen(await world.rows('confirm'))).toEqual([['10:02', 'eu', 'amber', 'target_error']]);
    expect(world.memory.cycles.size).toBe(1);
  });

  test('a round for which the database is away is left out, and is no fault', async () => {
    await using world = await openWorld();
    world.down.add('amber');
    const worker = world.join('eu-1', 'eu', true);
    await world.clock.advance(60_000);
    worker.line.isCut = true;
    await world.clock.advance(2 * 60_000);
    worker.line.isCut = false;
    await world.clock.advance(2 * 60_000);
    expect(seen(await world.rows('confirm'))).toEqual([['10:04', 'eu', 'amber', 'target_error']]);
    expect(world.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('a budget that leaves nothing has nobody asked', async () => {
    await using world = await openWorld({ environment: { BUDGET_USD_PER_DAY: '0' } });
    world.join('eu-1', 'eu', true);
    await world.clock.advance(10 * 60_000);
    expect(world.asked).toEqual([]);
  });

  test('a target that is to be asked at once is asked from every place, and one that nobody knows from none', async () => {
    await using world = await openWorld();
    const eu = world.join('eu-1', 'eu', true);
    world.join('us-1', 'us');
    await world.clock.advance(30_000);
    const { modelId } = aTarget();
    expect(await eu.atOnce.ask!({ modelId, provider: 'amber' })).toBe(true);
    expect(await eu.atOnce.ask!({ modelId, provider: 'nobody' })).toBe(false);
    await world.clock.advance(10_000);
    expect(
      world
        .confirms()
        .map(({ process, provider }) => `${process} ${provider}`)
        .toSorted(),
    ).toEqual(['eu-1 amber', 'us-1 amber']);
    expect((await world.rows('confirm')).map(({ location, outcome }) => `${location} ${outcome}`).toSorted()).toEqual([
      'eu ok',
      'us ok',
    ]);
  });

  test('what cannot be asked at once is said by who should have asked', async () => {
    await using world = await openWorld();
    world.askMs.set('amber', 60_000);
    const eu = world.join('eu-1', 'eu', true);
    await world.clock.advance(30_000);
    expect(await eu.atOnce.ask!({ modelId: aTarget().modelId, provider: 'amber' })).toBe(true);
    await world.clock.advance(10_000);
    expect(world.confirms()).toEqual([]);
    expect(world.log.lines.map(({ message }) => message)).toContain('asked for at once, and not possible now');
  });
});
