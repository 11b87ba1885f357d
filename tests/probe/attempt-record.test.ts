import { describe, expect, test } from 'bun:test';
import { attemptId, probeId, questionId } from '../../src/domain/ids.ts';
import type { Verdict } from '../../src/domain/outcome.ts';
import { COLUMN_NAMES } from '../../src/domain/record.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import { type Attempt, attemptRecord } from '../../src/probe/attempt-record.ts';
import { judge } from '../../src/probe/judge.ts';
import { askTarget } from '../../src/probe/request.ts';
import { noCatalogueRecord, skippedRecord } from '../../src/probe/skipped-record.ts';
import type { Exchange } from '../../src/probe/types.ts';
import {
  aCycle,
  anExchange,
  anIdentity,
  aPlannedProbe,
  aReply,
  aTarget,
  DUE_AT_MS,
  probeSettings,
  TOKEN,
} from '../support/builders.ts';
import { chunkOf, exchangeOf, GOOD_END } from '../support/read-exchange.ts';
import { flawsOf } from '../support/valid-record.ts';

const CAP = 64 * 1024;
const settings = probeSettings();
const frame = { identity: anIdentity(), settings, redact: createRedactor([TOKEN]) };
const ask = askTarget(aPlannedProbe(), settings, '0.1.0');

function judged(exchange: Exchange): Verdict {
  const expected = { provider: 'swiftcloud', requestedModels: ask.modelNames };
  return judge(exchange, { ...expected, loopLagLimitMs: 50, online: true });
}

function recordOf(exchange: Exchange, overrides: Partial<Attempt> = {}) {
  const verdict = judged(exchange);
  const planned = aPlannedProbe();
  return attemptRecord(
    { planned, attempt: 1, final: true, ask, exchange, verdict, instrumentErrorP99Ms: null, first: null, ...overrides },
    frame,
  );
}

const UNANSWERED = anExchange({
  ...{ status: null, headers: {}, reply: null, headersMs: null },
  ending: { kind: 'failed', errorClass: 'connection_reset', errorPhase: 'headers', detail: 'ECONNRESET' },
});
const said = (content: string) => chunkOf({ role: 'assistant', content });

describe('the row of an attempt', () => {
  test('has every column of the schema and no other', () => {
    const record = recordOf(anExchange());

    expect(Object.keys(record).toSorted()).toEqual(COLUMN_NAMES.toSorted());
    expect(flawsOf(record)).toEqual([]);
  });

  test('names who asked whom, when and what, by ids that are hashes of it', () => {
    const planned = aPlannedProbe({ scheduledAtMs: DUE_AT_MS + 5 });
    const record = recordOf(anExchange(), { planned, attempt: 2, final: false });

    expect(record).toMatchObject({
      cycleTimestampIso: '2026-08-03T12:00:00.000Z',
      scheduledAtIso: '2026-08-03T12:00:00.005Z',
      modelId: 'acme/Thinker-7B',
      providerName: 'swiftcloud',
      providerModelId: 'acme-thinker-7b',
      ...anIdentity(),
      cycleId: planned.cycle.cycleId,
      probeId: planned.probeId,
      attemptId: attemptId(planned.probeId, 2),
      questionId: questionId(settings.prompt, 4096, 'stream'),
      probeKind: 'standard',
      attempt: 2,
      final: false,
    });
  });

  test('tells what was sent', () => {
    expect(recordOf(anExchange())).toMatchObject({
      requestUrl: ask.question.url,
      requestBody: ask.question.body,
      requestHeadersSanitized: ask.headersSanitized,
      route: 'provider',
    });
  });

  test('tells when: start and end by the wall clock, moments since the start, the delay since it was due', () => {
    const exchange = anExchange({ requestStartAtMs: DUE_AT_MS + 12.75, closedMs: 512.1234567, sentMs: 40.00049 });

    expect(recordOf(exchange)).toMatchObject({
      requestStartIso: '2026-08-03T12:00:00.012Z',
      responseEndIso: '2026-08-03T12:00:00.524Z',
      durationMs: 512.123,
      closedMs: 512.123,
      sentMs: 40,
      dispatchDelayMs: 12.75,
      chunkAtMs: [300, 400, 500],
    });
  });

  test('has the latencies of the reply, from the moment the request was written', () => {
    expect(recordOf(anExchange())).toMatchObject({
      ttftMs: 260,
      ttfatMs: 260,
      e2eMs: 460,
      tpotMs: 50,
      decodeTps: 20,
      e2eTps: 10.87,
      chunks: 3,
      reads: 4,
      tokensPerChunk: 1.667,
    });
  });

  test("has the catalogue's words of that cycle, and what the tokens cost by them", () => {
    const record = recordOf(anExchange(), { planned: aPlannedProbe({ target: aTarget({ trendingRank: 7 }) }) });

    expect(record).toMatchObject({
      priceInputUsdPerMtok: 0.5,
      claimedTtftMs: 400,
      trendingRank: 7,
      costUsd: 0.0000175,
    });
    const { costUsd } = recordOf(anExchange({ reply: aReply({ usage: null }) }));
    expect(costUsd).toBeNull();
  });

  test('judges the answer, and leaves one open that was cut before it came', () => {
    const wrong = aReply({ answer: 'The answer is 12.' });
    const cut = aReply({ answer: 'First, 123 / 2', finishReason: 'length' });

    expect(recordOf(anExchange()).answerCorrect).toBe(true);
    expect(recordOf(anExchange({ reply: wrong })).answerCorrect).toBe(false);
    expect(recordOf(anExchange({ reply: cut }))).toMatchObject({ outcome: 'ok', answerCorrect: null });
  });

  test('of a model that thought to the limit of its allowance is a good one, without an answer to judge', () => {
    const body = [
      chunkOf({ role: 'assistant', reasoning: 'Half of 123' }),
      chunkOf({ reasoning: ' is 61.5' }),
      'data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}\n\n',
      'data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":4096,"total_tokens":4116}}\n\n',
      'data: [DONE]\n\n',
    ];
    expect(recordOf(exchangeOf(body))).toMatchObject({
      outcome: 'ok',
      errorMessage: '',
      finishReason: 'length',
      answerText: '',
      answerCorrect: null,
      ttftMs: 260,
      ttfatMs: null,
      completionTokens: 4096,
      costUsd: (20 * 0.5 + 4096 * 1.5) / 1e6,
    });
  });

  test('lists what a good reply still got wrong', () => {
    const record = recordOf(anExchange({ reply: aReply({ doneMs: null }) }));

    expect(record).toMatchObject({ outcome: 'ok', conformance: ['no_done'], errorMessage: '', errorClass: null });
  });

  test('of a plain reply knows no moment of its tokens', () => {
    const body = '{"choices":[{"message":{"content":"1771.2"},"finish_reason":"stop"}]}';
    const record = recordOf(exchangeOf(body, { mode: 'plain', headers: { 'content-type': 'application/json' } }));

    expect(record).toMatchObject({
      outcome: 'ok',
      responseBodyRaw: body,
      answerText: '1771.2',
      ...{ chunkAtMs: null, chunks: null, firstTokenMs: null, ttftMs: null, e2eMs: null, reads: 1 },
    });
  });

  test('of a request without a response has status -1, and nothing of a reply', () => {
    const record = recordOf(UNANSWERED);

    expect(record).toMatchObject({
      outcome: 'target_error',
      errorClass: 'connection_reset',
      responseStatusCode: -1,
      responseHeadersSanitized: null,
      ...{ responseBodyRaw: null, responseBodyBytes: null, responseBodyTruncated: null, reads: null },
      ...{ answerText: null, answerCorrect: null, conformance: null, costUsd: null, completionTokens: null },
    });
    expect(record.errorMessage).not.toBe('');
    expect(flawsOf(record)).toEqual([]);
  });

  test('of a failed reply keeps its first token, and claims no last one', () => {
    const record = recordOf(exchangeOf([said('1771'), said('.2')]));

    expect(record).toMatchObject({ errorClass: 'truncated_reply', firstTokenMs: 300, ttftMs: 260, lastTokenMs: 350 });
    expect(record).toMatchObject({ e2eMs: null, e2eTps: null, answerText: '1771.2' });
  });

  test('of a failure without words still has a message', () => {
    const verdict = { outcome: 'target_error', errorClass: 'http_5xx', errorPhase: null, message: '' } as const;

    expect(recordOf(anExchange({ status: 500 }), { verdict }).errorMessage).toBe('http_5xx');
  });
});

describe('the body in a row', () => {
  test('of a good stream is the completion that it would have been without streaming', () => {
    const record = recordOf(exchangeOf([said('17'), said('71.2'), ...GOOD_END]));

    expect(JSON.parse(record.responseBodyRaw!)).toEqual({
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: '1771.2' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
    });
    expect(record.responseBodyBytes).toBe(Buffer.byteLength(record.responseBodyRaw!));
  });

  test.each([
    ['that ended too early', [said('1')], 200],
    ['with an error in it', [said('1'), 'data: {"error":"overloaded"}\n\n'], 200],
    ['that is a page', ['<html>busy</html>'], 502],
    ['that is empty', [''], 500],
  ])('of a reply %s is its bytes as text', (_name, pieces, status) => {
    const record = recordOf(exchangeOf(pieces, { status }));

    expect(record.outcome).toBe('target_error');
    expect(record.responseBodyRaw).toBe(pieces.join(''));
    expect(record).toMatchObject({ responseBodyBytes: pieces.join('').length, responseBodyTruncated: false });
  });

  test('is whole up to 64 KiB', () => {
    const record = recordOf(exchangeOf('x'.repeat(CAP), { status: 500 }));

    expect(record).toMatchObject({ responseBodyBytes: CAP, responseBodyTruncated: false });
    expect(record.responseBodyRaw).toHaveLength(CAP);
  });

  test.each([1, 2, 3, 4, 5])(
    'beyond that is cut between two characters, never inside one: %i bytes before',
    (before) => {
      const text = 'x'.repeat(before) + '🦄'.repeat(20_000);
      const record = recordOf(exchangeOf(text, { status: 500 }));

      expect(text).toStartWith(record.responseBodyRaw!);
      expect(record.responseBodyRaw!.isWellFormed()).toBe(true);
      expect(CAP - Buffer.byteLength(record.responseBodyRaw!)).toBeWithin(0, 4);
      expect(record).toMatchObject({ responseBodyBytes: before + 80_000, responseBodyTruncated: true });
    },
  );

  test('says how long a reply was of which only the beginning is looked at', () => {
    const record = recordOf(exchangeOf('é'.repeat(500_000), { status: 500 }));

    expect(record).toMatchObject({ responseBodyBytes: 1_000_000, responseBodyTruncated: true });
  });

  test('is well-formed, whatever bytes came', () => {
    const reply = aReply({ text: 'a\ud800b', answer: '\udc00', model: '\ud800', completion: { id: '\ud800' } });

    expect(flawsOf(recordOf(anExchange({ reply })))).toEqual([]);
    expect(recordOf(anExchange({ reply, status: 500 })).responseBodyRaw).toBe('a\ufffdb');
  });
});

describe('short texts of a provider in a row', () => {
  test('are capped', () => {
    const long = 'm'.repeat(10_000);
    const reply = aReply({ model: long, systemFingerprint: long, finishReason: long });
    const headers = { 'x-request-id': long, 'x-inference-provider': long };
    const record = recordOf(anExchange({ reply, headers }));

    for (const name of ['responseModel', 'systemFingerprint', 'finishReason', 'requestId', 'servedBy'] as const) {
      expect(record[name]).toBe('m'.repeat(256));
    }
  });

  test('are null where they are absent', () => {
    const record = recordOf(anExchange({ reply: aReply({ model: null, systemFingerprint: null }), headers: {} }));

    expect(record).toMatchObject({ responseModel: null, systemFingerprint: null, requestId: null, servedBy: null });
  });
});

describe('response headers in a row', () => {
  const shown = (headers: Record<string, string>) =>
    JSON.parse(recordOf(anExchange({ headers })).responseHeadersSanitized!);

  test('are those of the allow-list: type and length, date, server, request ids, provider, limits, caches, times', () => {
    const headers = {
      ...{
        'content-type': 'text/event-stream',
        'content-length': '12',
        date: 'Mon, 03 Aug 2026 12:00:00 GMT',
        server: 'x',
      },
      ...{ 'x-request-id': 'a', 'request-id': 'b', 'x-amzn-requestid': 'c', 'cf-ray': 'd', 'x-groq-request-id': 'e' },
      ...{ 'x-inference-provider': 'swiftcloud', 'retry-after': '3' },
      ...{ 'ratelimit-remaining': '1', 'x-ratelimit-limit-requests': '2', 'x-rate-limit-reset': '3', ratelimit: 'l=1' },
      ...{ age: '1', 'cache-control': 'no-store', 'x-cache': 'MISS', 'cf-cache-status': 'DYNAMIC' },
      ...{ 'server-timing': 'a;dur=1', 'x-total-time': '1', 'x-envoy-upstream-service-time': '2' },
      ...{ 'openai-processing-ms': '3', 'x-time-per-token': '4' },
    };

    expect(shown(headers)).toEqual(headers);
  });

  test('are no others', () => {
    const headers = {
      ...{
        'set-cookie': 'a=b',
        authorization: 'Bearer x',
        'x-forwarded-for': '203.0.113.9',
        'x-real-ip': '203.0.113.9',
      },
      ...{ 'access-control-allow-origin': '*', link: '<x>', location: 'https://x', 'x-api-key': 'k', __proto: 'p' },
      ...{ 'x-downtime': '1', 'x-request-id-of-user': 'u', 'strict-transport-security': 's', 'alt-svc': 'h3' },
    };

    expect(shown(headers)).toEqual({});
  });

  test('are capped in length and number', () => {
    expect(shown({ server: 'é'.repeat(1000) }).server).toBe('é'.repeat(128));

    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`x-ratelimit-a${at}`, 'v']));
    expect(Object.keys(shown(many))).toHaveLength(40);
  });
});

describe('the row of a probe that was not asked', () => {
  test('has nulls for request and reply, and says why', () => {
    const record = skippedRecord(aPlannedProbe(), 'budget', 0, frame);

    expect(record).toMatchObject({
      attempt: 0,
      final: true,
      outcome: 'skipped',
      errorClass: 'budget',
      errorPhase: null,
    });
    expect(record).toMatchObject({ modelId: 'acme/Thinker-7B', providerName: 'swiftcloud', claimedTps: 80 });
    expect(record).toMatchObject({ requestUrl: null, requestStartIso: null, dispatchDelayMs: null, durationMs: null });
    expect(record).toMatchObject({ responseStatusCode: null, responseBodyRaw: null, costUsd: null, conformance: null });
    expect(record.errorMessage).not.toBe('');
    expect(flawsOf(record)).toEqual([]);
  });

  test('comes after the attempts that have rows', () => {
    const planned = aPlannedProbe();

    expect(skippedRecord(planned, 'shutdown', 2, frame)).toMatchObject({
      attempt: 3,
      attemptId: attemptId(planned.probeId, 3),
    });
  });

  test('of a delisted target repeats no old claim', () => {
    const record = skippedRecord(aPlannedProbe({ skip: 'delisted' }), 'delisted', 0, frame);

    expect(record).toMatchObject({ errorClass: 'delisted', claimedTps: null, priceInputUsdPerMtok: null });
    expect(record).toMatchObject({ trendingRank: null, providerModelId: 'acme-thinker-7b' });
  });

  test('of a cycle without a catalogue names no target', () => {
    const cycle = aCycle();
    const record = noCatalogueRecord(cycle, DUE_AT_MS + 3, frame);

    expect(record).toMatchObject({
      ...{ modelId: null, providerName: null, providerModelId: null },
      ...{ attempt: 0, final: true, outcome: 'skipped', errorClass: 'no_catalogue' },
      scheduledAtIso: '2026-08-03T12:00:00.003Z',
      probeId: probeId(cycle.cycleId, 'local', '', '', 'standard'),
    });
    expect(flawsOf(record)).toEqual([]);
  });
});
