import { createParser } from 'eventsource-parser';
import { type ChatChunk, type Delta, hasOutput, parseChatEvent } from './chat-chunk.ts';
import { errorIn, excerpt } from './error-text.ts';
import { parseObject } from './json.ts';
import { createAssembler } from './reassemble.ts';
import { splitThink } from './think.ts';
import type { Reply } from './types.ts';

/** What a body says, apart from its bytes. */
export type Understanding = Omit<Reply, 'mode' | 'text' | 'reads'>;

/** Understands an event stream as it comes. */
export interface ChatStream {
  /** @returns whether an event with non-empty output was completed */
  feed(text: string, atMs: number): boolean;
  /** @param body all that was fed */
  end(body: string, lastReadMs: number): Understanding;
}

/**
 * Reads `data:` events up to the first that makes the reply a failure, and up to `[DONE]`; what follows is only counted.
 * Comments and events without data are signs of life and nothing else. An event that only the end of the body ends
 * counts if its JSON is whole; else it was cut off, which the missing finish reason tells.
 */
export function createChatStream(): ChatStream {
  const assembler = createAssembler();
  const at = { event: null, token: null, lastToken: null, usage: null, done: null } as Moments;
  const chunkAtMs: number[] = [];
  /** Where each piece of content ends, and when it came. */
  const contentPieces: { end: number; atMs: number }[] = [];
  const habits = { roleFirst: null as boolean | null, nullContent: false, chunksAfterDone: false };
  let outputsWithUsage = 0;
  let events = 0;
  let problem: Reply['problem'] = null;
  let now = 0;
  let sawOutput = false;
  let atEnd = false;

  const parser = createParser({
    onComment() {
      at.event ??= now;
    },
    onEvent({ data, event: name }) {
      at.event ??= now;
      if (problem !== null || data.trim() === '') return;
      const event = parseChatEvent(data, name);
      if (event.kind === 'malformed' && atEnd) return;
      events++;
      if (at.done !== null) habits.chunksAfterDone ||= event.kind !== 'done';
      else if (event.kind === 'done') at.done = now;
      else if (event.kind === 'chunk') takeChunk(event.chunk);
      else {
        const errorClass = event.kind === 'error' ? 'error_in_reply' : 'malformed_event';
        problem = { errorClass, detail: excerpt(event.detail) };
      }
    },
  });

  function takeChunk(chunk: ChatChunk): void {
    assembler.add(chunk);
    if (chunk.usage !== null) at.usage = now;
    const delta = chunk.choices.find(({ index, delta }) => index === 0 && delta !== null)?.delta;
    if (!delta) return;
    habits.roleFirst ??= delta.role !== null;
    habits.nullContent ||= isNullContent(delta);
    if (!hasOutput(delta)) return;
    sawOutput = true;
    at.token ??= now;
    at.lastToken = now;
    chunkAtMs.push(now);
    if (chunk.usage !== null) outputsWithUsage++;
    const end = (contentPieces.at(-1)?.end ?? 0) + (delta.content?.length ?? 0);
    if (delta.content !== null) contentPieces.push({ end, atMs: now });
  }

  function feed(text: string, atMs: number): boolean {
    now = atMs;
    sawOutput = false;
    parser.feed(text);
    return sawOutput;
  }

  return {
    feed,
    end(body, lastReadMs) {
      atEnd = true;
      feed('\n\n', lastReadMs);
      const reply = assembler.assembly();
      const thought = splitThink(reply.content);
      const reasoned = reply.reasoning !== '' || thought.tagged;
      const isOver = reply.finishReason !== null || at.done !== null;
      problem ??= isOver ? null : problemOutsideEvents(body, events > 0);
      return {
        ...reply,
        events,
        firstEventMs: at.event,
        firstTokenMs: at.token,
        // without reasoning the first content is the first answer, be it white space
        firstAnswerMs: momentOf(contentPieces, reasoned ? thought.answerFrom : 0),
        lastTokenMs: at.lastToken,
        usageMs: at.usage,
        doneMs: at.done,
        chunkAtMs,
        reasoning: reply.reasoning + thought.reasoning,
        answer: thought.answer,
        completion: problem === null ? reply.completion : null,
        problem,
        habits: { ...habits, usageOnEveryChunk: outputsWithUsage > 1 && outputsWithUsage === chunkAtMs.length },
      };
    },
  };
}

interface Moments {
  event: number | null;
  token: number | null;
  lastToken: number | null;
  usage: number | null;
  done: number | null;
}

/** A tool call has no content, so there a null is right; and a first delta may say its role alone. */
function isNullContent(delta: Delta): boolean {
  const roleOnly = delta.role !== null && !hasOutput(delta);
  return delta.contentIsNull && !roleOnly && delta.toolCalls.length === 0;
}

function momentOf(pieces: readonly { end: number; atMs: number }[], position: number): number | null {
  return position < 0 ? null : (pieces.find(({ end }) => end > position)?.atMs ?? null);
}

/**
 * An error may stand in the body as bare JSON, as all of it or as its last line; and a body may be no event stream at all.
 * Without events its first line decides: the line `:root {` of a web page looks like a comment.
 */
function problemOutsideEvents(body: string, sawEvent: boolean): Reply['problem'] {
  const trimmed = body.trim();
  if (trimmed === '') return null;
  const json = parseObject(trimmed) ?? parseObject(lastLine(trimmed).replace(/^error:/, ''));
  const error = json && errorIn(json);
  if (error) return { errorClass: 'error_in_reply', detail: excerpt(error.message) };
  const isEventStream = sawEvent || /^(?:data|event|id|retry)?:/.test(trimmed);
  return isEventStream ? null : { errorClass: 'wrong_format', detail: excerpt(body) };
}

function lastLine(text: string): string {
  return text.slice(Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1);
}
