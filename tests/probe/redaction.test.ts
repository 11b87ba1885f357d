import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { csvText } from '../../src/domain/csv.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import { createProber } from '../../src/probe/prober.ts';
import type { Exchange } from '../../src/probe/types.ts';
import { anExchange, anIdentity, aPlannedProbe, DUE_AT_MS, probeSettings, TOKEN } from '../support/builders.ts';
import { holdsFragment } from '../support/canary.ts';
import { recordingLog } from '../support/log.ts';
import { chunkOf, exchangeOf, GOOD_END } from '../support/read-exchange.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';
import { SetClock } from '../support/set-clock.ts';
import { flawsOf } from '../support/valid-record.ts';

const HUB_TOKEN = 'hf_ZyXwVuTsRqPoNmLkJiHgFeDcBa98765432';
const CAP = 64 * 1024;

async function recordOf(exchange: Exchange): Promise<AttemptRecord> {
  const prober = createProber({
    settings: probeSettings({ retries: 0, billTo: 'acme-org' }),
    identity: anIdentity(),
    transport: new ScriptedTransport(exchange),
    connectivity: { online: async () => true },
    clock: new SetClock(DUE_AT_MS),
    redact: createRedactor([TOKEN, HUB_TOKEN]),
    log: recordingLog(),
    instrumentErrorP99Ms: () => null,
  });
  const { value } = await prober.probe(aPlannedProbe(), new AbortController().signal).next();
  return value!;
}

/** Everything that the record will be written as. */
function leaksOf(record: AttemptRecord): readonly string[] {
  const outputs = { json: JSON.stringify(record), csv: csvText([record]), body: record.responseBodyRaw ?? '' };
  return Object.entries(outputs).flatMap(([name, text]) =>
    [TOKEN, HUB_TOKEN].filter((token) => holdsFragment(text, token)).map(() => name),
  );
}

const [FIRST_HALF, SECOND_HALF] = [TOKEN.slice(0, 20), TOKEN.slice(20)];
const PERCENT = [...TOKEN].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');
const UNICODE = [...TOKEN].map((character) => `\\u00${character.charCodeAt(0).toString(16)}`).join('');
const said = (content: string) => chunkOf({ role: 'assistant', content });
const reply = (...contents: readonly string[]) => exchangeOf([...contents.map(said), ...GOOD_END]);
const refusal = (body: string, status = 400) => exchangeOf(body, { status });
const withHeaders = (headers: Record<string, string>) => anExchange({ headers });

const ECHOES: Readonly<Record<string, Exchange>> = {
  'whole in the answer': reply(`your token is ${TOKEN}!`),
  'split over two chunks': reply('your token is ', FIRST_HALF, SECOND_HALF),
  'split over two chunks, one piece short': reply(TOKEN.slice(0, 33), TOKEN.slice(33)),
  'one character a chunk': reply(...TOKEN),
  'split over two reads inside a chunk': exchangeOf([said(TOKEN).slice(0, 70), said(TOKEN).slice(70), ...GOOD_END]),
  'URL-encoded in the answer': reply(`https://x.example/?key=${PERCENT}`),
  'URL-encoded, split over two chunks': reply(`https://x.example/?key=${PERCENT.slice(0, 40)}`, PERCENT.slice(40)),
  'in JSON escapes': exchangeOf([`data: {"choices":[{"index":0,"delta":{"content":"${UNICODE}"}}]}\n\n`, ...GOOD_END]),
  'in JSON within the answer': reply(JSON.stringify({ echo: JSON.stringify({ authorization: `Bearer ${TOKEN}` }) })),
  'in base64 in the answer': reply(btoa(`user:${TOKEN}`)),
  'in reasoning': exchangeOf([
    chunkOf({ reasoning: FIRST_HALF }),
    chunkOf({ reasoning: SECOND_HALF }),
    said('1'),
    ...GOOD_END,
  ]),
  'in thoughts': reply('<think>', FIRST_HALF, SECOND_HALF, '</think>1771.2'),
  'in the arguments of a tool call': exchangeOf([
    ...[FIRST_HALF, SECOND_HALF].map((text) =>
      chunkOf({ tool_calls: [{ index: 0, function: { name: TOKEN, arguments: text } }] }),
    ),
    ...GOOD_END,
  ]),
  'in names': exchangeOf([
    chunkOf(
      { role: TOKEN, content: '1' },
      { id: TOKEN, model: TOKEN, system_fingerprint: `fp_${TOKEN}`, object: TOKEN },
    ),
    `data: {"choices":[{"index":0,"delta":{},"finish_reason":"${TOKEN}"}],"usage":{"${TOKEN}":1,"prompt_tokens":1}}\n\n`,
    'data: [DONE]\n\n',
  ]),
  'in a plain reply': exchangeOf(
    JSON.stringify({ model: TOKEN, choices: [{ message: { content: TOKEN } }], [TOKEN]: 1 }),
    {
      mode: 'plain',
    },
  ),
  'in a stream that ends too early': exchangeOf([said(FIRST_HALF), said(SECOND_HALF)]),
  'in short pieces in a stream that ends too early': exchangeOf([...TOKEN].map(said)),
  'in an error inside the stream': exchangeOf([said('1'), `data: {"error":{"message":"bad key ${TOKEN}"}}\n\n`]),
  'in a broken event': exchangeOf([said('1'), `data: {"choices":[${TOKEN}\n\n`]),
  'in short pieces before a broken event': exchangeOf([...[...TOKEN].map(said), 'data: {"oops\n\n']),
  'in a comment': exchangeOf([`: ${TOKEN}\n\n`, said('1')]),
  'in an error object': refusal(`{"error":{"message":"bad key ${TOKEN}","param":"${PERCENT}","code":"${TOKEN}"}}`),
  'in an error text': refusal(`{"error":"Bearer ${TOKEN} is no good"}`, 401),
  'in an error, escaped': refusal(`{"error":"${UNICODE}"}`, 500),
  'in a page': refusal(`<html><body>${`<p>${TOKEN}</p>`.repeat(3000)}</body></html>`, 502),
  'in a page under 200': exchangeOf(`<html>${'x'.repeat(CAP - 20)}${TOKEN}${TOKEN}</html>`),
  'in headers': withHeaders({
    'content-type': `text/event-stream; key=${TOKEN}`,
    'x-request-id': TOKEN,
    'x-inference-provider': TOKEN,
    'x-ratelimit-limit': `${'1'.repeat(240)}${TOKEN}`,
    server: PERCENT,
    [`x-ratelimit-${TOKEN.toLowerCase()}`]: TOKEN,
    'set-cookie': TOKEN,
    authorization: `Bearer ${TOKEN}`,
  }),
  "of the Hub, which is nobody's business": reply(HUB_TOKEN),
};

describe('a token that a provider echoes', () => {
  test.each(Object.entries(ECHOES))('is in no output: %s', async (_name, exchange) => {
    const record = await recordOf(exchange);

    expect(leaksOf(record)).toEqual([]);
    expect(flawsOf(record)).toEqual([]);
    expect(JSON.stringify(record)).toContain('[MASKED]');
  });

  test('cannot be put together again from the pieces of a broken stream', async () => {
    const { responseBodyRaw } = await recordOf(ECHOES['in short pieces in a stream that ends too early']!);
    const pieces = responseBodyRaw!.matchAll(/"content":"(.*?)"/g);

    expect(holdsFragment([...pieces].map(([, piece]) => piece).join(''), TOKEN)).toBe(false);
  });

  test("is not shown in part at the cap's edge, wherever it lies across it", async () => {
    for (let before = 0; before <= TOKEN.length; before++) {
      const text = `é${'x'.repeat(CAP - 2 - before)}${TOKEN} and more`;
      const record = await recordOf(refusal(text, 500));
      expect(leaksOf(record)).toEqual([]);
      expect(Buffer.byteLength(record.responseBodyRaw!)).toBeLessThanOrEqual(CAP);
    }
  });

  test('is not shown in part at the edge of an error message', async () => {
    for (let before = 150; before <= 210; before++) {
      const record = await recordOf(refusal(`{"error":"${'x'.repeat(before)}${TOKEN}"}`));
      expect(leaksOf(record)).toEqual([]);
    }
  });

  test('is in no output, whatever surrounds it, however it is cut and spelt, under any status', async () => {
    const spelt = fc.constantFrom(
      TOKEN,
      PERCENT,
      UNICODE,
      FIRST_HALF,
      SECOND_HALF,
      btoa(TOKEN),
      encodeURIComponent(PERCENT),
    );
    const pieces = fc.array(fc.oneof(spelt, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 12 });
    const status = fc.constantFrom(200, 204, 301, 400, 401, 429, 500);
    const isWhole = fc.boolean();

    await fc.assert(
      fc.asyncProperty(pieces, status, isWhole, fc.boolean(), async (texts, code, whole, inEvents) => {
        const body = inEvents ? texts.map(said) : texts;
        const record = await recordOf(exchangeOf(whole ? [...body, ...GOOD_END] : body, { status: code }));
        expect(leaksOf(record)).toEqual([]);
        expect(flawsOf(record)).toEqual([]);
      }),
    );
  });
});

describe('our own request in a row', () => {
  test('bears no token and no organisation', async () => {
    const record = await recordOf(reply('1771.2'));

    expect(leaksOf(record)).toEqual([]);
    expect(JSON.parse(record.requestHeadersSanitized!)).toMatchObject({
      Authorization: 'Bearer [MASKED]',
      'X-HF-Bill-To': '[MASKED]',
    });
    expect(JSON.stringify(record)).not.toContain('acme-org');
  });
});
