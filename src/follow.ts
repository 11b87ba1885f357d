import type { AttemptRecord } from './domain/record.ts';
import type { Clock, FleetStore, Log } from './ports.ts';

/** How often it looks for what is new. */
const LOOK_MS = 1000;
/** Records of one reading: some megabytes. */
const PAGE = 500;
/** So many ids are remembered, far more than there are attempts under way. */
const MOST_REMEMBERED = 50_000;

export interface FollowParts {
  readonly fleet: Pick<FleetStore, 'arrivals' | 'arrivalsSoFar' | 'lastCycle'>;
  /** Those who are told of every record. */
  readonly listeners: Iterable<(record: AttemptRecord) => void>;
  readonly isUnreachable: (error: unknown) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tells of each record once, whichever process of a fleet stored it. */
export interface Following {
  /** For whoever stores here: tells it at once, and not again when it arrives. */
  readonly here: (record: AttemptRecord) => void;
  /** Tells what others have stored since it was opened, until told to stop; while the database is away it waits, and catches up then. */
  run(cycleEnded: () => void, signal: AbortSignal): Promise<void>;
}

/** What is stored by now is not told: it is there to be read. */
export async function openFollowing({ fleet, listeners, isUnreachable, clock, log }: FollowParts): Promise<Following> {
  let mark = await fleet.arrivalsSoFar();
  let ended = endOf(await fleet.lastCycle());
  /** Told here and not arrived yet; and the other way round, when the answer to whoever stored it here takes its time. */
  const [toldHere, arrived] = [new Set<string>(), new Set<string>()];

  function tell(record: AttemptRecord): void {
    for (const listen of listeners) listen(record);
  }

  async function hear(signal: AbortSignal): Promise<void> {
    for (let isMore = true; isMore && !signal.aborted; ) {
      const page = await fleet.arrivals(mark, PAGE);
      ({ mark } = page);
      isMore = page.records.length === PAGE;
      for (const record of page.records) {
        if (toldHere.delete(record.attemptId)) continue;
        remember(arrived, record.attemptId);
        tell(record);
      }
    }
  }

  async function look(cycleEnded: () => void, signal: AbortSignal): Promise<void> {
    const end = endOf(await fleet.lastCycle()); // before the records, so that those of a cycle that has ended are told
    await hear(signal);
    if (end !== null && end !== ended) cycleEnded();
    ended = end ?? ended;
  }

  return {
    here(record) {
      if (arrived.delete(record.attemptId)) return;
      remember(toldHere, record.attemptId);
      tell(record);
    },
    async run(cycleEnded, signal) {
      let isAway = false;
      while (!signal.aborted) {
        try {
          await look(cycleEnded, signal);
          if (isAway) log.info({}, 'what others stored is heard again');
          isAway = false;
        } catch (error) {
          if (!isUnreachable(error)) throw error;
          if (!isAway) log.warn({}, 'the database cannot be reached: what others store is heard once it can');
          isAway = true;
        }
        await clock.sleep(LOOK_MS, signal).catch(() => undefined);
      }
    },
  };
}

/** Null while it runs, and before the first. */
const endOf = (cycle: Awaited<ReturnType<FleetStore['lastCycle']>>) =>
  cycle === null || cycle.endedAtMs === null ? null : `${cycle.cycleId} ${cycle.endedAtMs}`;

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  if (ids.size > MOST_REMEMBERED) ids.delete(ids.values().next().value!);
}
