import type { Endpoint } from '../../src/domain/incident.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { Cycle, PlannedProbe } from '../../src/domain/types.ts';
import type { Claim, Clock, CycleSeen, FleetProbe, FleetStore, Lease, SeenWorker, Worker } from '../../src/ports.ts';

interface KeptProbe extends FleetProbe {
  attempts: number;
  done: boolean;
}

interface Slot {
  readonly leaseId: number;
  readonly probeId: string;
  readonly provider: string;
  readonly workerId: string;
  untilMs: number;
  /** Somebody else was given the probe, or it has ended. */
  replaced: boolean;
}

/** What a fleet shares, as plain maps. Each process has a store of its own on it: `open`. */
export class MemoryFleet {
  readonly records: AttemptRecord[] = [];
  /** By UTC day; an unknown cost counts as none. */
  readonly spentUsd = new Map<string, number>();
  readonly cycles = new Map<string, Cycle & { beganAtMs: number | null; ended: boolean; endedAtMs?: number }>();
  readonly #probes = new Map<string, KeptProbe>();
  readonly #workers = new Map<string, Omit<SeenWorker, 'leases'>>();
  readonly #connected = new Map<string, symbol>();
  readonly #told = new Map<string, boolean>();
  #slots: Slot[] = [];
  #wishes: { readonly location: string; readonly endpoint: Endpoint; readonly atMs: number }[] = [];
  #leases = 0;
  readonly #clock: Pick<Clock, 'nowMs'>;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** Disposed: the process is gone, and said nothing. */
  open(): FleetStore & Disposable & AsyncDisposable {
    const process = Symbol();
    const leave = () => {
      for (const [workerId, by] of this.#connected) if (by === process) this.#connected.delete(workerId);
    };
    return {
      serverNowMs: async () => this.#clock.nowMs(),
      announce: async (worker, held) => this.#announce(worker, held, process),
      withdraw: async (workerId) => {
        this.#workers.delete(workerId);
        this.#connected.delete(workerId);
        this.#slots = this.#slots.filter((slot) => slot.workerId !== workerId);
      },
      workers: async (sinceMs) => this.#seenSince(sinceMs),
      plan: async (cycle, probes, beganAtMs) => this.#plan(cycle, probes, beganAtMs),
      claim: async (claim) => this.#claim(claim),
      claimOne: async (claim, probe, rival) => this.#claimOne(claim, probe, rival),
      renew: async (leaseIds, leaseMs) => {
        const renewed = this.#slots.filter((slot) => leaseIds.includes(slot.leaseId) && this.#holds(slot));
        for (const slot of renewed) slot.untilMs = this.#clock.nowMs() + leaseMs;
        return renewed.map(({ leaseId }) => leaseId);
      },
      release: async (leaseIds) => {
        this.#slots = this.#slots.filter(({ leaseId }) => !leaseIds.includes(leaseId));
      },
      settle: async (leaseId, record) => this.#settle(leaseId, record),
      deliver: async (probe, records) => this.#deliver(probe, records),
      openCycles: async () =>
        [...this.cycles.values()]
          .filter(({ beganAtMs, ended }) => beganAtMs !== null && !ended)
          .map(({ cycleId, dueAtMs }) => ({ cycleId, dueAtMs }))
          .sort((a, b) => a.dueAtMs - b.dueAtMs),
      progress: async (cycleId) => {
        const planned = this.#ofCycle(cycleId);
        const leased = planned.filter(({ probe }) => this.#lease(probe.probeId) !== undefined);
        return { planned: planned.length, done: planned.filter(({ done }) => done).length, leased: leased.length };
      },
      abandoned: async (cycleId) =>
        this.#ofCycle(cycleId)
          .filter(({ done, probe }) => !done && this.#lease(probe.probeId) === undefined)
          .map(({ probe, location, order, attempts }) => ({ probe: { probe, location, order }, attempts })),
      close: async (records) => {
        return new Set(records.filter((record) => this.#close(record)).map(({ attemptId }) => attemptId));
      },
      wish: async (endpoint) => this.#wish(endpoint),
      wishes: async (location) => {
        const taken = this.#wishes.filter((wish) => wish.location === location);
        this.#wishes = this.#wishes.filter((wish) => wish.location !== location);
        const sinceMs = this.#clock.nowMs() - 60_000;
        return taken.filter(({ atMs }) => atMs > sinceMs).map(({ endpoint }) => endpoint);
      },
      lastCycle: async () => this.#lastCycle(),
      arrivalsSoFar: async () => ({ settled: this.records.length, heard: [], unsettled: null }),
      arrivals: async ({ settled }, limit) => {
        const records = this.records.slice(settled, settled + limit);
        return { records, mark: { settled: settled + records.length, heard: [], unsettled: null } };
      },
      [Symbol.dispose]: leave,
      [Symbol.asyncDispose]: async () => leave(),
    };
  }

  #announce(worker: Worker, held: readonly number[] | undefined, process: symbol): void {
    const nowMs = this.#clock.nowMs();
    this.#slots = this.#slots.filter(
      ({ workerId, untilMs, leaseId }) =>
        workerId !== worker.workerId || untilMs > nowMs || held === undefined || held.includes(leaseId),
    );
    const firstSeenMs = this.#workers.get(worker.workerId)?.firstSeenMs ?? nowMs;
    this.#workers.set(worker.workerId, { ...worker, firstSeenMs, lastSeenMs: nowMs });
    this.#connected.set(worker.workerId, process);
  }

  #seenSince(sinceMs: number): readonly SeenWorker[] {
    return [...this.#workers.values()]
      .filter(({ lastSeenMs }) => lastSeenMs >= sinceMs)
      .map((worker) => ({
        ...worker,
        leases: this.#slots.filter((slot) => slot.workerId === worker.workerId && this.#holds(slot)).length,
      }))
      .sort((a, b) => compare(a.location, b.location) || compare(a.workerId, b.workerId));
  }

  #plan(cycle: Cycle, probes: readonly FleetProbe[], beganAtMs: number): void {
    const known = this.cycles.get(cycle.cycleId) ?? { ...cycle, beganAtMs, ended: false };
    known.beganAtMs ??= beganAtMs;
    this.cycles.set(cycle.cycleId, known);
    if (known.ended) return;
    for (const probe of probes) {
      const { probeId } = probe.probe;
      if (!this.#probes.has(probeId)) this.#probes.set(probeId, { ...probe, attempts: 0, done: false });
    }
  }

  #claim({ workerId, location, slots, leaseMs, perProvider, budgetUsd, dueSinceMs }: Claim): readonly Lease[] {
    if (!this.#workers.has(workerId)) return [];
    const nowMs = this.#clock.nowMs();
    const claimed: Lease[] = [];
    const open = [...this.#probes.values()]
      .filter(({ done, probe, location: of }) => !done && probe.skip === null && of === location)
      .sort((a, b) => a.probe.cycle.dueAtMs - b.probe.cycle.dueAtMs || a.order - b.order);
    for (const { probe, attempts } of open) {
      const { probeId, target, cycle } = probe;
      if (claimed.length >= slots) break;
      if (cycle.dueAtMs < dueSinceMs) continue;
      if (budgetUsd !== null && (this.spentUsd.get(dayOf(cycle.dueAtMs)) ?? 0) >= budgetUsd) continue;
      if (this.#lease(probeId) !== undefined || this.#active(target.provider) >= (perProvider ?? Infinity)) continue;
      this.#takeBack(probeId);
      const leaseId = ++this.#leases;
      const { provider } = target;
      this.#slots.push({ leaseId, probeId, provider, workerId, untilMs: nowMs + leaseMs, replaced: false });
      claimed.push({ leaseId, probe, attempts });
    }
    return claimed;
  }

  #claimOne(
    { workerId, location, slots, leaseMs, perProvider, budgetUsd }: Claim,
    { probeId, target: { provider }, cycle }: PlannedProbe,
    rival: Pick<PlannedProbe, 'probeId' | 'cycle'>,
  ): number | null {
    const nowMs = this.#clock.nowMs();
    const isAskable = ({ done, probe }: KeptProbe) => !done && probe.skip === null;
    const own = this.#probes.get(rival.probeId);
    const hasBegun = (this.cycles.get(rival.cycle.cycleId)?.beganAtMs ?? null) !== null;
    const isSpent = budgetUsd !== null && (this.spentUsd.get(dayOf(cycle.dueAtMs)) ?? 0) >= budgetUsd;
    if (!this.#workers.has(workerId) || (own !== undefined && isAskable(own)) || isSpent) return null;
    if (!hasBegun && nowMs < rival.cycle.dueAtMs + 60_000) return null;
    if (this.#slots.some((slot) => slot.probeId === probeId) || this.#isEnded(probeId)) return null;

    const waiting = [...this.#probes.values()].filter(
      (kept) =>
        isAskable(kept) &&
        kept.location === location &&
        kept.probe.cycle.dueAtMs >= rival.cycle.dueAtMs &&
        this.#lease(kept.probe.probeId) === undefined,
    );
    this.#slots = this.#slots.filter(
      (slot) => slot.untilMs > nowMs || this.#connected.has(slot.workerId) || this.#probes.has(slot.probeId),
    );
    const there = waiting.filter(({ probe }) => probe.target.provider === provider).length;
    if (waiting.length >= slots || there + this.#active(provider) >= (perProvider ?? Infinity)) return null;
    const leaseId = ++this.#leases;
    this.#slots.push({ leaseId, probeId, provider, workerId, untilMs: nowMs + leaseMs, replaced: false });
    return leaseId;
  }

  #settle(leaseId: number, record: AttemptRecord): boolean {
    const told = this.#told.get(measurement(record));
    if (told !== undefined) return told;
    const slot = this.#slots.find((each) => each.leaseId === leaseId && each.probeId === record.probeId);
    const holds = slot !== undefined && !slot.replaced;
    if (holds) this.#store(record);
    else this.#book(record);
    this.#told.set(measurement(record), holds);
    if (record.final || !holds) this.#slots = this.#slots.filter((each) => each.leaseId !== leaseId);
    return holds;
  }

  #deliver(delivered: FleetProbe, records: readonly AttemptRecord[]): number {
    const { cycle, probeId, kind } = delivered.probe;
    const isPlanned = kind.name === 'standard';
    if (isPlanned && !this.cycles.has(cycle.cycleId)) {
      this.cycles.set(cycle.cycleId, { ...cycle, beganAtMs: null, ended: false });
    }
    const kept = this.#probes.get(probeId) ?? { ...delivered, attempts: 0, done: false };
    if (isPlanned) this.#probes.set(probeId, kept);
    const isDone = kept.done || this.#isEnded(probeId);
    let stored = 0;
    for (const record of records.filter((each) => !this.#told.has(measurement(each)))) {
      const isNew = !isDone && !this.records.some(({ attemptId }) => attemptId === record.attemptId);
      if (isNew) this.#store(record);
      else this.#book(record);
      this.#told.set(measurement(record), isNew);
      if (isNew) stored++;
    }
    return stored;
  }

  #wish({ modelId, provider }: Endpoint): boolean {
    const atMs = this.#clock.nowMs();
    const locations = new Set(this.#seenSince(atMs - 20_000).map(({ location }) => location));
    for (const location of locations) this.#wishes.push({ location, endpoint: { modelId, provider }, atMs });
    return locations.size > 0;
  }

  #lastCycle(): CycleSeen | null {
    const begun = [...this.cycles.values()].filter(({ beganAtMs }) => beganAtMs !== null);
    const last = begun.toSorted((a, b) => a.dueAtMs - b.dueAtMs).at(-1);
    if (last === undefined) return null;
    const { cycleId, dueAtMs, beganAtMs, ended, endedAtMs = dueAtMs } = last;
    return { cycleId, dueAtMs, beganAtMs: beganAtMs!, endedAtMs: ended ? endedAtMs : null };
  }

  #close(record: AttemptRecord): boolean {
    const probe = this.#probes.get(record.probeId);
    if (probe === undefined || probe.done || this.#lease(record.probeId) !== undefined) return false;
    this.#store(record);
    return true;
  }

  #store(record: AttemptRecord): void {
    const probe = this.#probes.get(record.probeId); // none: it is beside the cycles
    this.records.push(record);
    this.#book(record);
    if (probe !== undefined) probe.attempts++;
    if (!record.final) return;
    if (probe !== undefined) probe.done = true;
    this.#takeBack(record.probeId);
  }

  #isEnded(probeId: string): boolean {
    return this.records.some((record) => record.probeId === probeId && record.final);
  }

  #book({ cycleTimestampIso, costUsd }: AttemptRecord): void {
    const day = cycleTimestampIso.slice(0, 10);
    this.spentUsd.set(day, (this.spentUsd.get(day) ?? 0) + (costUsd ?? 0));
  }

  #ofCycle(cycleId: string): readonly KeptProbe[] {
    return [...this.#probes.values()]
      .filter(({ probe }) => probe.cycle.cycleId === cycleId)
      .sort((a, b) => compare(a.location, b.location) || a.order - b.order);
  }

  /** What is under way at a provider, or may be. */
  #active(provider: string): number {
    const nowMs = this.#clock.nowMs();
    return this.#slots.filter(
      (slot) => slot.provider === provider && (slot.untilMs > nowMs || this.#connected.has(slot.workerId)),
    ).length;
  }

  #holds(slot: Slot): boolean {
    return !slot.replaced && slot.untilMs > this.#clock.nowMs();
  }

  #lease(probeId: string): Slot | undefined {
    return this.#slots.find((slot) => slot.probeId === probeId && this.#holds(slot));
  }

  /** Its worker may still ask, and takes up the slot, but the probe is not its own any more. */
  #takeBack(probeId: string): void {
    for (const slot of this.#slots) if (slot.probeId === probeId) slot.replaced = true;
  }
}

/** The same attempt made twice has the same id, but did not begin and last the same. */
const measurement = ({ attemptId, requestStartIso, durationMs }: AttemptRecord) =>
  `${attemptId} ${requestStartIso} ${durationMs}`;

const dayOf = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
const compare = (a: string, b: string) => Number(a > b) - Number(a < b);
