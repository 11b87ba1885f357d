import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { FleetProbe, FleetStore, Lease } from '../../src/ports.ts';
import type { FleetPlace } from '../contract/fleet-store.ts';
import { aCycle, DUE_AT_MS } from '../support/builders.ts';
import { aClaim, aWorker, confirmOf, fleetProbes, recordOf } from '../support/fleet-builders.ts';
import { IS_POSTGRES_SKIPPED } from '../support/postgres.ts';
import { memoryFleet, postgresFleet } from './fleet-places.ts';

const PROVIDERS = ['p', 'q', 'r'];
const PROBES = 24;
const LIMIT = 3;
const DAY = new Date(DUE_AT_MS).toISOString().slice(0, 10);

type Step =
  | { readonly kind: 'claim'; readonly slots: number }
  | { readonly kind: 'settle'; readonly nth: number; readonly final: boolean; readonly times: 1 | 2 }
  | { readonly kind: 'release' | 'deliver' | 'beside'; readonly nth: number }
  | { readonly kind: 'renew' | 'pass' | 'die' | 'withdraw' };

const nth = fc.nat(50);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('claim' as const), slots: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      nth,
      final: fc.boolean(),
      times: fc.constantFrom(1 as const, 2 as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('release' as const, 'deliver' as const, 'beside' as const), nth }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('renew' as const, 'pass' as const, 'die' as const, 'withdraw' as const),
    }),
  },
);
const scripts = fc.array(fc.array(step, { minLength: 4, maxLength: 14 }), { minLength: 3, maxLength: 3 });

/** What really goes on at the providers, whatever the store thinks. */
class World {
  readonly #asked = new Map<string, number>();
  /** The most that were asked at once, by provider. */
  most = 0;
  /** Attempts made and told of, each of which costs 1. */
  told = 0;
  attempts = 0;

  begin({ probe }: Lease): void {
    const { provider } = probe.target;
    const now = (this.#asked.get(provider) ?? 0) + 1;
    this.#asked.set(provider, now);
    this.most = Math.max(this.most, now);
  }

  end({ probe }: Lease): void {
    const { provider } = probe.target;
    this.#asked.set(provider, this.#asked.get(provider)! - 1);
  }

  /** Each one is a measurement of its own. */
  record(probe: Pick<FleetProbe, 'probe'>, attempt: number, final: boolean) {
    this.told++;
    return recordOf(probe, { attempt, final, durationMs: 100 + ++this.attempts / 8 });
  }
}

/** A process that does as its script says; killed, another one takes its place. */
class Walker {
  readonly #place: FleetPlace;
  readonly #world: World;
  readonly #probes: readonly FleetProbe[];
  readonly #name: string;
  #lives = 0;
  #besides = 0;
  #store!: FleetStore & AsyncDisposable;
  #held: (Lease & { tries: number })[] = [];

  constructor(name: string, place: FleetPlace, world: World, probes: readonly FleetProbe[]) {
    this.#name = name;
    this.#place = place;
    this.#world = world;
    this.#probes = probes;
  }

  get #workerId() {
    return `${this.#name}-${this.#lives}`;
  }

  async start(): Promise<void> {
    this.#lives++;
    this.#store = this.#place.open();
    await this.#store.announce(aWorker({ workerId: this.#workerId }));
  }

  async claim(slots: number): Promise<number> {
    const leases = await this.#store.claim(aClaim({ workerId: this.#workerId, slots, perProvider: LIMIT }));
    for (const lease of leases) this.#world.begin(lease);
    this.#held.push(...leases.map((lease) => ({ ...lease, tries: lease.attempts })));
    return leases.length;
  }

  /** Each such probe is another. */
  async beside(planned: FleetProbe): Promise<void> {
    const confirm = confirmOf(planned);
    const probe = { ...confirm, probeId: `${confirm.probeId}-${this.#workerId}-${++this.#besides}` };
    const claim = aClaim({ workerId: this.#workerId, slots: 2 * PROBES, perProvider: LIMIT });
    const leaseId = await this.#store.claimOne(claim, probe, planned.probe);
    if (leaseId === null) return;
    const lease = { leaseId, probe, attempts: 0 };
    this.#world.begin(lease);
    this.#held.push({ ...lease, tries: 0 });
  }

  /** Ends by itself what it asks: whatever happens, it is not under way any more. */
  async settle(at: number, isFinal: boolean, times: number): Promise<void> {
    const lease = this.#held[at % Math.max(1, this.#held.length)];
    if (lease === undefined) return;
    const final = isFinal || lease.probe.kind.name !== 'standard';
    const record = this.#world.record(lease, ++lease.tries, final);
    this.#drop(lease); // between two attempts nothing is under way
    const answers = await Promise.all(Array.from({ length: times }, () => this.#store.settle(lease.leaseId, record)));
    expect(new Set(answers).size).toBe(1);
    if (final || !answers[0]) return;
    this.#held.push(lease);
    this.#world.begin(lease);
  }

  async take(next: Step): Promise<unknown> {
    switch (next.kind) {
      case 'claim':
        return this.claim(next.slots);
      case 'settle':
        return this.settle(next.nth, next.final, next.times);
      case 'renew':
        return this.#store.renew(
          this.#held.map(({ leaseId }) => leaseId),
          aClaim().leaseMs,
        );
      case 'pass':
        return this.#place.pass(aClaim().leaseMs * 0.7);
      case 'release': {
        const lease = this.#held[next.nth % Math.max(1, this.#held.length)];
        if (lease === undefined) return;
        this.#drop(lease);
        return this.#store.release([lease.leaseId]);
      }
      case 'deliver': {
        const probe = this.#probes[next.nth % this.#probes.length]!;
        const records = [this.#world.record(probe, 1, false), this.#world.record(probe, 2, true)];
        for (const _ of [1, 2]) await this.#store.deliver(probe, records);
        return;
      }
      case 'beside':
        return this.beside(this.#probes[next.nth % this.#probes.length]!);
      case 'withdraw':
        this.#dropAll();
        await this.#store.withdraw(this.#workerId);
        return this.#store.announce(aWorker({ workerId: this.#workerId }));
      case 'die':
        this.#dropAll();
        await this.#store[Symbol.asyncDispose]();
        return this.start();
      default:
        return next satisfies never;
    }
  }

  async releaseAll(): Promise<void> {
    const ids = this.#held.map(({ leaseId }) => leaseId);
    this.#dropAll();
    await this.#store.release(ids);
  }

  #drop(lease: Lease): void {
    this.#held = this.#held.filter((each) => each.leaseId !== lease.leaseId);
    this.#world.end(lease);
  }

  #dropAll(): void {
    for (const lease of this.#held) this.#world.end(lease);
    this.#held = [];
  }
}

async function holds(newPlace: () => Promise<FleetPlace>, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(scripts, async (each) => {
      await using place = await newPlace();
      const world = new World();
      const probes = fleetProbes(Array.from({ length: PROBES }, (_, i) => PROVIDERS[i % PROVIDERS.length]!));
      const leader = place.open();
      await leader.plan(aCycle(), probes, DUE_AT_MS);
      const walkers = each.map((_, i) => new Walker(`w${i}`, place, world, probes));
      for (const walker of walkers) await walker.start();

      await Promise.all(
        walkers.map(async (walker, i) => {
          for (const next of each[i]!) await walker.take(next);
        }),
      );
      expect(world.most).toBeLessThanOrEqual(LIMIT);

      for (const walker of walkers) await walker.releaseAll();
      await place.pass(aClaim().leaseMs); // of the dead
      await Promise.all(
        walkers.map(async (walker) => {
          while ((await walker.claim(4)) > 0) for (let i = 0; i < 4; i++) await walker.settle(0, true, 1);
        }),
      );
      const records = await place.records();
      const planned = new Set(probes.map(({ probe }) => probe.probeId));
      const finals = records
        .filter(({ final, probeId }) => final && planned.has(probeId))
        .map(({ probeId }) => probeId);
      expect(finals.toSorted()).toEqual([...planned].toSorted());
      expect(new Set(records.map(({ attemptId }) => attemptId)).size).toBe(records.length);
      expect(await place.spentUsd(DAY)).toBe(world.told);
      expect(world.most).toBeLessThanOrEqual(LIMIT);
      expect(await leader.progress(aCycle().cycleId)).toEqual({ planned: PROBES, done: PROBES, leased: 0 });
    }),
    { seed: 20261125, numRuns },
  );
}

const law =
  'however workers claim, settle, renew, release, deliver, ask beside the cycle, stall and die at the same time: one final record for each probe, no provider over its limit, each cost booked once';

test.skipIf(IS_POSTGRES_SKIPPED)(`PostgreSQL: ${law}`, () => holds(postgresFleet, 12), 120_000);
test(`the memory double: ${law}`, () => holds(memoryFleet, 100));
