import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import type { Role } from '../../src/domain/settings.ts';
import { openOutbox } from '../../src/fleet/outbox.ts';
import { type FleetParts, runFleet } from '../../src/fleet-daemon.ts';
import type { RoleLock } from '../../src/ports.ts';
import { anExchange, aTarget } from '../support/builders.ts';
import { cycleParts } from '../support/cycle-parts.ts';
import { MemoryFleet } from '../support/memory-fleet.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';
import { SetClock } from '../support/set-clock.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

let folder: TempDir;
beforeEach(() => {
  folder = tempDir();
});
afterEach(() => folder[Symbol.dispose]());

const FREE: RoleLock = {
  held: () => [],
  hold: async () => ({ lost: new AbortController().signal, async [Symbol.asyncDispose]() {} }),
};

async function aProcess(roles: readonly Role[]) {
  const clock = new SetClock();
  const targets = ['amber', 'cobalt'].map((provider) => aTarget({ provider }));
  const transport = new ScriptedTransport(anExchange());
  const own = await cycleParts({ targets, clock, transport, folder });
  const memory = new MemoryFleet(clock);
  const outbox = openOutbox(folder.path);
  const finish = (cycleId: string) => {
    memory.cycles.get(cycleId)!.ended = true;
  };
  const store = new Proxy(own.store, {
    get: (whole, name) => (name === 'finish' ? finish : Reflect.get(whole, name)),
  });
  const shared = { fleet: memory.open(), roleLock: FREE, outbox, isUnreachable: () => false };
  const parts: FleetParts = { ...own, ...shared, store };
  const [starting, running] = [new AbortController(), new AbortController()];
  const told: string[] = [];
  const done = runFleet(
    parts,
    new Set(roles),
    { starting: starting.signal, running: running.signal },
    {
      planned: (plan) => told.push(`planned ${plan.length}`),
      stored: ({ providerName, outcome }) => told.push(`stored ${providerName} ${outcome}`),
      cycleEnded: () => told.push('ended'),
    },
  );
  return {
    ...{ clock, memory, transport, told, done, log: own.log },
    async stop() {
      starting.abort();
      await clock.passUntil(done);
      outbox[Symbol.dispose]();
      await own[Symbol.asyncDispose]();
    },
  };
}

describe('a process of a fleet', () => {
  test('with every role plans, asks and ends cycles as one that is alone does', async () => {
    const process = await aProcess(['schedule', 'probe', 'push']);
    await process.clock.advance(10_000);

    expect(process.told.toSorted()).toEqual(['ended', 'planned 2', 'stored amber ok', 'stored cobalt ok']);
    expect(process.memory.records.map(({ location }) => location)).toEqual(['local', 'local']);
    await process.stop();
    expect(process.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('that only probes plans nothing', async () => {
    const process = await aProcess(['probe']);
    await process.clock.advance(10_000);

    expect(process.told).toEqual([]);
    await process.stop();
  });

  test('that only schedules asks nothing', async () => {
    const process = await aProcess(['schedule']);
    await process.clock.advance(10_000);

    expect(process.transport.asked).toEqual([]);
    await process.stop();
  });
});
