import { type Beside, goingOn } from './ask-beside.ts';
import { askAtOnce, liveTarget } from './beside.ts';
import { confirmFailing } from './confirm.ts';
import type { Endpoint } from './domain/incident.ts';
import { tryFeatures } from './features.ts';
import { NotReached } from './fleet/desk.ts';
import { inRole } from './fleet/roles.ts';
import type { Desk } from './fleet/worker-parts.ts';
import type { Parts } from './parts.ts';
import type { FleetStore, RoleLock } from './ports.ts';
import { cycles } from './schedule/grid.ts';
import { createTraffic, type Traffic } from './schedule/traffic.ts';

/** How often it looks for what is to be asked at once. */
const LOOK_MS = 2000;
/** Places that worked lately have their share of the budget. */
const LATELY_MS = 60_000;

interface BesideParts extends Pick<Parts, 'config' | 'identity' | 'store' | 'listeners' | 'clock' | 'log'> {
  readonly fleet: FleetStore;
  readonly roleLock: RoleLock;
  readonly isUnreachable: (error: unknown) => boolean;
}

/** Confirm and feature probes of this place, and what is to be asked at once: by one of its processes at a time. */
export function besideHere(parts: BesideParts): (desk: Desk, signal: AbortSignal) => Promise<void> {
  const { identity, roleLock: roles } = parts;
  const isUnreachable = (error: unknown) => isAway(error) || parts.isUnreachable(error);
  return (desk, signal) =>
    inRole(
      `beside:${identity.location}`,
      (held) => askBesideCycles(parts, desk, held),
      { ...parts, roles, isUnreachable },
      signal,
    );
}

async function askBesideCycles(parts: BesideParts, desk: Desk, signal: AbortSignal): Promise<void> {
  const { config, listeners } = parts;
  const traffic = createTraffic(config.schedule);
  const over = new AbortController();
  const beside: Beside = {
    parts: readingBy(desk, parts),
    traffic,
    stop: { starting: AbortSignal.any([signal, over.signal]) },
    isAway,
    async ask(probe, signal, first) {
      const record = await desk.ask(probe, signal, first);
      if (record !== null) for (const listen of listeners) listen(record);
      return record;
    },
  };
  const loops = [overtake(traffic, beside), confirmFailing(beside), tryFeatures(beside), fulfil(parts, desk, beside)];
  const ends = loops.map((loop) =>
    loop.catch((error) => {
      over.abort();
      throw error;
    }),
  );
  for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') throw end.reason;
}

/** The shared store, of which no answer is waited for when the database is gone. */
function readingBy({ read, time }: Desk, { config, identity, store, fleet, log }: BesideParts): Beside['parts'] {
  return {
    ...{ config, identity, log, clock: time },
    store: {
      writer: store.writer,
      lastGood: () => read(() => store.lastGood()),
      endingsSince: (...query) => read(() => store.endingsSince(...query)),
      featureTrialsSince: (...query) => read(() => store.featureTrialsSince(...query)),
      spentOn: (day) => read(() => store.spentOn(day)),
      costsSince: (day) => read(() => store.costsSince(day)),
    },
    async places() {
      const workers = await read(() => fleet.workers(time.nowMs() - LATELY_MS));
      return new Set(workers.map(({ location }) => location)).size;
    },
  };
}

/** What is under way gives way when a cycle is due: nobody tells us that it was planned. */
async function overtake(traffic: Traffic, { parts, stop }: Beside): Promise<void> {
  const { clock, config } = parts;
  const from = { clock, lastBeganAtMs: clock.nowMs() };
  for await (const _ of cycles(config.schedule.intervalMs, from, stop.starting)) traffic.cycleBegins([]);
}

/** Asks what was wished for here, each once; that it may not be asked now is said. */
async function fulfil({ fleet, identity, log }: BesideParts, { read, time }: Desk, beside: Beside): Promise<void> {
  const asking = new Set<Promise<void>>();
  const { starting } = beside.stop;
  while (!starting.aborted) {
    for (const endpoint of await read(() => fleet.wishes(identity.location)).catch(noneWhenAway)) {
      const wish = goingOn(beside, async () => {
        const target = await liveTarget(endpoint, beside.parts);
        if (target !== null && (await askAtOnce(target, beside))) return;
        log.warn({ model: endpoint.modelId, provider: endpoint.provider }, 'asked for at once, and not possible now');
      });
      asking.add(wish);
      wish.then(
        () => asking.delete(wish),
        () => {}, // thrown below
      );
    }
    await time.sleep(LOOK_MS, starting).catch(() => undefined);
  }
  await Promise.all(asking);
}

const isAway = (error: unknown) => error instanceof NotReached;

function noneWhenAway(error: unknown): readonly Endpoint[] {
  if (isAway(error)) return [];
  throw error;
}

/** Has each place of the fleet ask a target soon. @returns false: it is no live target, or nobody is there to ask it */
export async function wishFor(
  endpoint: Endpoint,
  { fleet, store }: Pick<BesideParts, 'fleet' | 'store'>,
): Promise<boolean> {
  return (await liveTarget(endpoint, { store })) !== null && (await fleet.wish(endpoint));
}
