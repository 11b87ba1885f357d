import { errorIn } from './error-text.ts';
import { asCount, asObject, asObjects, asText, type JsonObject, parseObject, plainCopy } from './json.ts';
import type { Usage } from './types.ts';

/** Where providers put reasoning, in the order in which Hugging Face's own chat client looks for it. */
export const REASONING_FIELDS = ['reasoning', 'reasoning_content', 'reasoning_text'] as const;
export type ReasoningField = (typeof REASONING_FIELDS)[number];

/** One event of a streamed chat completion, understood as far as it can be. */
export type ChatEvent =
  | ChatChunkEvent
  | ChatErrorEvent
  | { readonly kind: 'done' }
  | { readonly kind: 'malformed'; readonly detail: string };

type ChatChunkEvent = { readonly kind: 'chunk'; readonly chunk: ChatChunk };
type ChatErrorEvent = { readonly kind: 'error'; readonly detail: string };

export interface ChatChunk {
  readonly id: string | null;
  readonly created: number | null;
  readonly model: string | null;
  readonly systemFingerprint: string | null;
  readonly choices: readonly ChoicePart[];
  readonly usage: ReportedUsage | null;
}

interface ReportedUsage {
  readonly counts: Usage;
  /** As sent, as far as it is flat. */
  readonly asSent: JsonObject;
}

/** What a chunk adds to one choice. */
export interface ChoicePart {
  readonly index: number;
  /** Null where the choice came without a delta. */
  readonly delta: Delta | null;
  readonly finishReason: string | null;
}

export interface Delta {
  readonly role: string | null;
  readonly content: string | null;
  /** `content: null` was written out; otherwise it was left out or is text. */
  readonly contentIsNull: boolean;
  /** The fields that have text, in the order of `REASONING_FIELDS`. */
  readonly reasoning: readonly { readonly field: ReasoningField; readonly text: string }[];
  readonly toolCalls: readonly ToolCallPart[];
}

interface ToolCallPart {
  readonly index: number;
  readonly id: string | null;
  readonly name: string | null;
  readonly arguments: string;
}

/** @param name the event's `event:` line; an error may be told by it alone */
export function parseChatEvent(data: string, name?: string): ChatEvent {
  if (data.trim() === '[DONE]') return { kind: 'done' };
  const json = parseObject(data);
  if (name === 'error')
    return { kind: 'error', detail: (json && (errorIn(json)?.message ?? asText(json.message))) ?? data };
  return json === null ? { kind: 'malformed', detail: data } : understandCompletion(json, 'delta');
}

/**
 * What a completion says, or a chunk of one.
 *
 * @param part where a choice keeps its text: `delta` in a chunk, `message` in a reply that was not streamed
 */
export function understandCompletion(json: JsonObject, part: 'delta' | 'message'): ChatChunkEvent | ChatErrorEvent {
  const error = errorIn(json);
  if (error !== null) return { kind: 'error', detail: error.message };
  const chunk = chatChunkOf(json, part);
  const failed = chunk.choices.find(isFailed);
  return failed ? { kind: 'error', detail: `finish reason ${failed.finishReason}` } : { kind: 'chunk', chunk };
}

/** A server that gave up may say so in its finish reason, without any error object. */
function isFailed({ index, finishReason }: ChoicePart): boolean {
  return index === 0 && (finishReason === 'error' || finishReason === 'abort');
}

function chatChunkOf(json: JsonObject, part: 'delta' | 'message'): ChatChunk {
  return {
    id: asText(json.id),
    created: asCount(json.created),
    model: asText(json.model),
    systemFingerprint: asText(json.system_fingerprint),
    choices: asObjects(json.choices).map((choice) => choicePartOf(choice, part)),
    usage: usageOf(asObject(json.usage)),
  };
}

function choicePartOf(choice: JsonObject, part: 'delta' | 'message'): ChoicePart {
  const delta = asObject(choice[part]);
  return {
    index: asCount(choice.index) ?? 0,
    delta: delta && deltaOf(delta),
    finishReason: asText(choice.finish_reason),
  };
}

function deltaOf(delta: JsonObject): Delta {
  const reasoning: { field: ReasoningField; text: string }[] = [];
  for (const field of REASONING_FIELDS) {
    const text = asText(delta[field]);
    if (text !== null) reasoning.push({ field, text });
  }
  return {
    role: asText(delta.role),
    content: asText(delta.content),
    contentIsNull: delta.content === null,
    reasoning,
    toolCalls: asObjects(delta.tool_calls).map(toolCallPartOf),
  };
}

function toolCallPartOf(call: JsonObject, position: number): ToolCallPart {
  const called = asObject(call.function);
  return {
    index: asCount(call.index) ?? position,
    id: asText(call.id),
    name: asText(called?.name),
    arguments: asText(called?.arguments) ?? '',
  };
}

/** Content, reasoning or a tool call: what makes a chunk count as output. */
export function hasOutput({ content, reasoning, toolCalls }: Delta): boolean {
  return content !== null || reasoning.length > 0 || toolCalls.length > 0;
}

/** @returns null where nothing in it is a count */
function usageOf(usage: JsonObject | null): ReportedUsage | null {
  if (usage === null) return null;
  const counts: Usage = {
    promptTokens: asCount(usage.prompt_tokens),
    completionTokens: asCount(usage.completion_tokens),
    totalTokens: asCount(usage.total_tokens),
    reasoningTokens:
      asCount(asObject(usage.completion_tokens_details)?.reasoning_tokens) ?? asCount(usage.reasoning_tokens),
    cachedTokens: asCount(asObject(usage.prompt_tokens_details)?.cached_tokens) ?? asCount(usage.cached_tokens),
  };
  const told = Object.values(counts).some((count) => count !== null);
  return told ? { counts, asSent: plainCopy(usage, 2) } : null;
}
