import { describe, expect, test } from 'bun:test';
import { isNetworkFailure, type JudgeContext, judge } from '../../src/probe/judge.ts';
import type { Ending, Exchange } from '../../src/probe/types.ts';
import { anExchange, aReply } from '../support/builders.ts';

const CONTEXT: JudgeContext = {
  provider: 'swiftcloud',
  requestedModels: ['acme/Thinker-7B', 'acme-thinker-7b'],
  loopLagLimitMs: 50,
  online: null,
};

type Failed = Extract<Ending, { kind: 'failed' }>;
type Limit = Extract<Ending, { kind: 'limit' }>['limit'];

const failed = (errorClass: Failed['errorClass'], errorPhase: Failed['errorPhase']): Ending => ({
  kind: 'failed',
  errorClass,
  errorPhase,
  detail: 'ECONNRESET',
});
const limit = (name: Limit): Ending => ({ kind: 'limit', limit: name });

/** No response came; `sentMs` null: the request was not written either. */
const unanswered = (ending: Ending, overrides: Partial<Exchange> = {}) =>
  anExchange({ ending, status: null, headersMs: null, headers: {}, reply: null, ...overrides });
const unfinished = { finishReason: null, doneMs: null };

function outcomeOf(exchange: Exchange, context: Partial<JudgeContext> = {}) {
  const verdict = judge(exchange, { ...CONTEXT, ...context });
  return verdict.outcome === 'ok' ? 'ok' : `${verdict.outcome}: ${verdict.errorClass} (${verdict.errorPhase})`;
}

describe('before the request was written the fault is the router’s', () => {
  test.each([
    ['dns', failed('dns', 'connect'), 'router_error: dns (connect)'],
    ['connect_refused', failed('connect_refused', 'connect'), 'router_error: connect_refused (connect)'],
    ['tls', failed('tls', 'connect'), 'router_error: tls (connect)'],
    ['connect_timeout', limit('connect_timeout'), 'router_error: connect_timeout (connect)'],
    ['a reset while connecting', failed('connection_reset', 'connect'), 'router_error: connection_reset (connect)'],
    ['a reset while writing', failed('connection_reset', 'send'), 'router_error: connection_reset (send)'],
  ] as const)('%s', (_what, ending, expected) => {
    expect(outcomeOf(unanswered(ending, { sentMs: null }))).toBe(expected);
  });

  test('and after it the provider’s', () => {
    expect(outcomeOf(unanswered(failed('connection_reset', 'headers')))).toBe(
      'target_error: connection_reset (headers)',
    );
  });
});

describe('a failure is our own', () => {
  test.each([
    ['a name', unanswered(failed('dns', 'connect'), { sentMs: null })],
    ['a connection', unanswered(limit('connect_timeout'), { sentMs: null })],
    ['a reset', unanswered(failed('connection_reset', 'headers'))],
    ['silence', unanswered(limit('first_token_timeout'))],
    ['a stall', anExchange({ ending: limit('stall_timeout'), reply: aReply(unfinished) })],
  ])('when every control host fails too: %s', (_what, exchange) => {
    expect(isNetworkFailure(exchange)).toBe(true);
    expect(outcomeOf(exchange, { online: false })).toStartWith('prober_error: no_connectivity');
    expect(outcomeOf(exchange, { online: true })).not.toContain('prober_error');
  });

  test('when our event loop was late as a deadline fired', () => {
    const late = unanswered(limit('first_token_timeout'), { deadlineLagMs: 51 });
    expect(outcomeOf(late)).toBe('prober_error: overloaded (headers)');
    expect(outcomeOf({ ...late, deadlineLagMs: 50 })).toBe('target_error: first_token_timeout (headers)');
    expect(outcomeOf({ ...late, deadlineLagMs: null })).toBe('target_error: first_token_timeout (headers)');
  });

  test('but not when it was late long before a deadline fired, and had caught up since', () => {
    const caughtUp = unanswered(limit('first_token_timeout'), { loopLagMs: 900, deadlineLagMs: 2 });
    expect(outcomeOf(caughtUp)).toBe('target_error: first_token_timeout (headers)');
  });

  test('when our event loop was late as our total time cut a flowing reply', () => {
    const cut = anExchange({ ending: limit('total_timeout'), reply: aReply(unfinished), deadlineLagMs: 80 });
    expect(outcomeOf(cut)).toBe('prober_error: overloaded (stream)');
  });

  test('when the transport says so, whatever came before', () => {
    expect(outcomeOf(unanswered(failed('internal', null), { sentMs: null }))).toBe('prober_error: internal (null)');
    expect(outcomeOf(anExchange({ status: 500, ending: failed('internal', null) }))).toStartWith(
      'prober_error: internal',
    );
    expect(outcomeOf(unanswered(failed('no_connectivity', 'connect'), { sentMs: null }))).toBe(
      'prober_error: no_connectivity (connect)',
    );
  });
});

describe('no control request is due', () => {
  test.each([
    ['for a good reply', anExchange()],
    ['for a good reply that was reset in the end', anExchange({ ending: failed('connection_reset', 'stream') })],
    ['for a refusal', anExchange({ status: 503, ending: failed('connection_reset', 'stream') })],
    ['for broken HTTP', unanswered(failed('protocol_error', 'headers'))],
    [
      'for a reply cut by a close',
      anExchange({ ending: failed('truncated_reply', 'stream'), reply: aReply(unfinished) }),
    ],
    ['for our own fault', unanswered(failed('internal', null))],
    ['when we were told to stop', unanswered({ kind: 'cancelled' })],
  ])('%s', (_what, exchange) => {
    expect(isNetworkFailure(exchange)).toBe(false);
  });
});

describe('the first that holds decides', () => {
  test('our shutdown before everything', () => {
    const exchange = anExchange({ ending: { kind: 'cancelled' }, status: 401, deadlineLagMs: 1000 });
    expect(outcomeOf(exchange, { online: false })).toBe('skipped: shutdown (null)');
  });

  test('the status before how the exchange ended', () => {
    const reply = aReply({ ...unfinished, text: '{"error":"bad token"}' });
    expect(outcomeOf(anExchange({ status: 401, ending: limit('first_token_timeout'), deadlineLagMs: 99, reply }))).toBe(
      'account_error: bad_token (headers)',
    );
  });

  test('an error in the reply before how the exchange ended', () => {
    const reply = aReply({ ...unfinished, problem: { errorClass: 'error_in_reply', detail: 'gone' } });
    expect(outcomeOf(anExchange({ ending: failed('connection_reset', 'stream'), reply }), { online: false })).toBe(
      'target_error: error_in_reply (stream)',
    );
  });

  test('how the exchange ended before a format that may only look wrong because it was cut', () => {
    const reply = aReply({ ...unfinished, mode: 'plain', problem: { errorClass: 'wrong_format', detail: '{"choi' } });
    expect(outcomeOf(anExchange({ ending: failed('truncated_reply', 'stream'), reply }))).toBe(
      'target_error: truncated_reply (stream)',
    );
  });

  test('a reply that was over before a deadline fired is good, however late we were', () => {
    expect(judge(anExchange({ ending: limit('stall_timeout'), deadlineLagMs: 999 }), CONTEXT)).toEqual({
      outcome: 'ok',
      conformance: ['unclean_close'],
    });
  });

  test('a flood after [DONE] is unclean, one after a mere finish reason too large', () => {
    expect(outcomeOf(anExchange({ ending: limit('oversize_reply') }))).toBe('ok');
    expect(outcomeOf(anExchange({ ending: limit('oversize_reply'), reply: aReply({ doneMs: null }) }))).toBe(
      'target_error: oversize_reply (close)',
    );
  });
});

describe('our total time', () => {
  const at = (lastTokenMs: number | null, closedMs: number) =>
    anExchange({
      ending: limit('total_timeout'),
      sentMs: 0,
      closedMs,
      reply: aReply({ ...unfinished, usage: null, lastTokenMs }),
    });

  test('cuts a reply that still flows, which is then not blamed for what we did not wait for', () => {
    expect(judge(at(299_000, 300_000), CONTEXT)).toEqual({ outcome: 'ok', conformance: ['cut_by_prober'] });
  });

  test('finds no flow where the last output is older than 30 s, or than a quarter of the time', () => {
    expect(outcomeOf(at(270_000, 300_000))).toBe('ok');
    expect(outcomeOf(at(269_000, 300_000))).toBe('target_error: total_timeout (stream)');
    expect(outcomeOf(at(7_500, 10_000))).toBe('ok');
    expect(outcomeOf(at(7_400, 10_000))).toBe('target_error: total_timeout (stream)');
    expect(outcomeOf(at(null, 10_000))).toStartWith('target_error: total_timeout');
  });

  test('does not cut a plain reply, of which we have nothing yet', () => {
    const reply = aReply({ ...unfinished, mode: 'plain', completion: null, text: '{"choices":' });
    expect(outcomeOf(anExchange({ ending: limit('total_timeout'), reply }))).toBe(
      'target_error: total_timeout (stream)',
    );
  });
});

describe('a model answers under', () => {
  const flags = (model: string | null) => {
    const verdict = judge(anExchange({ reply: aReply({ model }) }), {
      ...CONTEXT,
      requestedModels: ['deepseek-ai/DeepSeek-V3', 'accounts/fireworks/models/deepseek_v3'],
    });
    return verdict.outcome === 'ok' ? verdict.conformance : [];
  };

  test.each([
    'deepseek-ai/DeepSeek-V3',
    'deepseek-v3',
    'accounts/fireworks/models/deepseek_v3',
    'models/deepseek-v3-0324',
    'deepseek-v3:fastest',
    'hf-deepseek-v3',
    null,
  ])('%p rightly', (model) => {
    expect(flags(model)).toEqual([]);
  });

  test.each(['deepseek-v3.1', 'deepseek-v30', 'deepseek-r1', '/', 'llama'])('%p wrongly', (model) => {
    expect(flags(model)).toEqual(['model_mismatch']);
  });
});

describe('a message', () => {
  test('is one line with at most 200 characters of what the provider said', () => {
    const text = JSON.stringify({ error: { message: `out of\nmemory ${'x'.repeat(1000)}` } });
    const verdict = judge(anExchange({ status: 500, reply: aReply({ text }) }), CONTEXT);

    const message = verdict.outcome === 'ok' ? '' : verdict.message;
    expect(message).toMatch(/^HTTP 500: out of memory x+…$/);
    expect(message).toHaveLength('HTTP 500: '.length + 200);
  });
});
