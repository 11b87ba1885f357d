import { describe, expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { wantsColour } from '../../src/observe/colour.ts';
import { formatAttempts, formatTargets } from '../../src/observe/tables.ts';
import { aRecord, aSkippedRecord, aTarget } from '../support/builders.ts';

const PLAIN = { width: 100, colour: false };
const failed = (overrides: Partial<AttemptRecord>) =>
  aRecord({ ttftMs: null, decodeTps: null, completionTokens: null, answerCorrect: null, costUsd: null, ...overrides });

describe('the table of a cycle', () => {
  test('groups by model in trending order, the quickest provider first, failures after', () => {
    const text = formatAttempts(
      [
        aRecord({ modelId: 'acme/second', providerName: 'slate', trendingRank: 2 }),
        aRecord({ modelId: 'acme/first', providerName: 'cobalt', ttftMs: 1432, decodeTps: 498.6, costUsd: 0.0004 }),
        failed({
          modelId: 'acme/first',
          providerName: 'amber',
          outcome: 'target_error',
          errorClass: 'http_5xx',
          responseStatusCode: 503,
          attempt: 3,
        }),
        aRecord({
          modelId: 'acme/first',
          providerName: 'zinc',
          ttftMs: 218,
          answerCorrect: false,
          completionTokens: 4096,
        }),
      ],
      PLAIN,
    );

    expect(text).toBe(`\
  Provider  Outcome             First     Output  Tokens  Correct       Cost
                                token      speed
acme/first
  zinc      ● ok               218 ms   20 tok/s   4,096  no       $0.000018
  cobalt    ● ok                1.4 s  499 tok/s       5  yes        $0.0004
  amber     ✕ HTTP 503, try 3       –          –       –  –                –
acme/second
  slate     ● ok               260 ms   20 tok/s       5  yes      $0.000018

4 probes   ● 3 ok   ✕ 1 target error   cost $0.00044
`);
  });

  test('shows final attempts, and counts what all of them cost', () => {
    const text = formatAttempts(
      [aRecord({ final: false, costUsd: 0.25 }), aRecord({ attempt: 2, costUsd: 0.5 })],
      PLAIN,
    );

    expect(text).toContain('● ok, try 2');
    expect(text).toEndWith('1 probe   ● 1 ok   cost $0.75\n');
  });

  test('says in words whose fault it was', () => {
    const outcomes = [
      failed({ outcome: 'target_error', errorClass: 'first_token_timeout' }),
      failed({ outcome: 'rate_limited', errorClass: 'http_429', responseStatusCode: 429 }),
      failed({ outcome: 'account_error', errorClass: 'no_credits' }),
      failed({ outcome: 'router_error', errorClass: 'dns' }),
      failed({ outcome: 'prober_error', errorClass: 'no_connectivity' }),
      aSkippedRecord({ errorClass: 'delisted' }),
    ];

    const said = formatAttempts(outcomes, PLAIN).match(/[✕▲○] [a-z0-9 :]+?(?= {2})/g);

    expect(said?.slice(0, 6)).toEqual([
      '✕ first token timeout',
      '▲ router: dns',
      '▲ rate limited',
      '▲ account: no credits',
      '▲ ours: no connectivity',
      '○ skipped: delisted',
    ]);
  });

  test('an unknown cost of a good reply is said, not taken for nothing', () => {
    expect(formatAttempts([aRecord({ costUsd: null })], PLAIN)).toEndWith('cost unknown\n');
    expect(formatAttempts([aRecord({ costUsd: 1 }), aRecord({ costUsd: null })], PLAIN)).toEndWith(
      'cost $1.00 and that of 1 unknown\n',
    );
  });

  test('fits 80 columns whatever the names are, by visible width', () => {
    const text = formatAttempts(
      [
        failed({
          modelId: `深度求索/${'very-long-name-'.repeat(8)}`,
          providerName: '供应商'.repeat(9),
          outcome: 'target_error',
          errorClass: 'first_token_timeout',
        }),
        aRecord({ providerName: 'p'.repeat(40) }),
      ],
      { width: 80, colour: false },
    );

    const rows = text.split('\n').slice(0, -3);
    expect(rows.filter((line) => Bun.stringWidth(line) > 80)).toEqual([]);
    expect(text).toContain('…');
    const ends = rows
      .filter((line) => line.includes(' ms ') || line.includes('✕'))
      .map((line) => Bun.stringWidth(line));
    expect(new Set(ends).size).toBe(1);
  });

  test('hostile names cannot steer the terminal', () => {
    const text = formatAttempts(
      [aRecord({ modelId: 'acme/\u001b[2J\u202eevil\n', providerName: 'a\u0007\u200bb' })],
      PLAIN,
    );

    expect(text).toContain('acme/\\x1b[2J\\u202eevil\\n');
    expect(text).toContain('a\\x07\\u200bb');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u200b\u202e]/);
  });

  test('colour comes third: without its codes the coloured table is the plain one', () => {
    const records = [aRecord(), failed({ providerName: 'amber', outcome: 'target_error', errorClass: 'empty_reply' })];

    const coloured = formatAttempts(records, { width: 100, colour: true });

    expect(coloured).toContain('\u001b[31m✕ empty reply');
    expect(coloured).toContain('\u001b[1m260 ms');
    expect(Bun.stripANSI(coloured).replace(/ +\n/g, '\n')).toBe(formatAttempts(records, PLAIN));
  });

  test('colours are for terminals, NO_COLOR and dumb ones excepted', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(wantsColour({}, {})).toBe(false);
  });
});

describe('the table of targets', () => {
  test('shows route, prices and claims, unknown ones as unknown', () => {
    const text = formatTargets(
      [
        { ...aTarget({ provider: 'slate', claimedTps: null, priceInputUsdPerMtok: 0 }), route: 'unified' },
        { ...aTarget({ provider: 'cobalt' }), route: 'provider' },
      ],
      PLAIN,
    );

    expect(text).toBe(`\
  Provider  Route     Price in  Price out      Claimed   Claimed  Context
                      per Mtok   per Mtok  first token     speed
acme/Thinker-7B
  cobalt    provider     $0.50      $1.50       400 ms  80 tok/s     128k
  slate     unified         $0      $1.50       400 ms         –     128k
`);
  });
});
