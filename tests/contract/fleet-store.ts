import { describe, expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { Cycle } from '../../src/domain/types.ts';
import type { Claim, FleetProbe, FleetStore, Lease, Worker } from '../../src/ports.ts';
import { aCycle, DUE_AT_MS } from '../support/builders.ts';
import { aClaim, aWorker, confirmOf, fleetProbes, notAsked, recordOf } from '../support/fleet-builders.ts';

/** One database, and the processes that share it. */
export interface FleetPlace extends AsyncDisposable {
  /** The store as one more process has it. Disposed: the process is gone, and said nothing. */
  open(): FleetStore & AsyncDisposable;
  pass(ms: number): Promise<void>;
  finish(cycle: Cycle): Promise<void>;
  /** All that are stored, in order of arrival. */
  records(): Promise<readonly Pick<AttemptRecord, 'attemptId' | 'probeId' | 'final'>[]>;
  spentUsd(day: string): Promise<number>;
}

const LEASE_MS = aClaim().leaseMs;
const DAY = new Date(DUE_AT_MS).toISOString().slice(0, 10);
const HOUR_MS = 3_600_000;

const modelsOf = (leases: readonly Lease[]) => leases.map(({ probe }) => probe.target.modelId);
const leaseIds = (leases: readonly Lease[]) => leases.map(({ leaseId }) => leaseId);
const ids = (records: readonly Pick<AttemptRecord, 'attemptId'>[]) => records.map((record) => record.attemptId);

export function describeFleetStore(name: string, newPlace: () => Promise<FleetPlace>, test_ = test): void {
  /** A worker that is there, and one probe of each of these providers. */
  async function aFleet(providers: readonly string[], budget: Partial<Claim> = {}) {
    const place = await newPlace();
    const store = place.open();
    await store.announce(aWorker());
    const probes = fleetProbes(providers);
    await store.plan(aCycle(), probes, DUE_AT_MS);
    return {
      place,
      store,
      probes,
      claim: (overrides: Partial<Claim> = {}) => store.claim(aClaim({ ...budget, ...overrides })),
      /** Another process. */
      async join(overrides: Partial<Worker>) {
        const other = place.open();
        const worker = aWorker(overrides);
        await other.announce(worker);
        const { workerId, location } = worker;
        return {
          store: other,
          claim: (wanted: Partial<Claim> = {}) => other.claim(aClaim({ ...budget, workerId, location, ...wanted })),
        };
      },
      [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
    };
  }

  describe(`${name} as a fleet store`, () => {
    describe('workers', () => {
      test_('that said since then that they are there, by location and id, with what they said last', async () => {
        await using place = await newPlace();
        await using store = place.open();
        await store.announce(aWorker({ workerId: 'b', location: 'us' }));
        await store.announce(aWorker({ workerId: 'a', location: 'us' }));
        await store.announce(aWorker({ workerId: 'z', location: 'eu', waiting: 0 }));
        await place.pass(10_000);
        await store.announce(aWorker({ workerId: 'z', location: 'eu', waiting: 3 }));
        await store.announce(aWorker({ workerId: 'a', location: 'us' }));
        const now = await store.serverNowMs();

        const seen = await store.workers(now - 5_000);
        expect(seen.map(({ workerId, waiting, leases }) => [workerId, waiting, leases])).toEqual([
          ['z', 3, 0],
          ['a', 0, 0],
        ]);
        expect(seen[0]!.lastSeenMs - seen[0]!.firstSeenMs).toBeGreaterThanOrEqual(10_000);
        expect(await store.workers(now - 60_000)).toHaveLength(3);
      });

      test_('with how many leases each holds', async () => {
        await using fleet = await aFleet(['p', 'q', 'r']);
        const [first] = await fleet.claim();
        const since = (await fleet.store.serverNowMs()) - 60_000;
        expect((await fleet.store.workers(since))[0]!.leases).toBe(3);
        await fleet.store.settle(first!.leaseId, recordOf(first!));
        expect((await fleet.store.workers(since))[0]!.leases).toBe(2);
        await fleet.place.pass(LEASE_MS);
        expect((await fleet.store.workers(since)).map(({ leases }) => leases)).toEqual([0]);
      });

      test_('one that withdraws is gone, and what it held is free at once', async () => {
        await using fleet = await aFleet(['p', 'p'], { perProvider: 2 });
        await fleet.claim();
        await fleet.store.withdraw('worker-1');
        await fleet.store.withdraw('worker-1');
        expect(await fleet.store.workers(0)).toEqual([]);
        const other = await fleet.join({ workerId: 'worker-2' });
        expect(await other.claim()).toHaveLength(2);
      });

      test_('one that did not say that it is there, or withdrew, is leased nothing', async () => {
        await using fleet = await aFleet(['p']);
        expect(await fleet.claim({ workerId: 'nobody' })).toEqual([]);
        await fleet.store.withdraw('worker-1');
        expect(await fleet.claim()).toEqual([]);
        await fleet.store.announce(aWorker());
        expect(await fleet.claim()).toHaveLength(1);
      });
    });

    describe('a worker that tells what it holds', () => {
      test_('frees what ran out and is not among it: the answer to its claim was lost', async () => {
        await using fleet = await aFleet(['p', 'p'], { perProvider: 1 });
        expect(await fleet.claim()).toHaveLength(1);
        await fleet.store.announce(aWorker(), []);
        expect(await fleet.claim()).toEqual([]);
        await fleet.place.pass(LEASE_MS);
        expect(await fleet.claim()).toEqual([]);

        await fleet.store.announce(aWorker(), []);
        expect(await fleet.claim()).toHaveLength(1);
      });

      test_('keeps the slot of what ran out and is still under way', async () => {
        await using fleet = await aFleet(['p', 'p'], { perProvider: 1 });
        const leases = await fleet.claim();
        await fleet.place.pass(LEASE_MS);
        await fleet.store.announce(aWorker(), leaseIds(leases));
        expect(await fleet.claim()).toEqual([]);
      });
    });

    describe('a claim', () => {
      test_('is given nothing of cycles due before it says', async () => {
        await using fleet = await aFleet(['p']);
        expect(await fleet.claim({ dueSinceMs: DUE_AT_MS + 1 })).toEqual([]);
        expect(await fleet.claim({ dueSinceMs: DUE_AT_MS })).toHaveLength(1);
      });

      test_(
        'is given probes as they were planned, in the order of cycles and plans, as many as it has slots',
        async () => {
          await using fleet = await aFleet(['p', 'q', 'p', 'r']);
          const earlier = fleetProbes(['s'], { cycle: aCycle({ dueAtMs: DUE_AT_MS - HOUR_MS }) });
          await fleet.store.plan(earlier[0]!.probe.cycle, earlier, DUE_AT_MS);

          const leases = await fleet.claim({ slots: 3 });
          expect(leases.map(({ probe }) => probe)).toEqual(
            [earlier[0]!, ...fleet.probes.slice(0, 2)].map((p) => p.probe),
          );
          expect(leases.map(({ attempts }) => attempts)).toEqual([0, 0, 0]);
          expect(modelsOf(await fleet.claim())).toEqual(['acme/Model-2', 'acme/Model-3']);
          expect(await fleet.claim()).toEqual([]);
        },
      );

      test_('is given nothing of another place', async () => {
        await using fleet = await aFleet(['p']);
        const abroad = await fleet.join({ workerId: 'worker-2', location: 'us' });
        expect(await abroad.claim()).toEqual([]);
      });

      test_('is not given what the planner left out', async () => {
        await using fleet = await aFleet([]);
        const [left, asked] = fleetProbes(['p', 'q']) as [FleetProbe, FleetProbe];
        await fleet.store.plan(aCycle(), [{ ...left, probe: { ...left.probe, skip: 'delisted' } }, asked], DUE_AT_MS);
        expect((await fleet.claim()).map(({ probe }) => probe)).toEqual([asked.probe]);
      });

      test_('gives no provider more than its limit over all places, and goes on with others behind it', async () => {
        await using fleet = await aFleet(['p', 'p', 'p', 'q', 'p', 'r'], { perProvider: 2 });
        const abroad = await fleet.join({ workerId: 'worker-2', location: 'us' });
        await fleet.store.plan(aCycle(), fleetProbes(['p', 'q'], { location: 'us' }), DUE_AT_MS);

        const leases = await fleet.claim();
        expect(modelsOf(leases)).toEqual(['acme/Model-0', 'acme/Model-1', 'acme/Model-3', 'acme/Model-5']);
        expect((await abroad.claim()).map(({ probe }) => probe.target.provider)).toEqual(['q']);

        await fleet.store.settle(leases[0]!.leaseId, recordOf(leases[0]!));
        expect((await abroad.claim()).map(({ probe }) => probe.target.provider)).toEqual(['p']);
        expect(await fleet.claim()).toEqual([]);
      });

      test_('is given nothing of a UTC day whose budget is spent, and still what is due on another', async () => {
        await using fleet = await aFleet(['p', 'q', 'r'], { budgetUsd: 2 });
        const leases = await fleet.claim({ slots: 2 });
        for (const lease of leases) await fleet.store.settle(lease.leaseId, recordOf(lease, { costUsd: 1 }));
        expect(await fleet.claim()).toEqual([]);

        const nextDay = fleetProbes(['p'], { cycle: aCycle({ dueAtMs: DUE_AT_MS + 24 * HOUR_MS }) });
        await fleet.store.plan(nextDay[0]!.probe.cycle, nextDay, DUE_AT_MS);
        expect((await fleet.claim()).map(({ probe }) => probe)).toEqual([nextDay[0]!.probe]);
        expect(modelsOf(await fleet.claim({ budgetUsd: 3 }))).toEqual(['acme/Model-2']);
      });

      test_('with no slots is given nothing', async () => {
        await using fleet = await aFleet(['p']);
        expect(await fleet.claim({ slots: 0 })).toEqual([]);
        expect(await fleet.claim({ perProvider: 0 })).toEqual([]);
      });
    });

    describe('a probe beside the cycles', () => {
      /** A cycle that has its answers, and what asks the target of one of its probes beside it. */
      async function askedFleet(providers: readonly string[], budget: Partial<Claim> = {}) {
        const fleet = await aFleet(providers, budget);
        for (const lease of await fleet.store.claim(aClaim()))
          await fleet.store.settle(lease.leaseId, recordOf(lease, { costUsd: 0 }));
        const beside = (planned: FleetProbe, overrides: Partial<Claim> = {}) =>
          fleet.store.claimOne(aClaim({ ...budget, ...overrides }), confirmOf(planned), planned.probe);
        return { ...fleet, beside };
      }

      test_('is leased and settled as any, and no part of a cycle, also where a round is due with one', async () => {
        await using fleet = await askedFleet(['p']);
        const [planned] = fleet.probes as [FleetProbe];
        const leaseId = (await fleet.beside(planned))!;
        const cycle = { planned: 1, done: 1, leased: 0 };
        expect(await fleet.store.progress(aCycle().cycleId)).toEqual(cycle);
        expect(await fleet.store.abandoned(aCycle().cycleId)).toEqual([]);
        expect(await fleet.claim()).toEqual([]);
        expect((await fleet.store.workers(0)).map(({ leases }) => leases)).toEqual([1]);
        expect(await fleet.store.renew([leaseId], LEASE_MS)).toEqual([leaseId]);

        const record = recordOf({ probe: confirmOf(planned) });
        for (const _ of ['once', 'again']) expect(await fleet.store.settle(leaseId, record)).toBe(true);
        expect(ids(await fleet.place.records())).toEqual(ids([recordOf(planned), record]));
        expect(await fleet.place.spentUsd(DAY)).toBe(1);
        expect(await fleet.store.progress(aCycle().cycleId)).toEqual(cycle);
        expect((await fleet.store.workers(0)).map(({ leases }) => leases)).toEqual([0]);
        expect(await fleet.beside(planned)).toBeNull();
      });

      test_('is one at a time; released it leaves no trace, and may be leased anew', async () => {
        await using fleet = await askedFleet(['p'], { perProvider: 1 });
        const [planned] = fleet.probes as [FleetProbe];
        const leaseId = (await fleet.beside(planned))!;
        expect(await fleet.beside(planned)).toBeNull();
        await fleet.store.release([leaseId]);
        expect(await fleet.beside(planned)).toEqual(expect.any(Number));
        expect(await fleet.place.records()).toHaveLength(1);
      });

      test_('is not leased to a worker that is not there, nor for money of a day that is spent', async () => {
        await using fleet = await askedFleet(['p', 'q'], { budgetUsd: 1 });
        const [first, second] = fleet.probes as [FleetProbe, FleetProbe];
        expect(await fleet.beside(first, { workerId: 'nobody' })).toBeNull();
        const leaseId = (await fleet.beside(first))!;
        await fleet.store.settle(leaseId, recordOf({ probe: confirmOf(first) }, { costUsd: 1 }));
        expect(await fleet.beside(second)).toBeNull();
        expect(await fleet.beside(second, { budgetUsd: 1.5 })).toEqual(expect.any(Number));
      });

      test_('counts against the limit of its provider over all places, and the cycles against it', async () => {
        await using fleet = await askedFleet(['p', 'p', 'p'], { perProvider: 2 });
        const [first, second, third] = fleet.probes as [FleetProbe, FleetProbe, FleetProbe];
        const abroad = await fleet.join({ workerId: 'worker-2', location: 'us' });
        await fleet.store.plan(aCycle(), fleetProbes(['p', 'p'], { location: 'us' }), DUE_AT_MS);
        const leaseId = (await fleet.beside(first))!;
        const [foreign] = await abroad.claim();
        expect(await abroad.claim()).toEqual([]);
        expect(await fleet.beside(second)).toBeNull();
        await abroad.store.release([foreign!.leaseId]);
        expect(await fleet.beside(second)).toEqual(expect.any(Number));
        expect(await abroad.claim()).toEqual([]);
        await fleet.store.settle(leaseId, recordOf({ probe: confirmOf(first) }));
        expect(await fleet.beside(third, { perProvider: 1 })).toBeNull();
        expect(await abroad.claim()).toHaveLength(1);
      });

      test_('is not leased while the cycle has its target still to ask from there, or asks it', async () => {
        await using fleet = await aFleet(['p']);
        const [planned] = fleet.probes as [FleetProbe];
        const beside = () => fleet.store.claimOne(aClaim(), confirmOf(planned), planned.probe);
        expect(await beside()).toBeNull();
        const [lease] = await fleet.claim();
        expect(await beside()).toBeNull();
        await fleet.place.pass(LEASE_MS);
        expect(await beside()).toBeNull();
        await fleet.store.settle(lease!.leaseId, recordOf(lease!));
        expect(await beside()).toEqual(expect.any(Number));
      });

      test_('takes no place that what waits of the cycle there has still to use', async () => {
        await using fleet = await askedFleet(['p'], { perProvider: 3 });
        const [planned] = fleet.probes as [FleetProbe];
        const cycle = aCycle({ dueAtMs: DUE_AT_MS + 1 });
        await fleet.store.plan(cycle, fleetProbes(['p', 'p', 'q'], { cycle }), DUE_AT_MS);
        const elsewhere = fleetProbes(['p', 'p'], { cycle, location: 'us' });
        await fleet.store.plan(cycle, elsewhere, DUE_AT_MS);
        const beside = (overrides: Partial<Claim>) =>
          fleet.store.claimOne(aClaim(overrides), confirmOf(planned), { probeId: 'none of it', cycle });
        expect(await beside({ slots: 3 })).toBeNull();
        expect(await beside({ slots: 4, perProvider: 2 })).toBeNull();
        expect(await beside({ slots: 4, perProvider: 3 })).toEqual(expect.any(Number));
      });

      test_('waits in the first minute of a cycle until that was planned', async () => {
        await using fleet = await askedFleet(['p']);
        const [planned] = fleet.probes as [FleetProbe];
        const nowMs = await fleet.store.serverNowMs();
        const beside = (cycle: Cycle) =>
          fleet.store.claimOne(aClaim(), confirmOf(planned), { probeId: 'none of it', cycle });
        const dueNow = aCycle({ dueAtMs: nowMs - 1000 });
        expect(await beside(dueNow)).toBeNull();
        await fleet.store.plan(dueNow, [], nowMs);
        const leaseId = (await beside(dueNow))!;
        await fleet.store.release([leaseId]);
        expect(await beside(aCycle({ dueAtMs: nowMs - 61_000 }))).toEqual(expect.any(Number));
      });

      test_('whose worker is gone is free once its lease ran out, and too late then', async () => {
        await using fleet = await askedFleet(['p', 'p'], { perProvider: 1 });
        const [first, second] = fleet.probes as [FleetProbe, FleetProbe];
        const other = await fleet.join({ workerId: 'worker-2' });
        const leaseId = (await other.store.claimOne(
          aClaim({ workerId: 'worker-2', perProvider: 1 }),
          confirmOf(first),
          first.probe,
        ))!;
        await fleet.place.pass(LEASE_MS);
        expect(await fleet.beside(second)).toBeNull(); // it may be under way
        await other.store[Symbol.asyncDispose]();
        expect(await fleet.beside(second)).toEqual(expect.any(Number));
        const late = recordOf({ probe: confirmOf(first) }, { costUsd: 0.5 });
        for (const _ of ['once', 'again']) expect(await fleet.store.settle(leaseId, late)).toBe(false);
        expect(await fleet.place.records()).toHaveLength(2);
        expect(await fleet.place.spentUsd(DAY)).toBe(0.5);
      });

      test_('that is delivered is stored once, and planned for no cycle', async () => {
        await using fleet = await aFleet(['p']);
        const cycle = aCycle({ dueAtMs: DUE_AT_MS + HOUR_MS });
        const [planned] = fleetProbes(['p'], { cycle }) as [FleetProbe];
        const beside = { ...planned, probe: confirmOf(planned) };
        const record = recordOf(beside);
        expect(await fleet.store.deliver(beside, [record])).toBe(1);
        expect(await fleet.store.deliver(beside, [record])).toBe(0);
        expect(await fleet.store.deliver(beside, [{ ...record, durationMs: 77.5 }])).toBe(0);
        expect(ids(await fleet.place.records())).toEqual(ids([record]));
        expect(await fleet.place.spentUsd(DAY)).toBe(2);
        expect(await fleet.store.progress(cycle.cycleId)).toEqual({ planned: 0, done: 0, leased: 0 });
      });
    });

    describe('what is to be asked at once', () => {
      const [a, b] = [
        { modelId: 'acme/a', provider: 'p' },
        { modelId: 'acme/b', provider: 'q' },
      ];

      test_('is told once to each place where a worker is there, oldest first', async () => {
        await using fleet = await aFleet([]);
        const abroad = await fleet.join({ workerId: 'worker-2', location: 'us' });
        await fleet.join({ workerId: 'worker-3', location: 'us' });
        for (const endpoint of [a, b]) expect(await fleet.store.wish(endpoint)).toBe(true);
        expect(await abroad.store.wishes('us')).toEqual([a, b]);
        expect(await abroad.store.wishes('us')).toEqual([]);
        expect(await fleet.store.wishes('eu')).toEqual([a, b]);
        expect(await fleet.store.wishes('asia')).toEqual([]);
      });

      test_('is not told after a minute, nor to anybody where nobody is there', async () => {
        await using fleet = await aFleet([]);
        await fleet.store.wish(a);
        await fleet.place.pass(61_000);
        expect(await fleet.store.wishes('eu')).toEqual([]);
        expect(await fleet.store.wish(b)).toBe(false);
      });
    });

    describe('a lease', () => {
      test_('that ran out is given to somebody else, who has one of his own', async () => {
        await using fleet = await aFleet(['p']);
        const other = await fleet.join({ workerId: 'worker-2' });
        const [first] = await fleet.claim();
        await fleet.place.pass(LEASE_MS - 5_000);
        expect(await other.claim()).toEqual([]);
        await fleet.place.pass(5_000);
        const [second] = await other.claim();
        expect(second!.probe).toEqual(first!.probe);
        expect(second!.leaseId).not.toBe(first!.leaseId);
      });

      test_(
        'that is renewed holds from then on; one that ran out, was given back or never was is not renewed',
        async () => {
          await using fleet = await aFleet(['p', 'q', 'r']);
          const [kept, lost, released] = leaseIds(await fleet.claim()) as [number, number, number];
          await fleet.place.pass(20_000);
          expect(await fleet.store.renew([kept], LEASE_MS)).toEqual([kept]);
          await fleet.store.release([released]);
          await fleet.place.pass(20_000);
          expect(await fleet.store.renew([kept, lost, released, 999_999], LEASE_MS)).toEqual([kept]);
          expect(await fleet.store.renew([], LEASE_MS)).toEqual([]);
          expect(modelsOf(await fleet.claim())).toEqual(['acme/Model-1', 'acme/Model-2']);
        },
      );

      test_('that is released frees its probe and its slot at once; again is harmless', async () => {
        await using fleet = await aFleet(['p', 'p'], { perProvider: 1 });
        const [lease] = await fleet.claim();
        await fleet.store.release([lease!.leaseId]);
        await fleet.store.release([lease!.leaseId]);
        await fleet.store.release([]);
        expect(modelsOf(await fleet.claim())).toEqual(['acme/Model-0']);
      });

      test_(
        'that ran out counts against its provider while its worker is connected, also when the probe is given to somebody else',
        async () => {
          await using fleet = await aFleet(['p', 'p', 'p'], { perProvider: 2 });
          const other = await fleet.join({ workerId: 'worker-2' });
          const [paused] = await fleet.claim({ slots: 1 });
          await fleet.place.pass(LEASE_MS);
          const repeated = await other.claim();
          expect(modelsOf(repeated)).toEqual(['acme/Model-0']);
          expect(await other.claim()).toEqual([]);

          await fleet.store.release([paused!.leaseId]); // it woke, and dropped what was in flight
          expect(modelsOf(await other.claim())).toEqual(['acme/Model-1']);
          expect(await other.store.settle(repeated[0]!.leaseId, recordOf(repeated[0]!))).toBe(true);
        },
      );

      test_('that ran out is free once its worker is gone without a word', async () => {
        await using fleet = await aFleet(['p', 'p', 'p'], { perProvider: 2 });
        const killed = await fleet.join({ workerId: 'worker-2' });
        expect(modelsOf(await killed.claim({ slots: 2 }))).toEqual(['acme/Model-0', 'acme/Model-1']);
        await killed.store[Symbol.asyncDispose]();
        expect(await fleet.claim()).toEqual([]);
        await fleet.place.pass(LEASE_MS);
        expect(modelsOf(await fleet.claim())).toEqual(['acme/Model-0', 'acme/Model-1']);
      });
    });

    describe('settling', () => {
      test_('stores the record, books its cost, and ends probe and lease with a final one', async () => {
        await using fleet = await aFleet(['p', 'p'], { perProvider: 1 });
        const [lease] = await fleet.claim();
        const [retried, final] = [
          recordOf(lease!, { attempt: 1, final: false }),
          recordOf(lease!, { attempt: 2, costUsd: 0.5 }),
        ] as const;

        expect(await fleet.store.settle(lease!.leaseId, retried)).toBe(true);
        expect(await fleet.store.progress(aCycle().cycleId)).toEqual({ planned: 2, done: 0, leased: 1 });
        expect(await fleet.store.settle(lease!.leaseId, final)).toBe(true);
        expect(await fleet.store.progress(aCycle().cycleId)).toEqual({ planned: 2, done: 1, leased: 0 });
        expect(ids(await fleet.place.records())).toEqual(ids([retried, final]));
        expect(await fleet.place.spentUsd(DAY)).toBe(1.5);
        expect(modelsOf(await fleet.claim())).toEqual(['acme/Model-1']);
      });

      test_('again, as after an acknowledgement that was lost, is true and changes nothing', async () => {
        await using fleet = await aFleet(['p']);
        const [lease] = await fleet.claim();
        const records = [recordOf(lease!, { attempt: 1, final: false }), recordOf(lease!, { attempt: 2 })];
        for (const record of [...records, ...records]) {
          expect(await fleet.store.settle(lease!.leaseId, record)).toBe(true);
        }
        expect(await fleet.place.records()).toHaveLength(2);
        expect(await fleet.place.spentUsd(DAY)).toBe(2);
      });

      test_('a probe that somebody else was given is refused, and its cost is booked once', async () => {
        await using fleet = await aFleet(['p']);
        const other = await fleet.join({ workerId: 'worker-2' });
        const [late] = await fleet.claim();
        await fleet.place.pass(LEASE_MS);
        const [lease] = await other.claim();
        const lateRecord = recordOf(late!, { durationMs: 40_000.5, costUsd: 0.25 });

        expect(await fleet.store.settle(late!.leaseId, lateRecord)).toBe(false);
        expect(await other.store.settle(lease!.leaseId, recordOf(lease!))).toBe(true);
        expect(await fleet.store.settle(late!.leaseId, lateRecord)).toBe(false); // the answer was lost
        expect(await other.store.settle(lease!.leaseId, recordOf(lease!))).toBe(true);
        expect(await fleet.place.records()).toHaveLength(1);
        expect(await fleet.place.spentUsd(DAY)).toBe(1.25);
      });

      test_(
        'too late, when somebody else has ended the probe with the same attempt, is refused and booked too',
        async () => {
          await using fleet = await aFleet(['p']);
          const other = await fleet.join({ workerId: 'worker-2' });
          const [late] = await fleet.claim();
          await fleet.place.pass(LEASE_MS);
          const [lease] = await other.claim();
          await other.store.settle(lease!.leaseId, recordOf(lease!));
          const lateRecord = recordOf(late!, { durationMs: 40_000.5, costUsd: 0.25 });
          for (const _ of [1, 2]) expect(await fleet.store.settle(late!.leaseId, lateRecord)).toBe(false);
          expect(await fleet.place.spentUsd(DAY)).toBe(1.25);
        },
      );

      test_('with a lease that ran out and that nobody else was given is as good as before', async () => {
        await using fleet = await aFleet(['p']);
        const [lease] = await fleet.claim();
        await fleet.place.pass(LEASE_MS);
        expect(await fleet.store.settle(lease!.leaseId, recordOf(lease!))).toBe(true);
        expect(await fleet.claim()).toEqual([]);
      });

      test_('whoever goes on with a probe is told how many attempts of it are stored', async () => {
        await using fleet = await aFleet(['p']);
        const [lease] = await fleet.claim();
        await fleet.store.settle(lease!.leaseId, recordOf(lease!, { final: false }));
        await fleet.store.release([lease!.leaseId]);
        expect((await fleet.claim()).map(({ attempts }) => attempts)).toEqual([1]);
      });

      test_('with a lease of another probe is refused', async () => {
        await using fleet = await aFleet(['p', 'q']);
        const [a, b] = (await fleet.claim()) as [Lease, Lease];
        expect(await fleet.store.settle(a.leaseId, recordOf(b))).toBe(false);
        expect(await fleet.place.records()).toEqual([]);
      });
    });

    describe('delivering what was measured without the database', () => {
      test_('plans the probe where it was not, and ends it', async () => {
        await using fleet = await aFleet([]);
        const [probe] = fleetProbes(['p'], { cycle: aCycle({ dueAtMs: DUE_AT_MS + HOUR_MS }) }) as [FleetProbe];
        const records = [recordOf(probe, { attempt: 1, final: false }), recordOf(probe, { attempt: 2 })];
        const { cycle } = probe.probe;

        expect(await fleet.store.deliver(probe, records)).toBe(2);
        expect(await fleet.store.progress(cycle.cycleId)).toEqual({ planned: 1, done: 1, leased: 0 });
        await fleet.store.plan(cycle, [probe], DUE_AT_MS);
        expect(await fleet.claim()).toEqual([]);
        expect(ids(await fleet.place.records())).toEqual(ids(records));
      });

      test_('ends a planned probe, also one that somebody else was given, who is refused then', async () => {
        await using fleet = await aFleet(['p', 'q']);
        const [lease] = await fleet.claim({ slots: 1 });
        for (const probe of fleet.probes) {
          expect(await fleet.store.deliver(probe, [recordOf(probe, { durationMs: 77.5 })])).toBe(1);
        }
        expect(await fleet.store.settle(lease!.leaseId, recordOf(lease!))).toBe(false);
        expect(await fleet.place.records()).toHaveLength(2);
        expect(await fleet.place.spentUsd(DAY)).toBe(3);
        expect(await fleet.claim()).toEqual([]);
      });

      test_('of a probe that has ended stores nothing, and books what it cost once', async () => {
        await using fleet = await aFleet(['p']);
        const [lease] = await fleet.claim();
        await fleet.store.settle(lease!.leaseId, recordOf(lease!));
        const records = [
          recordOf(lease!, { attempt: 1, final: false, durationMs: 77.5, costUsd: 0.25 }),
          recordOf(lease!, { attempt: 2, durationMs: 78.5, costUsd: 0.5 }),
        ];
        for (const _ of [1, 2]) expect(await fleet.store.deliver(fleet.probes[0]!, records)).toBe(0);
        expect(await fleet.place.records()).toHaveLength(1);
        expect(await fleet.place.spentUsd(DAY)).toBe(1.75);
      });

      test_('again, or of what was settled before without an answer, changes nothing', async () => {
        await using fleet = await aFleet(['p', 'q']);
        const [lease] = await fleet.claim({ slots: 1 });
        await fleet.store.settle(lease!.leaseId, recordOf(lease!));
        expect(await fleet.store.deliver(fleet.probes[0]!, [recordOf(lease!)])).toBe(0);
        const other = [recordOf(fleet.probes[1]!)];
        expect(await fleet.store.deliver(fleet.probes[1]!, other)).toBe(1);
        expect(await fleet.store.deliver(fleet.probes[1]!, other)).toBe(0);
        expect(await fleet.place.records()).toHaveLength(2);
        expect(await fleet.place.spentUsd(DAY)).toBe(2);
      });

      test_('to a cycle that has ended is stored all the same', async () => {
        await using fleet = await aFleet([]);
        await fleet.place.finish(aCycle());
        const [probe] = fleetProbes(['p']) as [FleetProbe];
        expect(await fleet.store.deliver(probe, [recordOf(probe)])).toBe(1);
      });
    });

    describe('a cycle', () => {
      test_('is open from its plan to its end, the oldest first', async () => {
        await using fleet = await aFleet(['p']);
        const earlier = aCycle({ dueAtMs: DUE_AT_MS - HOUR_MS });
        await fleet.store.plan(earlier, [], DUE_AT_MS - HOUR_MS);
        expect(await fleet.store.openCycles()).toEqual([earlier, aCycle()]);
        await fleet.place.finish(earlier);
        expect(await fleet.store.openCycles()).toEqual([aCycle()]);
      });

      test_('that nobody planned does not begin by what is delivered to it', async () => {
        await using fleet = await aFleet([]);
        const cycle = aCycle({ dueAtMs: DUE_AT_MS + HOUR_MS });
        const [asked, open] = fleetProbes(['p', 'q'], { cycle }) as [FleetProbe, FleetProbe];
        await fleet.store.deliver(asked, [recordOf(asked)]);
        expect(await fleet.store.openCycles()).toEqual([aCycle()]);

        await fleet.store.plan(cycle, [asked, open], cycle.dueAtMs);
        expect(await fleet.store.openCycles()).toEqual([aCycle(), cycle]);
        expect(await fleet.store.progress(cycle.cycleId)).toEqual({ planned: 2, done: 1, leased: 0 });
        expect((await fleet.store.abandoned(cycle.cycleId)).map(({ probe }) => probe)).toEqual([open]);
      });

      test_('that is planned again, also by another leader, gets what is new and keeps what is there', async () => {
        await using fleet = await aFleet(['p', 'q']);
        const [lease] = await fleet.claim({ slots: 1 });
        await fleet.store.settle(lease!.leaseId, recordOf(lease!));
        await fleet.store.plan(aCycle(), fleetProbes(['p', 'q', 'r']), DUE_AT_MS + 9);
        expect(await fleet.store.progress(aCycle().cycleId)).toEqual({ planned: 3, done: 1, leased: 0 });
        expect(modelsOf(await fleet.claim())).toEqual(['acme/Model-1', 'acme/Model-2']);
      });

      test_('that has ended gets nothing more', async () => {
        await using fleet = await aFleet(['p']);
        const [lease] = await fleet.claim();
        await fleet.store.settle(lease!.leaseId, recordOf(lease!));
        await fleet.place.finish(aCycle());
        await fleet.store.plan(aCycle(), fleetProbes(['p', 'q']), DUE_AT_MS);
        expect(await fleet.claim()).toEqual([]);
      });

      test_('that nobody planned has no probes', async () => {
        await using fleet = await aFleet([]);
        expect(await fleet.store.progress('unknown')).toEqual({ planned: 0, done: 0, leased: 0 });
        expect(await fleet.store.abandoned('unknown')).toEqual([]);
      });

      test_(
        'tells which probes nobody asks: by place and plan, those left out too, with how many attempts each has',
        async () => {
          await using fleet = await aFleet(['p', 'q', 'r']);
          const [left] = fleetProbes(['p'], { location: 'us' }) as [FleetProbe];
          const skipped: FleetProbe = { ...left, probe: { ...left.probe, skip: 'budget' } };
          await fleet.store.plan(aCycle(), [skipped], DUE_AT_MS);
          const [done, lost] = (await fleet.claim({ slots: 2 })) as [Lease, Lease];
          await fleet.store.settle(done.leaseId, recordOf(done));
          await fleet.store.settle(lost.leaseId, recordOf(lost, { final: false }));
          await fleet.place.pass(LEASE_MS);
          await fleet.claim({ slots: 1 }); // the lost one again
          const open = [
            { probe: fleet.probes[2]!, attempts: 0 },
            { probe: skipped, attempts: 0 },
          ];
          expect(await fleet.store.abandoned(aCycle().cycleId)).toEqual(open);
          await fleet.place.pass(LEASE_MS);
          expect(await fleet.store.abandoned(aCycle().cycleId)).toEqual([
            { probe: fleet.probes[1]!, attempts: 1 },
            ...open,
          ]);
        },
      );
    });

    describe('closing', () => {
      test_('ends what nobody asks; what is leased or has ended stays as it is; again is harmless', async () => {
        await using fleet = await aFleet(['p', 'q', 'r']);
        const [done, asked] = (await fleet.claim({ slots: 2 })) as [Lease, Lease];
        await fleet.store.settle(done.leaseId, recordOf(done));
        const closed = fleet.probes.map(notAsked);
        expect(await fleet.store.close(closed)).toEqual(new Set([closed[2]!.attemptId]));
        for (const again of [closed, []]) expect(await fleet.store.close(again)).toEqual(new Set());
        expect(await fleet.store.progress(aCycle().cycleId)).toEqual({ planned: 3, done: 2, leased: 1 });
        expect(ids(await fleet.place.records())).toEqual(ids([recordOf(done), closed[2]!]));
        expect(await fleet.store.settle(asked.leaseId, recordOf(asked))).toBe(true);
      });

      test_('what a lease ran out of makes its late record one of nobody, which costs what it cost', async () => {
        await using fleet = await aFleet(['p', 'p'], { perProvider: 1 });
        const [lease] = await fleet.claim();
        await fleet.place.pass(LEASE_MS);
        await fleet.store.close([notAsked(fleet.probes[0]!)]);
        expect(await fleet.claim()).toEqual([]); // it may still be under way
        expect(await fleet.store.settle(lease!.leaseId, recordOf(lease!))).toBe(false);
        expect((await fleet.place.records()).map(({ final }) => final)).toEqual([true]);
        expect(await fleet.place.spentUsd(DAY)).toBe(1);
        expect(modelsOf(await fleet.claim())).toEqual(['acme/Model-1']);
      });
    });

    describe('what arrives', () => {
      test_('is told in order of arrival, page by page, once, to whoever goes on with the mark', async () => {
        await using fleet = await aFleet(['p', 'q', 'r', 's']);
        const [first, ...others] = (await fleet.claim()) as [Lease, ...Lease[]];
        await fleet.store.settle(first.leaseId, recordOf(first));
        let mark = await fleet.store.arrivalsSoFar();
        expect((await fleet.store.arrivals(mark, 10)).records).toEqual([]);
        for (const lease of others) await fleet.store.settle(lease.leaseId, recordOf(lease));

        const heard: AttemptRecord[] = [];
        for (const expected of [2, 1, 0]) {
          const page = await fleet.store.arrivals(mark, 2);
          expect(page.records).toHaveLength(expected);
          heard.push(...page.records);
          mark = page.mark;
        }
        expect(heard).toEqual(others.map((lease) => recordOf(lease)));
        await fleet.store.deliver(fleet.probes[0]!, [recordOf(first)]);
        expect((await fleet.store.arrivals(mark, 2)).records).toEqual([]);
      });

      test_('to an empty store is told from the first on', async () => {
        await using fleet = await aFleet(['p']);
        const mark = await fleet.store.arrivalsSoFar();
        await fleet.store.close(fleet.probes.map(notAsked));
        expect(ids((await fleet.store.arrivals(mark, 9)).records)).toEqual(ids(fleet.probes.map(notAsked)));
      });
    });

    test_('the last cycle is the newest that began, with when it was due, began and ended', async () => {
      await using place = await newPlace();
      const store = place.open();
      expect(await store.lastCycle()).toBeNull();
      const [earlier, later] = [aCycle({ dueAtMs: DUE_AT_MS - HOUR_MS }), aCycle()];
      await store.plan(later, [], DUE_AT_MS + 9);
      await store.plan(earlier, [], DUE_AT_MS - HOUR_MS);
      expect(await store.lastCycle()).toEqual({ ...later, beganAtMs: DUE_AT_MS + 9, endedAtMs: null });
      await place.finish(later);
      expect(await store.lastCycle()).toEqual({ ...later, beganAtMs: DUE_AT_MS + 9, endedAtMs: DUE_AT_MS });
    });
  });
}
