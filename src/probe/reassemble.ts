import { type ChatChunk, type ChoicePart, type Delta, REASONING_FIELDS, type ReasoningField } from './chat-chunk.ts';
import type { Usage } from './types.ts';

interface ToolCall {
  id: string | null;
  name: string | null;
  arguments: string;
}

interface Choice {
  role: string | null;
  content: string;
  /** Each field as it came: some servers fill two of them with the same text. */
  readonly fields: Map<ReasoningField, string>;
  /** The first field that each delta fills, so that such a text counts once. */
  reasoning: string;
  readonly toolCalls: Map<number, ToolCall>;
  finishReason: string | null;
}

/** What the chunks so far amount to. Of several choices the one of index 0 is the reply; the others only appear in `completion`. */
interface Assembly {
  readonly model: string | null;
  readonly systemFingerprint: string | null;
  readonly content: string;
  readonly reasoning: string;
  readonly hasToolCall: boolean;
  readonly finishReason: string | null;
  readonly usage: Usage | null;
  /** The `chat.completion` object that the same reply would have been without streaming; null before the first chunk. */
  readonly completion: object | null;
}

/** Puts the pieces of a streamed reply together again. */
export interface Assembler {
  add(chunk: ChatChunk): void;
  assembly(): Assembly;
}

export function createAssembler(): Assembler {
  const choices = new Map<number, Choice>();
  let head: Pick<ChatChunk, 'id' | 'created' | 'model' | 'systemFingerprint' | 'usage'> | null = null;
  return {
    add(chunk) {
      head = {
        id: head?.id ?? chunk.id,
        created: head?.created ?? chunk.created,
        model: head?.model ?? chunk.model,
        systemFingerprint: head?.systemFingerprint ?? chunk.systemFingerprint,
        usage: chunk.usage ?? head?.usage ?? null,
      };
      for (const part of chunk.choices) grow(choices, part);
    },
    assembly() {
      const reply = choices.get(0);
      return {
        model: head?.model ?? null,
        systemFingerprint: head?.systemFingerprint ?? null,
        content: reply?.content ?? '',
        reasoning: reply?.reasoning ?? '',
        hasToolCall: (reply?.toolCalls.size ?? 0) > 0,
        finishReason: reply?.finishReason ?? null,
        usage: head?.usage?.counts ?? null,
        completion: head && {
          ...withoutNulls({ id: head.id, object: 'chat.completion', created: head.created, model: head.model }),
          ...withoutNulls({ system_fingerprint: head.systemFingerprint }),
          choices: byIndex(choices).map(([index, choice]) => choiceObject(index, choice)),
          ...withoutNulls({ usage: head.usage?.asSent ?? null }),
        },
      };
    },
  };
}

function grow(choices: Map<number, Choice>, { index, delta, finishReason }: ChoicePart): void {
  const choice: Choice = choices.get(index) ?? {
    role: null,
    content: '',
    fields: new Map(),
    reasoning: '',
    toolCalls: new Map(),
    finishReason: null,
  };
  choices.set(index, choice);
  choice.finishReason = finishReason ?? choice.finishReason;
  if (delta !== null) growMessage(choice, delta);
}

function growMessage(choice: Choice, delta: Delta): void {
  choice.role ??= delta.role;
  choice.content += delta.content ?? '';
  choice.reasoning += delta.reasoning[0]?.text ?? '';
  for (const { field, text } of delta.reasoning) choice.fields.set(field, (choice.fields.get(field) ?? '') + text);
  for (const part of delta.toolCalls) {
    const call = choice.toolCalls.get(part.index) ?? { id: null, name: null, arguments: '' };
    choice.toolCalls.set(part.index, call);
    call.id ??= part.id;
    call.name ??= part.name;
    call.arguments += part.arguments;
  }
}

function choiceObject(index: number, { role, content, fields, toolCalls, finishReason }: Choice): object {
  const calls = byIndex(toolCalls).map(([, { id, name, arguments: text }]) => ({
    id,
    type: 'function',
    function: { name, arguments: text },
  }));
  const reasoning = REASONING_FIELDS.filter((field) => fields.has(field)).map((field) => [field, fields.get(field)]);
  return {
    index,
    message: {
      role: role ?? 'assistant',
      content: content === '' && calls.length > 0 ? null : content,
      ...Object.fromEntries(reasoning),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    },
    finish_reason: finishReason,
  };
}

function withoutNulls(object: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function byIndex<T>(entries: ReadonlyMap<number, T>): readonly (readonly [number, T])[] {
  return [...entries].sort(([a], [b]) => a - b);
}
