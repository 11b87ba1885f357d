import { latencyOf } from '../../domain/latency.ts';
import { costUsd } from '../../domain/money.ts';
import type { Random } from '../../lib/random.ts';
import { between } from '../dice.ts';
import type { Habits } from '../habits.ts';
import { lengthOf, pacing, usageAfter } from '../router/draft.ts';
import type { PastEnding } from './ending.ts';
import type { Shape } from './shapes.ts';

export interface PastReply {
  readonly habits: Habits;
  readonly shape: Shape;
  readonly ending: PastEnding;
  readonly prompt: string;
  /** The provider has read this prompt before. */
  readonly isCached: boolean;
  readonly prices: Parameters<typeof costUsd>[1];
  /** Unix ms. */
  readonly startAtMs: number;
  readonly scheduledAtMs: number;
}

/** Moments are kept to a microsecond, as everywhere. */
const rounded = (ms: number) => Math.round(ms * 1_000) / 1_000;
const roundedOrNull = (ms: number | null) => (ms === null ? null : rounded(ms));

/** Headers that come at once do so this long after the request was sent. */
const HEADERS_AT_ONCE_MS = 4;

/** The columns of one request of the past: what the wire would have shown, a few ms of this machine and its network on top. */
export function exchanged(reply: PastReply, random: Random) {
  const { habits, shape, ending, prompt, isCached, prices, startAtMs, scheduledAtMs } = reply;
  const tcpMs = rounded(between(random, 0.3, 1.5));
  const sentMs = rounded(tcpMs + between(random, 0.1, 0.4));
  const lateMs = between(random, 1, 6);
  const cameAtMs = (ms: number) => rounded(sentMs + lateMs + ms);
  const { bursts, speech } = shape;
  const saidAtMs = pacing(speech, bursts, habits);
  const firstAtMs = saidAtMs(bursts[0]!.said);

  const said = ending.came === 'whole' ? bursts.length : ending.came === 'half' ? Math.ceil(bursts.length / 2) : 0;
  const isWhole = ending.came === 'whole';
  const lastAtMs = said > 0 ? saidAtMs(bursts[said - 1]!.said) : saidAtMs(bursts.at(-1)!.said);
  const firstAnswer = bursts.findIndex(({ isAnswer }) => isAnswer);
  const headersMs = cameAtMs(
    ending.came === 'nothing' ? firstAtMs / 2 : habits.headers === 'at-once' ? HEADERS_AT_ONCE_MS : firstAtMs,
  );
  const closedMs = rounded(
    (ending.came === 'nothing' ? headersMs : cameAtMs(lastAtMs)) + ending.heldMs + between(random, 0.1, 1),
  );
  const common = {
    requestStartIso: iso(startAtMs),
    responseEndIso: iso(startAtMs + closedMs),
    durationMs: closedMs,
    responseStatusCode: ending.status,
    dispatchDelayMs: startAtMs - scheduledAtMs,
    servedBy: habits.servedBy,
    ...{ tcpMs, sentMs, headersMs, closedMs },
    ...judged(ending),
  };
  if (ending.came === 'nothing') return { ...common, reads: 1 };

  const usage =
    isWhole && habits.usage !== 'none'
      ? usageAfter({ prompt }, speech, lengthOf(speech), habits, { cached: isCached })
      : null;
  const promptTokens = usage?.prompt_tokens ?? null;
  const completionTokens = usage?.completion_tokens ?? null;
  const reasoningTokens = usage?.completion_tokens_details?.reasoning_tokens ?? null;
  const showsReasoning = speech.reasoning.length > 0 && habits.reasoning !== 'hidden';
  const latency = latencyOf({
    sentMs,
    firstTokenMs: said > 0 ? cameAtMs(firstAtMs) : null,
    firstAnswerMs: firstAnswer >= 0 && firstAnswer < said ? cameAtMs(saidAtMs(bursts[firstAnswer]!.said)) : null,
    lastTokenMs: said > 0 ? cameAtMs(lastAtMs) : null,
    chunkAtMs: null,
    ...{ completionTokens, reasoningTokens },
    sawReasoning: showsReasoning,
    cutByProber: !isWhole,
  });
  const endAtMs = isWhole || ending.came === 'silence' ? cameAtMs(lastAtMs) : null;
  return {
    ...common,
    responseModel: habits.model,
    systemFingerprint: `fp_${habits.servedBy}`,
    finishReason: endAtMs === null ? null : speech.finishReason,
    firstEventMs: habits.headers === 'at-once' ? headersMs : cameAtMs(firstAtMs),
    firstTokenMs: said > 0 ? cameAtMs(firstAtMs) : null,
    firstAnswerMs: latency.ttfatMs === null ? null : rounded(latency.ttfatMs + sentMs),
    lastTokenMs: said > 0 ? cameAtMs(lastAtMs) : null,
    usageMs: usage === null ? null : endAtMs,
    doneMs: habits.done ? endAtMs : null,
    ttftMs: roundedOrNull(latency.ttftMs),
    ttfatMs: roundedOrNull(latency.ttfatMs),
    e2eMs: roundedOrNull(latency.e2eMs),
    tpotMs: roundedOrNull(latency.tpotMs),
    decodeTps: roundedOrNull(latency.decodeTps),
    e2eTps: roundedOrNull(latency.e2eTps),
    ...gapsOf(said, habits, random),
    chunks: said,
    reads: said + 2,
    tokensPerChunk: completionTokens === null || said === 0 ? null : rounded(completionTokens / said),
    promptTokens,
    completionTokens,
    reasoningTokens,
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? null,
    costUsd: costUsd({ promptTokens, completionTokens }, prices),
    ...(isWhole && {
      answerCorrect: shape.answerCorrect,
      answerValue: shape.answerValue,
      repeatedShare: shape.repeatedShare,
    }),
  };
}

/** Late by 0.5 to 20 ms, each scale as likely: a machine that has other work is now hardly late, now much. */
const lateness = (random: Random) => 0.5 * 40 ** random();

/** Chunks come at a steady beat; what makes some late is this machine. */
function gapsOf(chunks: number, { tokensPerChunk, tokensPerSecond }: Habits, random: Random) {
  const beatMs = (1_000 * tokensPerChunk) / tokensPerSecond;
  const gaps = chunks - 1;
  const usualMs = rounded(beatMs + between(random, 0, 0.1));
  const lateMs = rounded(usualMs + lateness(random));
  return {
    ttstMs: gaps < 1 ? null : usualMs,
    gapP50Ms: gaps < 5 ? null : usualMs,
    gapP95Ms: gaps < 40 ? null : lateMs,
    gapMaxMs: gaps < 1 ? null : rounded(lateMs + lateness(random)),
  };
}

function judged({ verdict }: PastEnding) {
  if (verdict.outcome === 'ok') return { outcome: 'ok' as const, errorMessage: '', conformance: verdict.conformance };
  const { outcome, errorClass, errorPhase, message: errorMessage } = verdict;
  return { outcome, errorClass, errorPhase, errorMessage };
}

export const iso = (unixMs: number) => new Date(unixMs).toISOString();
