import type { ModelVerdict } from './domain/verdict.ts';
import { type Judged, type PlaceKnowledge, untilThisMinute } from './knowledge.ts';
import { createTurns, type Turns } from './lib/turns.ts';
import { BOARD_HOURS, type BoardHours, type Clock, type Knowledge, type Window } from './ports.ts';

/** Between two makings of a board passes a second, and nine times as long as the last took: however much is heard, others have the rest of the time. */
const LEAST_PAUSE_MS = 1000;
const PAUSE_SHARE = 9;
const HOUR_MS = 3_600_000;
/** A model is judged ahead over windows that no board has for so long after it was last asked for, and so many of them at a time. */
const ASKED_FOR_MS = HOUR_MS;
const MOST_ASKED = 16;

/** Knowledge that answers the same as well while others have a turn. */
export interface KnowledgeInTurns extends Knowledge, Pick<PlaceKnowledge, 'judged' | 'judgedInTurns' | 'boardInTurns'> {
  from(location: string): KnowledgeInTurns | null;
}

/** Knowledge whose boards are made ahead, and the verdicts on models that were asked for lately. */
export interface Boards {
  /**
   * As it is, but boards, and verdicts on models until now, are as they were last made whole; its revision rises with each that is new.
   * A recommendation is always of the same samples as the verdict.
   */
  readonly knowledge: Knowledge;
  /** There is something new. */
  renew(): void;
  /** Resolves when every board knows what was new when it was called. */
  settled(): Promise<void>;
}

/** Hears what becomes of boards. */
interface BoardListener {
  /** There is a new one. */
  made?(): void;
  /** One could not be made: the last stays. Without it, whoever makes boards fails. */
  failed?(error: unknown): void;
}

/**
 * A board of a thousand targets takes seconds to make, one model over thirty days takes longer than a reader waits: whoever asks for one
 * gets the last one, and the next is made while others have a turn. A model over as long as a board is the one on that board. What is
 * of another place is made ahead from when it is first asked for.
 *
 * @param signal when it aborts, what is being made is given up
 */
export function keepBoards(
  knowledge: KnowledgeInTurns,
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  signal: AbortSignal,
  { made: tell = () => undefined, failed }: BoardListener = {},
): Boards {
  const kept = new Map<string, Boards>();
  let made = 0;

  function keptOf(asked: KnowledgeInTurns): Boards {
    const boards = new Map<BoardHours, readonly ModelVerdict[]>();
    const onBoard = new Map<number, ReadonlyMap<string, Judged>>();
    const askedFor = new Map<string, AskedFor>();

    async function makeBoard(hours: BoardHours): Promise<void> {
      const board = await asked.boardInTurns(hours, signal);
      if (signal.aborted) return;
      boards.set(
        hours,
        board.map(({ verdict }) => verdict),
      );
      onBoard.set(hours * HOUR_MS, new Map(board.map((judged) => [judged.verdict.modelId, judged])));
      made++;
      tell();
    }

    async function judgeAskedFor(): Promise<void> {
      for (const [key, { modelId, lengthMs, askedAtMs }] of [...askedFor]) {
        if (signal.aborted) return;
        const window = untilThisMinute(lengthMs, asked.nowMs());
        const isWanted = clock.monotonicMs() - askedAtMs < ASKED_FOR_MS && !onBoard.get(lengthMs)?.has(modelId);
        const judged = isWanted ? await asked.judgedInTurns(modelId, window) : null;
        const last = askedFor.get(key);
        if (last === undefined || judged === null) askedFor.delete(key);
        else last.judged = judged;
        made++;
      }
      if (askedFor.size > 0) tell();
    }

    /** Null: it is not one of those that are made ahead. */
    function madeAhead(modelId: string, window: Window): Judged | null {
      const lengthMs = window.untilMs - window.sinceMs;
      const isUntilNow = untilThisMinute(lengthMs, asked.nowMs()).untilMs === window.untilMs;
      const key = `${lengthMs} ${modelId}`;
      const last = onBoard.get(lengthMs)?.get(modelId) ?? askedFor.get(key)?.judged;
      if (last !== undefined && (isUntilNow || last.verdict.untilMs === window.untilMs)) {
        if (askedFor.has(key)) remember(key, modelId, lengthMs, last);
        return last;
      }
      const judged = isUntilNow ? asked.judged(modelId, window) : null;
      if (judged !== null) remember(key, modelId, lengthMs, judged);
      return judged;
    }

    function remember(key: string, modelId: string, lengthMs: number, judged: Judged): void {
      askedFor.delete(key);
      askedFor.set(key, { modelId, lengthMs, judged, askedAtMs: clock.monotonicMs() });
      if (askedFor.size > MOST_ASKED) askedFor.delete(askedFor.keys().next().value!);
    }

    const turns = [...BOARD_HOURS.map((hours) => () => makeBoard(hours)), judgeAskedFor].map(paced);
    return {
      knowledge: {
        ...asked,
        model: (modelId, window) => madeAhead(modelId, window)?.verdict ?? asked.model(modelId, window),
        recommend: (modelId, goal, needs, window) =>
          madeAhead(modelId, window)?.recommend(goal, needs) ?? asked.recommend(modelId, goal, needs, window),
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

  function paced(make: () => Promise<void>): Turns {
    let tookMs = 0;
    return createTurns(
      async () => {
        const beganMs = clock.monotonicMs();
        await (failed === undefined ? make() : make().catch(failed));
        tookMs = clock.monotonicMs() - beganMs;
      },
      () => clock.sleep(Math.max(LEAST_PAUSE_MS, PAUSE_SHARE * tookMs), signal).catch(() => undefined),
    );
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

interface AskedFor {
  readonly modelId: string;
  readonly lengthMs: number;
  readonly askedAtMs: number;
  judged: Judged;
}
