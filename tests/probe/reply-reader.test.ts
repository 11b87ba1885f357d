import { describe, expect, test } from 'bun:test';
import { createReplyReader } from '../../src/probe/reply-reader.ts';
import type { Reply } from '../../src/probe/types.ts';

const MEBIBYTE = 1024 * 1024;
const bytes = (text: string) => new TextEncoder().encode(text);
const event = (value: unknown) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
const delta = (delta: object) => event({ choices: [{ index: 0, delta }] });

/** Each text is one read, at 10, 20, 30 ms and so on. */
function readStream(...texts: readonly string[]): Reply {
  const reader = createReplyReader({ mode: 'stream', status: 200 });
  for (const [i, text] of texts.entries()) reader.read(10 * (i + 1), bytes(text));
  return reader.end();
}

function readPlain(text: string): Reply {
  const reader = createReplyReader({ mode: 'plain', status: 200 });
  reader.read(10, bytes(text));
  return reader.end();
}

describe('moments', () => {
  test('comment, role, reasoning, answer, usage and [DONE] are six', () => {
    const reply = readStream(
      ': PROCESSING\n\n',
      delta({ role: 'assistant', content: '' }),
      delta({ reasoning: 'Half of 123 is 61.5.' }),
      delta({ content: '1771' }),
      delta({ content: '.2' }),
      event({ choices: [], usage: { completion_tokens: 9 } }),
      event('[DONE]'),
    );

    expect(reply).toMatchObject({
      firstEventMs: 10,
      firstTokenMs: 30,
      firstAnswerMs: 40,
      lastTokenMs: 50,
      usageMs: 60,
      doneMs: 70,
      chunkAtMs: [30, 40, 50],
      reads: 7,
      events: 6,
    });
  });

  test('an event over several reads has that of the read that completes it', () => {
    const whole = delta({ content: '1771.2' });
    const reply = readStream(whole.slice(0, 20), whole.slice(20, -1), whole.slice(-1));
    expect(reply).toMatchObject({ firstEventMs: 30, firstTokenMs: 30, chunkAtMs: [30] });
  });

  test('events of one read share one', () => {
    const reply = readStream(delta({ content: '17' }) + delta({ content: '71' }), delta({ content: '.2' }));
    expect(reply.chunkAtMs).toEqual([10, 10, 20]);
  });

  test('a tool call is output, but no answer', () => {
    const call = { tool_calls: [{ index: 0, function: { name: 'add', arguments: '' } }] };
    expect(readStream(delta(call))).toMatchObject({ firstTokenMs: 10, firstAnswerMs: null, hasToolCall: true });
  });

  test('an answer after <think> begins with its first character, not with the white space before it', () => {
    const reply = readStream(...['<think>', 'Hm.', '</think>', '\n\n', '1771.2'].map((content) => delta({ content })));
    expect(reply).toMatchObject({ firstTokenMs: 10, firstAnswerMs: 50, answer: '1771.2', reasoning: 'Hm.' });
  });

  test('without reasoning the first answer is the first token, white space included', () => {
    expect(readStream(delta({ content: '\n' }), delta({ content: '1771.2' }))).toMatchObject({
      firstTokenMs: 10,
      firstAnswerMs: 10,
    });
  });

  test('what was answered before a lone </think> was thought', () => {
    const reply = readStream(delta({ content: 'Half is 61.5.' }), delta({ content: '</think>1771.2' }));
    expect(reply).toMatchObject({ firstTokenMs: 10, firstAnswerMs: 20, reasoning: 'Half is 61.5.' });
  });

  test('an event that only the end of the body ends has that of the last read', () => {
    expect(readStream(delta({ content: '1771.2' }), 'data: [DONE]')).toMatchObject({ doneMs: 20, events: 2 });
  });

  test('are all unknown in a plain reply', () => {
    const reply = readPlain(
      '{"choices":[{"message":{"content":"1771.2"},"finish_reason":"stop"}],"usage":{"total_tokens":9}}',
    );
    expect(reply).toMatchObject({ firstEventMs: null, firstTokenMs: null, usageMs: null, doneMs: null, chunkAtMs: [] });
    expect(reply.usage?.totalTokens).toBe(9);
  });
});

describe('a read tells whether it completed output', () => {
  test('which content, reasoning and tool calls are, and roles, usage and comments are not', () => {
    const reader = createReplyReader({ mode: 'stream', status: 200 });
    const isOutput = (text: string) => reader.read(1, bytes(text));
    const half = delta({ content: '1771.2' });

    expect(isOutput(': hello\n\n')).toBe(false);
    expect(isOutput(delta({ role: 'assistant', content: '' }))).toBe(false);
    expect(isOutput(delta({ reasoning_content: 'Hm.' }))).toBe(true);
    expect(isOutput(half.slice(0, 9))).toBe(false);
    expect(isOutput(half.slice(9))).toBe(true);
    expect(isOutput(delta({ tool_calls: [{ index: 0 }] }))).toBe(true);
    expect(isOutput(event({ choices: [], usage: { total_tokens: 1 } }))).toBe(false);
    expect(isOutput(event('[DONE]') + delta({ content: 'late' }))).toBe(false);
  });
});

describe('the completion', () => {
  test('is the object that the reply would have been without streaming', () => {
    const head = {
      id: 'c1',
      object: 'chat.completion.chunk',
      created: 1_785_758_400,
      model: 'm',
      system_fingerprint: 'fp',
    };
    const usage = {
      prompt_tokens: 20,
      completion_tokens: 5,
      total_tokens: 25,
      completion_tokens_details: { reasoning_tokens: 2 },
    };
    const chunk = (choices: object[], more = {}) => event({ ...head, choices, ...more });
    const reply = readStream(
      chunk([{ index: 0, delta: { role: 'assistant', content: '', reasoning: 'Half' } }]),
      chunk([{ index: 0, delta: { reasoning: ' it.', reasoning_content: 'too' } }]),
      chunk([{ index: 0, delta: { content: '1771' } }]),
      chunk([{ index: 0, delta: { content: '.2' }, finish_reason: 'stop' }]),
      chunk([], { usage }),
      event('[DONE]'),
    );

    expect(reply.completion).toEqual({
      ...head,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: '1771.2', reasoning: 'Half it.', reasoning_content: 'too' },
          finish_reason: 'stop',
        },
      ],
      usage,
    });
    expect(reply.reasoning).toBe('Half it.');
  });

  test('holds every choice, though only the first is the reply', () => {
    const reply = readStream(
      event({
        choices: [
          { index: 1, delta: { content: 'b' } },
          { index: 0, delta: { content: 'a' } },
        ],
      }),
    );
    expect(reply.content).toBe('a');
    expect(reply.completion).toMatchObject({ choices: [{ message: { content: 'a' } }, { message: { content: 'b' } }] });
  });

  test('is null where the body has no chunk, or is a failure', () => {
    expect(readStream(': nothing\n\n').completion).toBeNull();
    expect(readStream(delta({ content: '17' }), event({ error: 'gone' })).completion).toBeNull();
  });

  test('can be written out, however deep a provider nests its JSON', () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const usage = `{"prompt_tokens":1,"details":${deep},"completion_tokens_details":{"reasoning_tokens":1,"x":${deep}}}`;
    const stream = readStream(`data: {"choices":[{"delta":{"content":"x"},"y":${deep}}],"usage":${usage}}\n\n`);
    const plain = readPlain(`{"choices":[{"message":{"content":"x"},"y":${deep}}],"usage":${usage}}`);

    for (const { completion } of [stream, plain]) {
      expect(() => JSON.stringify(structuredClone(completion))).not.toThrow();
      expect(completion).toMatchObject({
        usage: { prompt_tokens: 1, completion_tokens_details: { reasoning_tokens: 1 } },
      });
    }
  });
});

describe('any other body', () => {
  test.each([199, 301, 400, 500])('under %p is only kept as text', (status) => {
    const reader = createReplyReader({ mode: 'stream', status });
    const text = delta({ content: 'é' });
    reader.read(10, bytes(text));

    expect(reader.end()).toMatchObject({ text, reads: 1, events: 0, content: '', firstEventMs: null, problem: null });
  });
});

describe('8 MiB in reads of 64 bytes are read in linear time', () => {
  const part = (text: string) => text.repeat(Math.ceil((8 * MEBIBYTE) / text.length)).slice(0, 8 * MEBIBYTE);

  test.each([
    ['one line', part('data: 1771.2 ')],
    ['one comment', `:${part('x')}`],
    ['one event of empty lines', part('data:\n')],
    ['events without data', part('data:\n\n')],
    ['line ends', part('\r\n')],
    ['bare CRs', part('\r')],
    ['open tags', delta({ content: '<think>'.repeat(1_000_000) })],
  ])('%s', (_what, text) => {
    const reader = createReplyReader({ mode: 'stream', status: 200 });
    const all = bytes(text);
    for (let at = 0; at < all.length; at += 64) reader.read(at, all.subarray(at, at + 64));

    const reply = reader.end();

    expect(reply.text.length).toBe(text.length);
    expect(reply.chunkAtMs.length).toBeLessThan(2);
  });
});
