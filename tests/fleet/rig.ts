import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { Catalog, Cycle, Target } from '../../src/domain/types.ts';
import { type LeaderParts, lead } from '../../src/fleet/leader.ts';
import { openOutbox } from '../../src/fleet/outbox.ts';
import { work } from '../../src/fleet/worker.ts';
import type { WorkerParts, WorkerSettings } from '../../src/fleet/worker-parts.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import type { Clock } from '../../src/ports.ts';
import { createProber } from '../../src/probe/prober.ts';
import { noCatalogueRecord, skippedRecord } from '../../src/probe/skipped-record.ts';
import type { Exchange } from '../../src/probe/types.ts';
import { cycles } from '../../src/schedule/grid.ts';
import { planCycle } from '../../src/schedule/plan.ts';
import { aCatalog, anExchange, anIdentity, aTarget, probeSettings } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryFleet } from '../support/memory-fleet.ts';
import { SetClock } from '../support/set-clock.ts';
import type { TempDir } from '../support/temp-dir.ts';

export const INTERVAL_MS = 300_000;
export const START_MS = Date.parse('2026-08-03T12:00:00.000Z');
const STEP_MS = 1000;

/** As many models, by one provider each. */
export const targets = (count: number, provider = 'amber'): readonly Target[] =>
  Array.from({ length: count }, (_, i) => aTarget({ modelId: `acme/${provider}-${i}`, provider }));

class Away extends Error {}

interface RigOptions {
  readonly folder: TempDir;
  readonly targets: readonly Target[];
  readonly rememberedMs?: number;
}

interface WorkerOptions extends Partial<WorkerSettings> {
  readonly location?: string;
  /** How long a provider takes. */
  readonly askMs?: number;
  /** How providers answer. */
  readonly exchange?: (attempt: number) => Partial<Exchange>;
  /** How far its clock is ahead of the database's. */
  readonly aheadMs?: number;
}

/** A fleet on a database that is a few maps, each process with a clock and a connection of its own. */
export function openFleet({ folder, targets, rememberedMs = 6 * 3600_000 }: RigOptions) {
  const clock = new SetClock(START_MS);
  const memory = new MemoryFleet(clock);
  const clocks = new Set([clock]);
  const identity = anIdentity();
  const catalog: { now: Catalog | null } = { now: aCatalog({ targets, fetchedAtMs: START_MS }) };
  const skips: (Cycle & { reason: string })[] = [];

  /** A connection that can be cut. */
  function connect() {
    const store = memory.open();
    const line = { isCut: false, losesAnswers: false };
    const through = <T extends object>(whole: T): T =>
      new Proxy(whole, {
        get(_, name) {
          const method: unknown = Reflect.get(whole, name);
          if (typeof method !== 'function') return method;
          return async (...args: unknown[]) => {
            if (line.isCut) throw new Away();
            const answer = await method(...args);
            if (line.losesAnswers) throw new Away();
            return answer;
          };
        },
      });
    return { line, through, store, leave: () => store[Symbol.dispose]() };
  }

  const isUnreachable = (error: unknown) => error instanceof Away;

  function worker(name: string, options: WorkerOptions = {}) {
    const { location = 'eu', askMs = 1000, exchange = () => ({}), aheadMs = 0, ...settings } = options;
    const own = new SetClock(clock.nowMs());
    clocks.add(own);
    own.jumpWall(aheadMs);
    const log = recordingLog();
    const { line, through, store, leave } = connect();
    const path = join(folder.path, name);
    mkdirSync(path, { recursive: true });
    const outbox = openOutbox(path);
    const asked: { readonly model: string; readonly provider: string; readonly atMs: number }[] = [];
    const underWay = new Map<string, number>();
    const most = new Map<string, number>();
    const here = { ...identity, location };
    const prober = createProber({
      settings: probeSettings({ mapping: new Map([['*', 'https://router.huggingface.co/v1/chat/completions']]) }),
      identity: here,
      connectivity: { online: async () => true },
      clock: own,
      redact: createRedactor([]),
      log,
      instrumentErrorP99Ms: () => null,
      transport: {
        async exchange({ body }, signal) {
          const [model = '', provider = ''] = JSON.parse(body).model.split(':');
          asked.push({ model, provider, atMs: own.nowMs() });
          const now = (underWay.get(provider) ?? 0) + 1;
          underWay.set(provider, now);
          most.set(provider, Math.max(most.get(provider) ?? 0, now));
          const requestStartAtMs = own.nowMs();
          try {
            await own.sleep(askMs, signal);
            return anExchange({ requestStartAtMs, ...exchange(asked.length) });
          } catch {
            return anExchange({ requestStartAtMs, reply: null, ending: { kind: 'cancelled' } });
          } finally {
            underWay.set(provider, underWay.get(provider)! - 1);
          }
        },
      },
    });
    const [starting, running] = [new AbortController(), new AbortController()];
    const stored: AttemptRecord[] = [];
    const done = work(
      {
        identity: here,
        settings: { slots: 4, perProvider: null, budgetUsd: null, intervalMs: INTERVAL_MS, ...settings },
        store: through({
          ...store,
          lastGood: async () => catalog.now,
          spentOn: async (day: string) => ({ knownUsd: memory.spentUsd.get(day) ?? 0, estimatedUsd: 0 }),
        }) as unknown as WorkerParts['store'],
        outbox,
        ask: (probe, signal, attemptsSoFar) => prober.probe(probe, signal, null, attemptsSoFar),
        plan: (cycle, known) => planCycle({ ...known, cycle, identity: here, scheduledAtMs: cycle.dueAtMs }),
        isUnreachable,
        clock: own,
        log,
      },
      { starting: starting.signal, running: running.signal },
      { stored: (record) => stored.push(record) },
    );
    return {
      asked,
      stored,
      outbox,
      log,
      line,
      done,
      clock: own,
      underWay: () => [...underWay.values()].reduce((sum, n) => sum + n, 0),
      most: (provider: string) => most.get(provider) ?? 0,
      /** No timer of it fires until it goes on. */
      pause: () => void clocks.delete(own),
      async goOn() {
        await own.advance(clock.monotonicMs() - own.monotonicMs());
        clocks.add(own);
      },
      kill() {
        clocks.delete(own);
        line.isCut = true;
        leave();
      },
      /** Told to stop; `now`: the grace is over as well. */
      stop(now = false) {
        starting.abort();
        if (now) running.abort();
      },
    };
  }

  function leader({ skip = null as 'budget' | null, isSpent = false } = {}) {
    const log = recordingLog();
    const { line, through, store } = connect();
    const stop = new AbortController();
    const ended: Cycle[] = [];
    const told: AttemptRecord[] = [];
    const frameOf = (location: string) => ({ identity: { ...identity, location }, settings: probeSettings() });
    const parts: LeaderParts = {
      store: through({
        ...store,
        append: async (records: readonly AttemptRecord[]) => void memory.records.push(...records),
        lastGood: async () => catalog.now,
        finish: async (cycleId: string) => {
          memory.cycles.get(cycleId)!.ended = true;
        },
        skip: async (cycle: Cycle, reason: string) => void skips.push({ ...cycle, reason }),
      }) as unknown as LeaderParts['store'],
      writer: identity.writer,
      intervalMs: INTERVAL_MS,
      rememberedMs,
      catalog: async () => catalog.now,
      skip: () => skip,
      isSpent: async () => isSpent,
      plan: (input, location, known) => planCycle({ ...input, ...known, identity: { location } }),
      cycles: (time: Clock, lastBeganAtMs, signal) => cycles(INTERVAL_MS, { clock: time, lastBeganAtMs }, signal),
      rows: {
        skipped: (location, probe, reason, attemptsSoFar) =>
          skippedRecord(probe, probe.skip ?? reason, attemptsSoFar, frameOf(location)),
        noCatalogue: (location, cycle, atMs) => noCatalogueRecord(cycle, atMs, frameOf(location)),
      },
      clock,
      log,
    };
    const done = lead(parts, stop.signal, {
      cycleEnded: (cycle) => void ended.push(cycle),
      stored: (record) => void told.push(record),
    });
    done.catch(() => undefined); // each test that expects it looks at it
    return { log, line, done, ended, told, stop: () => stop.abort() };
  }

  return {
    clock,
    memory,
    catalog,
    skips,
    worker,
    leader,
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += STEP_MS) {
        for (const each of clocks) await each.advance(Math.min(STEP_MS, ms - passed));
      }
    },
    /** Finals in the database, of cycles due at that time. */
    finals: (dueAtMs?: number) =>
      memory.records.filter(
        ({ final, cycleTimestampIso }) => final && (dueAtMs === undefined || Date.parse(cycleTimestampIso) === dueAtMs),
      ),
  };
}
