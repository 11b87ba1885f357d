import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { keepBoards } from '../src/boards.ts';
import type { Sample } from '../src/domain/sample.ts';
import { DAY_MS } from '../src/domain/utc-day.ts';
import { NO_NEEDS } from '../src/domain/verdict.ts';
import { untilThisMinute } from '../src/knowledge.ts';
import { inTurn } from '../src/lib/in-turn.ts';
import { createPlaces, type PlacesParts } from '../src/places.ts';
import { BOARD_HOURS } from '../src/ports.ts';
import { aSample, cyclesOf, everyPair, INTERVAL_MS, WORLD_BEGAN_MS } from './support/sample-world.ts';
import { SetClock } from './support/set-clock.ts';

const CYCLES = 60;
const MINUTE_MS = 60_000;
const HERE = aSample({}).location;

function openKnown() {
  const clock = new SetClock(new Date(WORLD_BEGAN_MS).toISOString());
  const store = { lastGood: async () => null, async *rollups() {} } as unknown as PlacesParts['store'];
  const open = () => createPlaces({ store, nowMs: () => clock.nowMs(), intervalMs: INTERVAL_MS, location: HERE });
  const places = open();
  const opened = () => {
    const others = open();
    for (const sample of places.since(0)) others.add(sample);
    return others.knowledge;
  };
  return { clock, recent: places, open: opened, knowledge: places.knowledge };
}

function worldOf(seed: string): readonly (readonly Sample[])[] {
  const endpoints = everyPair(1, 3);
  return [...cyclesOf({ seed, cycles: CYCLES, endpoints, failureRates: endpoints.map(() => 0.05) })];
}

describe('what is kept of a verdict', () => {
  test('is what would be worked out anew, as minutes pass, samples come late, and others leave the window', () => {
    const { clock, recent, knowledge, open } = openKnown();
    const cycles = worldOf('kept');
    const { modelId, providerName } = cycles[0]![0]!;
    for (const [nth, samples] of cycles.entries()) {
      for (const sample of samples) recent.add(sample);
      if (nth < 40 && nth % 10 !== 0) continue;
      const dueAtMs = samples[0]!.dueAtMs;
      for (const minutes of [1, 2, 20]) {
        clock.jumpWall(dueAtMs + minutes * MINUTE_MS - clock.nowMs());
        if (minutes === 20)
          recent.add(aSample({ modelId, providerName, dueAtMs: dueAtMs - 1, attemptId: `late ${nth}` }));
        const fresh = open();
        for (const hours of BOARD_HOURS) expect(knowledge.board(hours)).toEqual(fresh.board(hours));
        const window = { sinceMs: clock.nowMs() - DAY_MS, untilMs: clock.nowMs() };
        expect(knowledge.recommend(modelId, 'fastest_start', NO_NEEDS, window)).toEqual(
          fresh.recommend(modelId, 'fastest_start', NO_NEEDS, window),
        );
      }
    }
  });
});

test('a model judged while others have a turn is judged as at once, whoever asks beside, and whatever was heard meanwhile', async () => {
  const cycles = worldOf('turns');
  const { modelId } = cycles[0]![0]!;
  const newcomer = (nth: number) =>
    aSample({ modelId, providerName: 'newcomer', dueAtMs: cycles.at(-1)![0]!.dueAtMs, attemptId: `new ${nth}` });
  const pauses = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 3, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(pauses, fc.boolean(), async (turns, isNew) => {
      const { clock, recent, knowledge, open } = openKnown();
      for (const sample of cycles.slice(0, -1).flat()) recent.add(sample);
      clock.jumpWall(cycles.at(-1)![0]!.dueAtMs + MINUTE_MS - clock.nowMs());
      const window = untilThisMinute(7 * DAY_MS, clock.nowMs());
      const heard = isNew ? turns.map((_, nth) => newcomer(nth)) : cycles.at(-1)!;
      const asked = [knowledge.judgedInTurns(modelId, window), knowledge.boardInTurns(24)];
      for (const [nth, pause] of turns.entries()) {
        for (let turn = 0; turn < pause; turn++) await inTurn();
        if (heard[nth] !== undefined) recent.add(heard[nth]);
        asked.push(knowledge.judgedInTurns(modelId, window));
      }
      await Promise.all(asked);

      const judged = await knowledge.judgedInTurns(modelId, window);
      expect(judged!.verdict).toEqual(open().model(modelId, window)!);
    }),
    { numRuns: 15 },
  );
});

describe('a model that is judged ahead', () => {
  const DAYS_MS = 30 * DAY_MS;
  const open = (seed: string) => {
    const known = openKnown();
    const boards = keepBoards(known.knowledge, known.clock, new AbortController().signal);
    const cycles = worldOf(seed);
    const hear = (samples: readonly Sample[], minutes = 1) => {
      for (const sample of samples) known.recent.add(sample);
      known.clock.jumpWall(samples[0]!.dueAtMs + minutes * MINUTE_MS - known.clock.nowMs());
    };
    const untilNow = (lengthMs: number) => untilThisMinute(lengthMs, known.clock.nowMs());
    const anew = (lengthMs: number) => known.open().model(modelId, untilNow(lengthMs));
    const { modelId } = cycles[0]![0]!;
    for (const samples of cycles.slice(0, -1)) hear(samples);
    return { ...known, fresh: known.open, boards, hear, untilNow, anew, modelId, last: cycles.at(-1)! };
  };

  test('is told as it was until the next verdict is whole, and then as a new revision', async () => {
    const { boards, hear, untilNow, anew, modelId, last } = open('thirty days');
    const before = boards.knowledge.model(modelId, untilNow(DAYS_MS));
    expect(before).toEqual(anew(DAYS_MS));

    hear(last.slice(0, 1));
    boards.renew();
    hear(last.slice(1));
    boards.renew();
    const meanwhile = boards.knowledge.revision();
    expect(boards.knowledge.model(modelId, untilNow(DAYS_MS))).toBe(before);

    await boards.settled();
    expect(boards.knowledge.model(modelId, untilNow(DAYS_MS))).toEqual(anew(DAYS_MS));
    expect(boards.knowledge.model(modelId, untilNow(DAYS_MS))).not.toEqual(before);
    expect(boards.knowledge.revision()).toBeGreaterThan(meanwhile);
  });

  test('is recommended by the same samples as it is judged by', () => {
    const { boards, hear, untilNow, modelId, last } = open('one and the same');
    const { recommendations } = boards.knowledge.model(modelId, untilNow(DAYS_MS))!;

    hear(last);

    for (const expected of recommendations)
      expect(boards.knowledge.recommend(modelId, expected.goal, NO_NEEDS, untilNow(DAYS_MS))).toEqual(expected);
  });

  test('over as long as a board is the one on that board', async () => {
    const { boards, hear, untilNow, modelId, last } = open('on the board');
    boards.renew();
    await boards.settled();
    hear(last);

    expect(boards.knowledge.model(modelId, untilNow(DAY_MS))).toBe(boards.knowledge.board(24)[0]!);
  });

  test('over a window that is past, or not of whole minutes, is judged when it is asked for', () => {
    const { boards, hear, untilNow, fresh, clock, modelId, last } = open('as it was');
    const past = untilNow(DAYS_MS);
    boards.knowledge.model(modelId, past);
    hear(last, 20);

    const exact = { sinceMs: clock.nowMs() - DAYS_MS, untilMs: clock.nowMs() };
    for (const window of [exact, { ...past, sinceMs: past.sinceMs + DAY_MS }])
      expect(boards.knowledge.model(modelId, window)).toEqual(fresh().model(modelId, window));
  });

  test('is judged ahead no more where nobody has asked for it for an hour', async () => {
    const { boards, hear, clock, untilNow, anew, modelId, last } = open('long ago');
    boards.knowledge.model(modelId, untilNow(DAYS_MS));
    await clock.advance(3_600_000);
    boards.renew();
    await boards.settled();

    hear(last);

    expect(boards.knowledge.model(modelId, untilNow(DAYS_MS))).toEqual(anew(DAYS_MS));
  });
});

describe('a board that is made ahead', () => {
  test('is told as it was until the next one is whole, and then as a new revision', async () => {
    const { clock, recent, knowledge } = openKnown();
    const [first, second] = worldOf('ahead');
    const boards = keepBoards(knowledge, clock, new AbortController().signal);
    for (const sample of first!) recent.add(sample);
    clock.jumpWall(first![0]!.dueAtMs + MINUTE_MS - clock.nowMs());
    const before = boards.knowledge.board();

    for (const sample of second!) recent.add(sample);
    clock.jumpWall(second![0]!.dueAtMs + MINUTE_MS - clock.nowMs());
    boards.renew();
    const meanwhile = boards.knowledge.revision();
    expect(boards.knowledge.board()).toBe(before);

    await boards.settled();
    expect(boards.knowledge.board()).toEqual(knowledge.board());
    expect(boards.knowledge.board()).not.toEqual(before);
    expect(boards.knowledge.revision()).toBeGreaterThan(meanwhile);
  });

  test('is made once more for what came while it was made', async () => {
    const { clock, recent, knowledge } = openKnown();
    const [first, second] = worldOf('again');
    const boards = keepBoards(knowledge, clock, new AbortController().signal);
    clock.jumpWall(second![0]!.dueAtMs + MINUTE_MS - clock.nowMs());
    for (const sample of first!) recent.add(sample);
    boards.renew();
    for (const sample of second!) recent.add(sample);
    boards.renew();

    await boards.settled();

    expect(boards.knowledge.board(1)).toEqual(knowledge.board(1));
    expect(boards.knowledge.board(168)).toEqual(knowledge.board(168));
  });

  test('is not kept while there is nothing on it', () => {
    const { clock, recent, knowledge } = openKnown();
    const boards = keepBoards(knowledge, clock, new AbortController().signal);
    expect(boards.knowledge.board()).toEqual([]);

    const [first] = worldOf('empty');
    for (const sample of first!) recent.add(sample);
    clock.jumpWall(first![0]!.dueAtMs + MINUTE_MS - clock.nowMs());

    expect(boards.knowledge.board()).not.toEqual([]);
  });

  test('that cannot be made is told of, and the last one stays', async () => {
    const { clock, recent, knowledge } = openKnown();
    const [first] = worldOf('broken');
    for (const sample of first!) recent.add(sample);
    clock.jumpWall(first![0]!.dueAtMs + MINUTE_MS - clock.nowMs());
    const broken = { ...knowledge, boardInTurns: () => Promise.reject(new Error('a fault of ours')) };
    const failures: unknown[] = [];
    const failed = (error: unknown) => void failures.push(error);
    const boards = keepBoards(broken, clock, new AbortController().signal, { failed });
    const before = boards.knowledge.board();

    boards.renew();
    await boards.settled();

    expect(failures).toEqual(BOARD_HOURS.map(() => new Error('a fault of ours')));
    expect(boards.knowledge.board()).toBe(before);
  });

  test('that nobody will see is given up', async () => {
    const { clock, recent, knowledge } = openKnown();
    const over = new AbortController();
    let made = 0;
    const boards = keepBoards(knowledge, clock, over.signal, { made: () => made++ });
    const [first] = worldOf('given up');
    for (const sample of first!) recent.add(sample);
    clock.jumpWall(first![0]!.dueAtMs + MINUTE_MS - clock.nowMs());

    boards.renew();
    over.abort();
    await boards.settled();

    expect(made).toBe(0);
  });

  test('of another place is made ahead from when it is first asked for', async () => {
    const { clock, recent, knowledge } = openKnown();
    const boards = keepBoards(knowledge, clock, new AbortController().signal);
    const [first, second] = worldOf('elsewhere').map((samples) =>
      samples.map((sample) => ({ ...sample, location: 'elsewhere', attemptId: `elsewhere ${sample.attemptId}` })),
    );
    for (const sample of first!) recent.add(sample);
    clock.jumpWall(first![0]!.dueAtMs + MINUTE_MS - clock.nowMs());
    const before = boards.knowledge.from('elsewhere')!.board();
    expect(before).not.toEqual([]);

    for (const sample of second!) recent.add(sample);
    clock.jumpWall(second![0]!.dueAtMs + MINUTE_MS - clock.nowMs());
    boards.renew();
    expect(boards.knowledge.from('elsewhere')!.board()).toBe(before);

    await boards.settled();
    expect(boards.knowledge.from('elsewhere')!.board()).toEqual(knowledge.from('elsewhere')!.board());
  });
});
