import type { ModelVerdict } from './domain/verdict.ts';
import { BOARD_HOURS, type BoardHours, type Clock, type Knowledge } from './ports.ts';

/** Between two makings of a board passes a second, and nine times as long as the last took: however much is heard, others have the rest of the time. */
const LEAST_PAUSE_MS = 1000;
const PAUSE_SHARE = 9;

/** Knowledge that makes the same board as well model by model, while others have a turn. */
export interface KnowledgeInTurns extends Knowledge {
  boardInTurns(hours: BoardHours): Promise<readonly ModelVerdict[]>;
  from(location: string): KnowledgeInTurns | null;
}

/** Knowledge whose boards are made ahead. */
export interface Boards {
  /** As it is, but its boards are as they were last made whole; its revision rises with each that is new. */
  readonly knowledge: Knowledge;
  /** There is something new. */
  renew(): void;
  /** Resolves when every board knows what was new when it was called. */
  settled(): Promise<void>;
}

/**
 * A board of a thousand targets takes seconds to make: whoever asks for one gets the last one, and the next is made model by model while
 * others have a turn. Boards of another place are made ahead from when they are first asked for.
 *
 * @param tell that there is a new one
 */
export function keepBoards(
  knowledge: KnowledgeInTurns,
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  signal: AbortSignal,
  tell: () => void = () => undefined,
): Boards {
  const kept = new Map<string, Boards>();
  let made = 0;

  function keptOf(asked: KnowledgeInTurns): Boards {
    const boards = new Map<BoardHours, readonly ModelVerdict[]>();
    const turns = BOARD_HOURS.map((hours) =>
      createPacedTurns(
        async () => {
          boards.set(hours, await asked.boardInTurns(hours));
          made++;
          tell();
        },
        clock,
        signal,
      ),
    );
    return {
      knowledge: {
        ...asked,
        revision: () => asked.revision() + made,
        from: placeOf,
        board(hours = 24) {
          const last = boards.get(hours);
          if (last !== undefined) return last;
          const first = asked.board(hours);
          if (first.length > 0) boards.set(hours, first);
          return first;
        },
      },
      renew() {
        for (const turn of turns) turn.start();
      },
      async settled() {
        await Promise.all(turns.map((turn) => turn.settled()));
      },
    };
  }

  function placeOf(location: string): Knowledge | null {
    const from = knowledge.from(location);
    if (from === null) return null;
    const before = kept.get(location);
    if (before !== undefined) return before.knowledge;
    const boards = keptOf(from);
    kept.set(location, boards);
    return boards.knowledge;
  }

  const own = keptOf(knowledge);
  const all = () => [own, ...kept.values()];
  return {
    knowledge: own.knowledge,
    renew() {
      for (const boards of all()) boards.renew();
    },
    async settled() {
      await Promise.all(all().map((boards) => boards.settled()));
    },
  };
}

/** One at a time, with a pause after each; asked for meanwhile, it runs once more after that. */
function createPacedTurns(run: () => Promise<void>, clock: Pick<Clock, 'monotonicMs' | 'sleep'>, signal: AbortSignal) {
  let running: Promise<void> | null = null;
  let isResting = false;
  let again = false;

  async function once(): Promise<void> {
    again = false;
    running = run();
    await running;
    running = null;
  }

  async function turn(): Promise<void> {
    const beganMs = clock.monotonicMs();
    await once();
    const pauseMs = Math.max(LEAST_PAUSE_MS, PAUSE_SHARE * (clock.monotonicMs() - beganMs));
    isResting = true;
    await clock.sleep(pauseMs, signal).catch(() => undefined);
    isResting = false;
    if (again && !signal.aborted && running === null) await turn();
  }

  return {
    start() {
      if (running !== null || isResting) again = true;
      else void turn();
    },
    async settled() {
      while (running !== null) await running;
      if (again) await once();
    },
  };
}
