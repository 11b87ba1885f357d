import { answerValue, isCorrect } from '../domain/answer.ts';
import { latencyOf } from '../domain/latency.ts';
import { costUsd } from '../domain/money.ts';
import type { Verdict } from '../domain/outcome.ts';
import { repeatedShare } from '../domain/repetition.ts';
import type { PlannedProbe } from '../domain/types.ts';
import { replyBody } from './reply-body.ts';
import { roundedEach, roundedMoments } from './rounded.ts';
import type { Frame } from './row.ts';
import { label, shownText } from './shown-text.ts';
import type { Reply } from './types.ts';

const BODY_BYTES = 64 * 1024;

export interface Judged {
  readonly reply: Reply;
  readonly sentMs: number | null;
  readonly verdict: Verdict;
  readonly planned: Pick<PlannedProbe, 'kind' | 'target'>;
}

/** The columns that a reply fills. */
export function repliedAs({ reply, sentMs, verdict, planned }: Judged, frame: Frame) {
  const { redact } = frame;
  const isGood = verdict.outcome === 'ok';
  const body = replyBody(reply, isGood, BODY_BYTES, redact);
  const {
    promptTokens = null,
    completionTokens = null,
    reasoningTokens = null,
    cachedTokens = null,
  } = reply.usage ?? {};
  const isStream = reply.mode === 'stream' && reply.events > 0;
  // A reply that failed ended before its time too: its last token is unknown.
  const wasCut = !isGood || verdict.conformance.includes('cut_by_prober');
  const latency = latencyOf({
    sentMs,
    firstTokenMs: reply.firstTokenMs,
    firstAnswerMs: reply.firstAnswerMs,
    lastTokenMs: reply.lastTokenMs,
    chunkAtMs: isStream ? reply.chunkAtMs : null,
    completionTokens,
    reasoningTokens,
    sawReasoning: reply.reasoning !== '',
    cutByProber: wasCut,
  });
  return {
    responseBodyRaw: body.text,
    responseBodyBytes: body.bytes,
    responseBodyTruncated: body.truncated,
    responseModel: label(reply.model, redact),
    systemFingerprint: label(reply.systemFingerprint, redact),
    finishReason: label(reply.finishReason, redact),
    ...(reply.completion === null ? {} : answered(reply, wasCut, planned, frame)),
    ...roundedEach({
      firstEventMs: reply.firstEventMs,
      firstTokenMs: reply.firstTokenMs,
      firstAnswerMs: reply.firstAnswerMs,
      lastTokenMs: reply.lastTokenMs,
      usageMs: reply.usageMs,
      doneMs: reply.doneMs,
      ...latency,
    }),
    chunkAtMs: isStream ? roundedMoments(reply.chunkAtMs) : null,
    reads: reply.reads,
    promptTokens,
    completionTokens,
    reasoningTokens,
    cachedTokens,
    costUsd: costUsd({ promptTokens, completionTokens }, planned.target),
  };
}

function answered(
  { answer, content, reasoning, finishReason }: Reply,
  wasCut: boolean,
  { kind }: Judged['planned'],
  { settings, redact }: Frame,
) {
  const given = { answer: answer.slice(-BODY_BYTES), cut: wasCut || finishReason === 'length' };
  return {
    answerText: shownText(answer, BODY_BYTES, redact).text,
    answerCorrect: kind.name === 'standard' ? isCorrect(given, settings.expected) : null,
    answerValue: answerValue(given),
    repeatedShare: repeatedShare(`${reasoning}\n${content}`.slice(-BODY_BYTES)),
  };
}
