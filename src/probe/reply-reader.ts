import { understandCompletion } from './chat-chunk.ts';
import { createChatStream, type Understanding } from './chat-stream.ts';
import { excerpt } from './error-text.ts';
import { parseObject } from './json.ts';
import { createAssembler } from './reassemble.ts';
import { splitThink } from './think.ts';
import type { Reply, ReplyReader } from './types.ts';

/**
 * Reads the body of a response as it arrives. A body under a 2xx status is understood as what was asked for, an event stream or a
 * `chat.completion` object, whatever its content type says; any other body is only kept as text.
 *
 * Text is decoded as UTF-8, wherever the reads cut it; what is no UTF-8 becomes U+FFFD. Time and memory grow linearly
 * with the body, whose length the transport limits.
 */
export function createReplyReader({ mode, status }: { mode: Reply['mode']; status: number }): ReplyReader {
  const isUnderstood = status >= 200 && status <= 299;
  const stream = isUnderstood && mode === 'stream' ? createChatStream() : null;
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  let reads = 0;
  let lastReadMs = 0;
  const take = (text: string) => {
    pieces.push(text);
    return stream?.feed(text, lastReadMs) ?? false;
  };
  return {
    read(atMs, bytes) {
      reads++;
      lastReadMs = atMs;
      return take(decoder.decode(bytes, { stream: true }));
    },
    end() {
      take(decoder.decode());
      const text = pieces.join('');
      const understood = stream?.end(text, lastReadMs) ?? (isUnderstood ? understandPlain(text) : NOTHING);
      return { mode, text, reads, ...understood };
    },
  };
}

const NOTHING: Understanding = {
  events: 0,
  firstEventMs: null,
  firstTokenMs: null,
  firstAnswerMs: null,
  lastTokenMs: null,
  usageMs: null,
  doneMs: null,
  chunkAtMs: [],
  content: '',
  reasoning: '',
  answer: '',
  hasToolCall: false,
  finishReason: null,
  model: null,
  systemFingerprint: null,
  usage: null,
  completion: null,
  problem: null,
  habits: { roleFirst: null, nullContent: false, usageOnEveryChunk: false, chunksAfterDone: false },
};

/** A reply that was not streamed tells no moment of its tokens. */
function understandPlain(text: string): Understanding {
  if (text.trim() === '') return NOTHING;
  const json = parseObject(text);
  const said = json && understandCompletion(json, 'message');
  if (said?.kind === 'error') {
    return { ...NOTHING, problem: { errorClass: 'error_in_reply', detail: excerpt(said.detail) } };
  }
  if (!said || !Array.isArray(json?.choices)) {
    return { ...NOTHING, problem: { errorClass: 'wrong_format', detail: excerpt(text) } };
  }
  const assembler = createAssembler();
  assembler.add(said.chunk);
  const reply = assembler.assembly();
  const thought = splitThink(reply.content);
  return { ...NOTHING, ...reply, reasoning: reply.reasoning + thought.reasoning, answer: thought.answer };
}
