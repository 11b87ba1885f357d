import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Latency, latencyOf, type ReplyTimeline } from '../../src/domain/latency.ts';

/** Sent at 40 ms; three chunks at 300, 400 and 500; five tokens. */
function aTimeline(overrides: Partial<ReplyTimeline> = {}): ReplyTimeline {
  return {
    sentMs: 40,
    firstTokenMs: 300,
    firstAnswerMs: 300,
    lastTokenMs: 500,
    chunkAtMs: [300, 400, 500],
    completionTokens: 5,
    reasoningTokens: null,
    sawReasoning: false,
    cutByProber: false,
    ...overrides,
  };
}

describe('the latencies of a reply', () => {
  test('start when the request was written', () => {
    expect(latencyOf(aTimeline())).toEqual({
      ttftMs: 260,
      ttfatMs: 260,
      e2eMs: 460,
      tpotMs: 50,
      ttstMs: 100,
      gapP50Ms: null,
      gapP95Ms: null,
      gapMaxMs: 100,
      decodeTps: 20,
      e2eTps: 5000 / 460,
      chunks: 3,
      tokensPerChunk: 5 / 3,
    });
  });

  test('have the first answer apart from the first token', () => {
    expect(latencyOf(aTimeline({ firstAnswerMs: 450 }))).toMatchObject({ ttftMs: 260, ttfatMs: 410 });
  });

  test('have percentiles of the gaps only where there are enough of them', () => {
    const chunkAtMs = Array.from({ length: 41 }, (_, i) => 300 + i * 10);
    const withStall = [...chunkAtMs, 2000];

    expect(latencyOf(aTimeline({ chunkAtMs: chunkAtMs.slice(0, 6) }))).toMatchObject({ gapP50Ms: 10, gapP95Ms: null });
    expect(latencyOf(aTimeline({ chunkAtMs: withStall }))).toMatchObject({
      gapP50Ms: 10,
      gapP95Ms: 10,
      gapMaxMs: 1300,
    });
  });
});

describe('unknown, not zero, is', () => {
  const nothing: Latency = {
    ttftMs: null,
    ttfatMs: null,
    e2eMs: null,
    tpotMs: null,
    ttstMs: null,
    gapP50Ms: null,
    gapP95Ms: null,
    gapMaxMs: null,
    decodeTps: null,
    e2eTps: null,
    chunks: null,
    tokensPerChunk: null,
  };
  const unseen = { firstTokenMs: null, firstAnswerMs: null, lastTokenMs: null, chunkAtMs: null };

  test('everything of a plain reply', () => {
    expect(latencyOf(aTimeline(unseen))).toEqual(nothing);
  });

  test('every latency of a stream without output, though its chunks are counted', () => {
    expect(latencyOf(aTimeline({ ...unseen, chunkAtMs: [] }))).toEqual({ ...nothing, chunks: 0 });
  });

  test('every rate of a reply without usage', () => {
    const { decodeTps, e2eTps, tpotMs, tokensPerChunk, e2eMs } = latencyOf(aTimeline({ completionTokens: null }));
    expect([decodeTps, e2eTps, tpotMs, tokensPerChunk]).toEqual([null, null, null, null]);
    expect(e2eMs).toBe(460);
  });

  test('the time per token of a single token', () => {
    expect(latencyOf(aTimeline({ completionTokens: 1 })).tpotMs).toBeNull();
  });

  test('the time per token of a reply that came in one read', () => {
    const timeline = aTimeline({ lastTokenMs: 300, chunkAtMs: [300, 300, 300] });
    expect(latencyOf(timeline)).toMatchObject({ tpotMs: null, decodeTps: null, ttstMs: 0 });
  });

  test('the time per token when reasoning stayed hidden', () => {
    expect(latencyOf(aTimeline({ reasoningTokens: 3 })).tpotMs).toBeNull();
    expect(latencyOf(aTimeline({ reasoningTokens: 3, sawReasoning: true })).tpotMs).toBe(50);
    expect(latencyOf(aTimeline({ reasoningTokens: 0 })).tpotMs).toBe(50);
  });

  test('the end of a reply that we cut', () => {
    expect(latencyOf(aTimeline({ cutByProber: true }))).toMatchObject({ e2eMs: null, e2eTps: null, ttftMs: 260 });
  });
});

/** A stream whose chunks come in reads of one or more. */
const timelines = fc
  .record({
    sentMs: fc.double({ min: 0, max: 1e3, noNaN: true }),
    gapsMs: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1e4, noNaN: true })), {
      minLength: 1,
      maxLength: 99,
    }),
    completionTokens: fc.option(fc.nat(10_000)),
  })
  .map(({ sentMs, gapsMs, completionTokens }) => {
    let atMs = sentMs;
    const chunkAtMs = gapsMs.map((gapMs) => (atMs += gapMs));
    const [firstTokenMs, lastTokenMs] = [chunkAtMs[0]!, chunkAtMs.at(-1)!];
    return aTimeline({ sentMs, firstTokenMs, firstAnswerMs: firstTokenMs, lastTokenMs, chunkAtMs, completionTokens });
  });

describe('for every stream', () => {
  test('no figure is negative, infinite or not a number', () => {
    fc.assert(
      fc.property(timelines, (timeline) => {
        for (const figure of Object.values(latencyOf(timeline))) {
          expect(figure === null || (Number.isFinite(figure) && figure >= 0)).toBe(true);
        }
      }),
    );
  });

  test('TTFT and the time of the tokens after it make up the whole', () => {
    fc.assert(
      fc.property(timelines, (timeline) => {
        const { ttftMs, tpotMs, e2eMs } = latencyOf(timeline);
        fc.pre(tpotMs !== null);
        expect(ttftMs! + tpotMs * (timeline.completionTokens! - 1)).toBeCloseTo(e2eMs!, 6);
      }),
    );
  });

  test('shifting the clock changes nothing', () => {
    fc.assert(
      fc.property(timelines, fc.integer({ min: -1000, max: 1000 }), (timeline, shiftMs) => {
        const shift = (atMs: number | null) => (atMs === null ? null : atMs + shiftMs);
        const shifted = {
          ...timeline,
          sentMs: shift(timeline.sentMs),
          firstTokenMs: shift(timeline.firstTokenMs),
          firstAnswerMs: shift(timeline.firstAnswerMs),
          lastTokenMs: shift(timeline.lastTokenMs),
          chunkAtMs: timeline.chunkAtMs!.map((atMs) => atMs + shiftMs),
        };
        const [before, after] = [latencyOf(timeline), latencyOf(shifted)];
        expect(after.ttftMs!).toBeCloseTo(before.ttftMs!, 6);
        expect(after.e2eMs!).toBeCloseTo(before.e2eMs!, 6);
        expect(after.gapMaxMs ?? 0).toBeCloseTo(before.gapMaxMs ?? 0, 6);
      }),
    );
  });

  test('no gap percentile exceeds the longest gap', () => {
    fc.assert(
      fc.property(timelines, (timeline) => {
        const { gapP50Ms, gapP95Ms, gapMaxMs } = latencyOf(timeline);
        expect(gapP50Ms ?? 0).toBeLessThanOrEqual(gapP95Ms ?? gapMaxMs ?? 0);
        expect(gapP95Ms ?? 0).toBeLessThanOrEqual(gapMaxMs ?? 0);
      }),
    );
  });
});
