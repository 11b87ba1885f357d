import type { Habits } from '../habits.ts';
import type { Headers } from '../http/answer.ts';
import type { ChatQuestion } from './question.ts';
import type { Speech, ToolCall } from './speech.ts';

/** A part of a reply's body, sent at once. Times are ms from the request, at pace 1. */
export interface Piece {
  readonly atMs: number;
  readonly part: 'comment' | 'role' | 'output' | 'finish' | 'usage' | 'done';
  readonly text: string;
}

/** A good reply, before anything goes wrong with it. */
export interface Draft {
  readonly stream: boolean;
  readonly headersAtMs: number;
  readonly headers: Headers;
  readonly framing: Habits['framing'] | 'length';
  readonly pieces: readonly Piece[];
}

/** What tells one reply from another. */
export interface Stamp {
  readonly id: string;
  readonly requestId: string;
  readonly createdSeconds: number;
  readonly fingerprint: string;
  /** The provider has its prompt in a cache. */
  readonly cached: boolean;
}

/** Headers that come at once do so this long after the request; an early role or comment a little later. */
const HEADERS_AT_ONCE_MS = 4;
const EARLY_EVENT_MS = 8;

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens: number };
  readonly completion_tokens_details?: { readonly reasoning_tokens: number };
}

export function draftReply(question: ChatQuestion, speech: Speech, habits: Habits, stamp: Stamp): Draft {
  const pieces = question.stream
    ? streamPieces(question, speech, habits, stamp)
    : plainPieces(question, speech, habits, stamp);
  const usualType = question.stream ? 'text/event-stream; charset=utf-8' : 'application/json';
  const contentType = habits.contentType === undefined ? usualType : habits.contentType;
  const headers = {
    ...(contentType !== null && { 'content-type': contentType }),
    'cache-control': 'no-cache',
    'x-request-id': stamp.requestId,
    ...(habits.servedBy !== null && { 'x-inference-provider': habits.servedBy }),
  };
  const outputAtMs = pieces.find(({ part }) => part === 'output')?.atMs ?? habits.ttftMs;
  const headersAtMs = question.stream && habits.headers === 'at-once' ? HEADERS_AT_ONCE_MS : outputAtMs;
  return {
    stream: question.stream,
    headersAtMs,
    headers,
    framing: question.stream ? habits.framing : 'length',
    pieces,
  };
}

export const promptTokens = ({ prompt }: Pick<ChatQuestion, 'prompt'>, { charactersPerToken }: Habits) =>
  Math.ceil(prompt.length / charactersPerToken) + 8;

/** Usage after so many tokens have been said. */
export function usageAfter(
  question: Pick<ChatQuestion, 'prompt'>,
  { reasoning }: Speech,
  said: number,
  habits: Habits,
  stamp: Pick<Stamp, 'cached'>,
): Usage {
  const prompt = promptTokens(question, habits);
  return {
    prompt_tokens: prompt,
    completion_tokens: said,
    total_tokens: prompt + said + (habits.usage === 'wrong' ? 3 : 0),
    ...(habits.tellsCached && { prompt_tokens_details: { cached_tokens: stamp.cached ? prompt - (prompt % 8) : 0 } }),
    ...(reasoning.length > 0 && { completion_tokens_details: { reasoning_tokens: Math.min(said, reasoning.length) } }),
  };
}

type Delta = Readonly<Record<string, string>> | { readonly tool_calls: readonly object[] };

/** Tokens said together, as the delta that carries them. */
export interface Burst {
  readonly delta: Delta;
  /** Not a thought. */
  readonly isAnswer: boolean;
  /** Tokens said when it is sent. */
  readonly said: number;
}

export function burstsOf(speech: Speech, { reasoning: place, tokensPerChunk }: Habits): readonly Burst[] {
  const { reasoning, answer, toolCall } = speech;
  const grouped = (tokens: readonly string[], field: string, before: number, isAnswer = false): readonly Burst[] =>
    Array.from({ length: Math.ceil(tokens.length / tokensPerChunk) }, (_, at) => ({
      isAnswer,
      delta: { [field]: tokens.slice(at * tokensPerChunk, (at + 1) * tokensPerChunk).join('') },
      said: before + Math.min(tokens.length, (at + 1) * tokensPerChunk),
    }));
  const answered =
    toolCall === null ? grouped(answer, 'content', reasoning.length, true) : callBursts(toolCall, speech);
  if (reasoning.length === 0 || place === 'hidden' || place === 'none') return answered;
  if (place !== 'think') return [...grouped(reasoning, place, 0), ...answered];
  const lastThought = answered.length > 0 ? reasoning.length - 1 : -1; // cut short, the tag stays open
  const tagged = reasoning.map(
    (token, at) => `${at === 0 ? '<think>\n' : ''}${token}${at === lastThought ? '\n</think>\n\n' : ''}`,
  );
  return [...grouped(tagged, 'content', 0), ...answered];
}

/** The name of the tool comes first, its arguments token by token. */
function callBursts({ name, pieces }: ToolCall, { reasoning }: Speech): readonly Burst[] {
  const call = { index: 0, id: 'call_0', type: 'function', function: { name, arguments: '' } };
  return [
    { isAnswer: true, delta: { tool_calls: [call] }, said: reasoning.length },
    ...pieces.map((text, at) => ({
      isAnswer: true,
      delta: { tool_calls: [{ index: 0, function: { arguments: text } }] },
      said: reasoning.length + at + 1,
    })),
  ];
}

/** How many tokens a speech has. */
export const lengthOf = ({ reasoning, answer, toolCall }: Speech) =>
  reasoning.length + answer.length + (toolCall?.pieces.length ?? 0);

/** When so many tokens are said, ms from the request. Hidden reasoning is thought before the first that shows. */
export function pacing(
  speech: Speech,
  bursts: readonly Burst[],
  { reasoning: place, ttftMs, tokensPerSecond }: Habits,
): (said: number) => number {
  const hidden = bursts.length > 0 && place === 'hidden' ? speech.reasoning.length : 0;
  const firstSaid = bursts[0]?.said ?? lengthOf(speech);
  return (said) => ttftMs + (1_000 * (hidden + said - firstSaid)) / tokensPerSecond;
}

function streamPieces(question: ChatQuestion, speech: Speech, habits: Habits, stamp: Stamp): readonly Piece[] {
  const total = lengthOf(speech);
  const bursts = burstsOf(speech, habits);
  const wantsUsage = question.includeUsage && (habits.usage === 'last-chunk' || habits.usage === 'wrong');
  const usageAt = (said: number) => usageAfter(question, speech, said, habits, stamp);

  const event = (data: string) => `data:${habits.tight ? '' : ' '}${data}${habits.lineEnd.repeat(2)}`;
  const chunk = (choices: readonly object[], usage: Usage | null) => {
    const shown = usage ?? (wantsUsage ? null : undefined); // `usage: null` on the other chunks, as OpenAI does
    const { id, createdSeconds: created, fingerprint: system_fingerprint } = stamp;
    return event(
      JSON.stringify({
        id,
        object: 'chat.completion.chunk',
        created,
        model: habits.model,
        system_fingerprint,
        choices,
        usage: shown,
      }),
    );
  };
  const delta = (fields: object, said: number, finish: string | null = null) => {
    const always = habits.usage === 'every-chunk' || (finish !== null && habits.usage === 'finish-chunk');
    return chunk([{ index: 0, delta: fields, finish_reason: finish }], always ? usageAt(said) : null);
  };
  const comment = (atMs: number): Piece => ({ atMs, part: 'comment', text: `: PROCESSING${habits.lineEnd.repeat(2)}` });

  const saidAtMs = pacing(speech, bursts, habits);
  const firstAtMs = saidAtMs(bursts[0]?.said ?? total);
  const endAtMs = saidAtMs(total);

  const pieces: Piece[] = [];
  const earlyAtMs = habits.headers === 'at-once' ? EARLY_EVENT_MS : firstAtMs;
  if (habits.comments) pieces.push(comment(earlyAtMs));
  if (habits.role === 'own-chunk') {
    pieces.push({ atMs: earlyAtMs, part: 'role', text: delta({ role: 'assistant', content: '' }, 0) });
  }
  bursts.forEach((burst, at) => {
    const role = at === 0 && habits.role === 'first-chunk' ? { role: 'assistant' } : {};
    const atMs = saidAtMs(burst.said);
    pieces.push({ atMs, part: 'output', text: delta({ ...role, ...burst.delta }, burst.said) });
    if (habits.comments && at % 20 === 19) pieces.push(comment(atMs));
  });
  const closing = habits.nullContent ? { content: null } : {};
  if (habits.finishReason)
    pieces.push({ atMs: endAtMs, part: 'finish', text: delta(closing, total, speech.finishReason) });
  if (wantsUsage) pieces.push({ atMs: endAtMs, part: 'usage', text: chunk([], usageAt(total)) });
  if (habits.done) pieces.push({ atMs: endAtMs, part: 'done', text: event('[DONE]') });
  if (habits.chunksAfterDone)
    pieces.push({ atMs: endAtMs, part: 'output', text: delta({ content: ' One more thing.' }, total) });
  return pieces;
}

function plainPieces(question: ChatQuestion, speech: Speech, habits: Habits, stamp: Stamp): readonly Piece[] {
  const total = lengthOf(speech);
  const { toolCall } = speech;
  const message = { role: 'assistant', content: '' };
  for (const { delta } of burstsOf({ ...speech, toolCall: null }, habits)) {
    for (const [field, text] of Object.entries(delta))
      Object.assign(message, { [field]: (Object(message)[field] ?? '') + text });
  }
  if (toolCall !== null) {
    const called = { name: toolCall.name, arguments: toolCall.pieces.join('') };
    Object.assign(message, { content: null, tool_calls: [{ id: 'call_0', type: 'function', function: called }] });
  }
  const completion = {
    id: stamp.id,
    object: 'chat.completion',
    created: stamp.createdSeconds,
    model: habits.model,
    system_fingerprint: stamp.fingerprint,
    choices: [{ index: 0, message, finish_reason: habits.finishReason ? speech.finishReason : null }],
    usage: habits.usage === 'none' ? undefined : usageAfter(question, speech, total, habits, stamp),
  };
  const atMs = habits.ttftMs + (1_000 * total) / habits.tokensPerSecond;
  return [{ atMs, part: 'output', text: JSON.stringify(completion) }];
}
