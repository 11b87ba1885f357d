import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { AttemptRecord } from '../../../src/domain/record.ts';
import { indented } from '../../../src/web/pages/attempt/indented.ts';
import { phasesOf } from '../../../src/web/pages/attempt/moments.ts';
import { aRecord, aSkippedRecord } from '../../support/builders.ts';
import { openWeb } from '../rig.ts';
import { readPage } from './read-page.ts';

const DUE = '2026-08-01T11:30:00.000Z';

const of = async (record: Partial<AttemptRecord> = {}, others: readonly AttemptRecord[] = []) =>
  readPage(
    await openWeb({ records: [aRecord({ attemptId: 'a1', cycleTimestampIso: DUE, ...record }), ...others] }).ask(
      '/attempts/a1',
    ),
  );

const failing = (outcome: AttemptRecord['outcome'], errorClass: AttemptRecord['errorClass']) => ({
  ...{ outcome, errorClass, errorMessage: 'what it said', answerText: null, answerCorrect: null },
});

describe('the page of an attempt', () => {
  test.each<[string, Partial<AttemptRecord>, string]>([
    ['right', {}, 'swiftcloud answered correctly, first token after 260 ms.'],
    ['wrong', { answerCorrect: false, answerValue: 177.12 }, 'swiftcloud gave a wrong answer: 177.12.'],
    [
      'cut short',
      { answerCorrect: null, finishReason: 'length' },
      'swiftcloud answered, cut before it came to a result, first token after 260 ms.',
    ],
    [
      'a feature that works',
      { probeKind: 'feature', feature: 'tool_call', featureWorks: true },
      'swiftcloud did what was asked of tool calls, first token after 260 ms.',
    ],
    [
      'a feature that fails',
      { probeKind: 'feature', feature: 'tool_call', featureWorks: false },
      'swiftcloud did not do what was asked of tool calls, though it answered.',
    ],
    ['a failure', failing('target_error', 'http_5xx'), 'swiftcloud failed: a 5xx status from the provider.'],
    ['a rate limit', failing('rate_limited', 'http_429'), 'swiftcloud limited us: a rate limit (429).'],
    ['the router', failing('router_error', 'dns'), 'The router failed, not swiftcloud: the name was not found.'],
    [
      'our account',
      failing('account_error', 'no_credits'),
      'Our account was refused by swiftcloud: our account has no credits.',
    ],
    ['us', failing('prober_error', 'overloaded'), 'We failed, not swiftcloud: overloaded.'],
  ])('says first what came of it: %s', async (_, record, sentence) => {
    expect((await of(record)).h1).toBe(sentence);
  });

  test('says whose fault it was, where it went wrong, and what was said of it', async () => {
    const { text } = await of({ ...failing('target_error', 'stall_timeout'), errorPhase: 'stream' });

    expect(text).toContain('The fault is the provider’s, and counts against its availability.');
    expect(text).toContain('stalled in the middle of an answer stall_timeout , in the middle of the answer');
    expect(text).toContain('what it said');
    expect((await of(failing('rate_limited', 'http_429'))).text).toContain('does not count against the provider');
    const again = await of({ ...failing('target_error', 'http_5xx'), probeKind: 'confirm' });
    expect(again.text).toContain('availability counts first tries of the standard question alone');
  });

  test('is red only where the provider failed', async () => {
    expect((await of(failing('target_error', 'http_5xx'))).html).toContain('<rect class="lost"');
    expect((await of(failing('rate_limited', 'http_429'))).html).not.toContain('<rect class="lost"');
  });

  test('shows where the time went, from the name lookup to the end', async () => {
    const { text, html } = await of();

    expect(text).toContain('Name lookup 3.0 ms DNS answered at 3.0 ms');
    expect(text).toContain('Waiting for the first token 100 ms first token at 300 ms');
    expect(text).toContain('Closing 12 ms closed at 512 ms');
    expect(html).toContain('aria-label="Of 512 ms most went to: writing, 200 ms"');
  });

  test('shows every chunk, counted from the moment the request was written', async () => {
    const { html, text } = await of();

    expect(html).toContain('aria-label="3 chunks, no pause"');
    expect(text).toContain('1 260 ms – no');
    expect(text).toContain('3 chunks in 4 reads, 100 ms between two, 100 ms at most.');
  });

  test('shows request and response as they were, with a way to the plain text and to everything', async () => {
    const { text, links } = await of();

    expect(text).toContain('POST https://router.huggingface.co/swiftcloud/v1/chat/completions');
    expect(text).toContain('authorization Bearer [MASKED]');
    expect(text).toContain('&quot;max_tokens&quot;:4096');
    expect(text).toContain('200 in 4 reads');
    expect(text).toContain('Body, put together from its chunks');
    expect(links).toEqual(expect.arrayContaining(['/api/v1/attempts/a1', '/api/v1/attempts/a1/response']));
  });

  test('shows the beginning of a long body and says how much is left out', async () => {
    const { html, text } = await of({ responseBodyRaw: 'x'.repeat(50_000), responseBodyTruncated: true });

    expect(text).toContain('38,000 more characters are not shown. All of it as JSON');
    expect(text).toContain('We kept the beginning');
    expect(html.match(/x{100,}/g)!.map(({ length }) => length)).toEqual([12_000]);
  });

  test('makes visible what cannot be seen', async () => {
    const { text } = await of({ answerText: 'safe\u202egpj.exe\u0000\u200b' });

    expect(text).toContain('safe\\u202egpj.exe\\x00\\u200b');
  });

  test('of which only figures are kept says so', async () => {
    const bodies = ['requestBody', 'requestHeadersSanitized', 'responseBodyRaw', 'responseHeadersSanitized'];
    const { text } = await of({ ...Object.fromEntries(bodies.map((name) => [name, null])), chunkAtMs: null });

    expect(text).toContain('The texts of this attempt are not kept here any more; its figures are.');
    expect(text).toContain('The moments of single chunks are not kept here any more.');
  });

  test('of a probe that was not sent says that', async () => {
    const records = [aSkippedRecord({ attemptId: 'a1', cycleTimestampIso: DUE, errorClass: 'budget' })];
    const page = await readPage(await openWeb({ records }).ask('/attempts/a1'));

    expect(page.h1).toBe('swiftcloud was not asked: budget.');
    expect(page.text).toContain('Nothing was sent, so nothing came.');
  });

  test('links the other tries of the same question, and what others said in the same cycle', async () => {
    const others = [
      aRecord({ attemptId: 'a2', cycleTimestampIso: DUE, attempt: 2 }),
      aRecord({
        attemptId: 'b1',
        cycleTimestampIso: DUE,
        providerName: 'cobalt',
        answerCorrect: false,
        answerValue: 7,
      }),
    ];
    const { text, links } = await of({ ...failing('target_error', 'http_5xx'), final: false }, others);

    expect(text).toContain('attempt 1 of 2.');
    expect(text).toContain('cobalt wrong: 7');
    expect(links).toEqual(expect.arrayContaining(['/attempts/a2', '/attempts/b1']));
  });

  test('leads to the attempt before and to the one after', async () => {
    const at = (attemptId: string, time: string) =>
      aRecord({ attemptId, cycleTimestampIso: `2026-08-01T${time}:00.000Z` });
    const others = [at('far', '09:00'), at('before', '11:00'), at('after', '12:00'), at('later', '12:30')];
    const { elements } = await of({}, others);
    const to = (rel: string) => elements.find(({ attributes }) => attributes.rel === rel)?.attributes.href;

    expect([to('prev'), to('next')]).toEqual(['/attempts/before', '/attempts/after']);
    expect((await of()).elements.some(({ attributes }) => attributes.rel === 'prev')).toBe(false);
  });

  test('that nobody knows is not there', async () => {
    expect((await openWeb().ask('/attempts/none')).status).toBe(404);
  });
});

describe('what came as plain text', () => {
  test('is text whatever it says it is, and loads nothing', async () => {
    const records = [aRecord({ attemptId: 'a1', responseBodyRaw: '<script>alert(1)</script>' })];
    const response = await openWeb({ records }).ask('/api/v1/attempts/a1/response');

    expect(await response.text()).toBe('<script>alert(1)</script>');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  });

  test('is not there where nothing came', async () => {
    const records = [aRecord({ attemptId: 'a1', responseBodyRaw: null })];
    expect((await openWeb({ records }).ask('/api/v1/attempts/a1/response')).status).toBe(404);
  });
});

describe('the stretches of an attempt', () => {
  const moments = aRecordInData();

  test('what is not known is a part of the stretch after it', () => {
    const phases = phasesOf({ ...moments, dns_ms: null, tcp_ms: null, tls_ms: null, headers_ms: null });
    expect(phases.map(({ name, fromMs, toMs }) => [name, fromMs, toMs])).toEqual([
      ['Request', 0, 40],
      ['Waiting for the first token', 40, 300],
      ['Writing', 300, 500],
      ['Closing', 500, 512],
    ]);
  });

  test('the last one of a failure is what it died of', () => {
    const phases = phasesOf({ ...moments, outcome: 'target_error', first_token_ms: null, last_token_ms: null });
    expect(phases.at(-1)).toEqual({ name: 'Until it ended', fromMs: 200, toMs: 512, ends: null });
  });

  test('what is nobody’s fault died of nothing', () => {
    const phases = phasesOf({ ...moments, outcome: 'rate_limited', first_token_ms: null, last_token_ms: null });
    expect(phases.at(-1)!.ends).toBe('the end');
  });

  function aRecordInData() {
    const { sentMs, headersMs, firstEventMs, firstTokenMs, firstAnswerMs, lastTokenMs, usageMs, doneMs } = aRecord();
    return {
      ...{ dns_ms: 3, tcp_ms: 10, tls_ms: 20, sent_ms: sentMs, headers_ms: headersMs, first_event_ms: firstEventMs },
      ...{ first_token_ms: firstTokenMs, first_answer_ms: firstAnswerMs, last_token_ms: lastTokenMs },
      ...{ usage_ms: usageMs, done_ms: doneMs, closed_ms: 512, outcome: 'ok' as const },
    };
  }
});

describe('indented JSON', () => {
  test('says the same in several lines, texts and numbers as they were written', () => {
    expect(indented('{"a":[1.0,"\\u0041{,}"],"b":{},"c":[]}')).toBe(
      '{\n  "a": [\n    1.0,\n    "\\u0041{,}"\n  ],\n  "b": {},\n  "c": []\n}',
    );
  });

  test('is the same value, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.object(), fc.array(fc.json())), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(indented(text) ?? text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 200 },
    );
  });

  test('is nothing where there is no JSON, or only a trap', () => {
    expect([indented('data: {}'), indented('{"a":'), indented('7')]).toEqual([null, null, null]);
    expect(indented('['.repeat(30_000) + ']'.repeat(30_000))).toBeNull();
    expect(indented(`["${'x'.repeat(60_000)}"]`)).toHaveLength(60_008);
  });
});
