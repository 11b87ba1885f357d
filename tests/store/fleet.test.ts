import { expect, test } from 'bun:test';
import { describeFleetStore } from '../contract/fleet-store.ts';
import { aCycle, DUE_AT_MS } from '../support/builders.ts';
import { aClaim, aWorker, fleetProbes, recordOf } from '../support/fleet-builders.ts';
import { IS_POSTGRES_SKIPPED } from '../support/postgres.ts';
import { memoryFleet, postgresFleet } from './fleet-places.ts';

describeFleetStore('PostgreSQL', postgresFleet, IS_POSTGRES_SKIPPED ? test.skip : test);
describeFleetStore('the memory double', memoryFleet);

test.skipIf(IS_POSTGRES_SKIPPED)(
  'the plan of a cycle that ended more than a day ago is let go; what is told of it later is known to be late',
  async () => {
    await using place = await postgresFleet();
    const store = place.open();
    await store.announce(aWorker());
    const now = await store.serverNowMs();
    const cycleOf = (hoursAgo: number) => aCycle({ dueAtMs: now - hoursAgo * 3_600_000 });
    const cycles = [cycleOf(30), cycleOf(20)]; // each ended when it was due
    const probes = cycles.map((cycle) => fleetProbes(['p'], { cycle })[0]!);
    for (const [i, cycle] of cycles.entries()) {
      await store.plan(cycle, [probes[i]!], now);
      const [lease] = await store.claim(aClaim());
      await store.settle(lease!.leaseId, recordOf(lease!));
    }
    for (const cycle of cycles) await place.finish(cycle);
    await store.plan(aCycle({ dueAtMs: DUE_AT_MS }), [], now);
    const planned = async () =>
      (await Promise.all(cycles.map(({ cycleId }) => store.progress(cycleId)))).map((p) => p.planned);
    expect(await planned()).toEqual([0, 1]);

    expect(await store.deliver(probes[0]!, [recordOf(probes[0]!, { durationMs: 77.5 })])).toBe(0);
    expect(await store.claim(aClaim())).toEqual([]);
    expect(await place.records()).toHaveLength(2);
  },
);

test.skipIf(IS_POSTGRES_SKIPPED)('a worker whose session was cut is there again once it says so again', async () => {
  await using place = await postgresFleet();
  const store = place.open();
  await store.announce(aWorker());
  const sessions = () =>
    place.admin.all<{ pid: number }>(`SELECT pid FROM pg_locks WHERE classid = 7861 AND database =
    (SELECT oid FROM pg_database WHERE datname = current_database())`);
  const [session] = await sessions();
  await place.admin.run('SELECT pg_terminate_backend($1::int, 5000)', session!.pid);
  expect(await sessions()).toEqual([]);

  await expect(store.announce(aWorker())).rejects.toThrow();
  await store.announce(aWorker());
  expect(await sessions()).toHaveLength(1);
  await store.announce(aWorker());
  await store.withdraw(aWorker().workerId);
  expect(await sessions()).toEqual([]);
});
