import { describe, expect, test } from 'bun:test';
import { retryWaitMs } from '../../src/probe/retry.ts';
import type { Ending, Exchange } from '../../src/probe/types.ts';
import { anExchange, DUE_AT_MS } from '../support/builders.ts';

const ofStatus = (status: number, overrides: Partial<Exchange> = {}) => anExchange({ status, ...overrides });
const unanswered = (ending: Ending) => anExchange({ status: null, headers: {}, reply: null, ending });
const failed = (errorClass: Extract<Ending, { kind: 'failed' }>['errorClass']): Ending => ({
  kind: 'failed',
  errorClass,
  errorPhase: 'connect',
  detail: 'ECONNRESET',
});
const limit = (name: Extract<Ending, { kind: 'limit' }>['limit']): Ending => ({ kind: 'limit', limit: name });
const waitAfter = (exchange: Exchange, attempt = 1, retries = 2) => retryWaitMs(exchange, attempt, retries, DUE_AT_MS);
const waitAfter503 = (retryAfter: string, status = 503) =>
  waitAfter(ofStatus(status, { headers: { 'retry-after': retryAfter } }));

describe('a retry', () => {
  test.each(['dns', 'connect_refused', 'connect_timeout', 'tls', 'connection_reset'] as const)(
    'follows a network fault before the first byte of the response: %s',
    (errorClass) => {
      expect(waitAfter(unanswered(failed(errorClass)))).toBe(1000);
    },
  );

  test.each([500, 502, 503, 504, 529, 599])('follows a 5xx: %i', (status) => {
    expect(waitAfter(ofStatus(status))).toBe(1000);
  });

  test('follows a 5xx whose body was cut off', () => {
    expect(waitAfter(ofStatus(502, { ending: failed('connection_reset') }))).toBe(1000);
  });

  test.each([200, 204, 301, 400, 401, 402, 403, 404, 408, 425, 429, 499])('follows no other status: %i', (status) => {
    expect(waitAfter(ofStatus(status))).toBeNull();
  });

  test.each(['connect_timeout', 'first_token_timeout', 'stall_timeout', 'total_timeout'] as const)(
    'never follows a deadline: %s',
    (name) => {
      expect(waitAfter(unanswered(limit(name)))).toBeNull();
      expect(waitAfter(ofStatus(503, { ending: limit(name) }))).toBeNull();
    },
  );

  test('follows an endless reply only where its status is a 5xx', () => {
    expect(waitAfter(ofStatus(200, { ending: limit('oversize_reply') }))).toBeNull();
    expect(waitAfter(ofStatus(500, { ending: limit('oversize_reply') }))).toBe(1000);
  });

  test('never follows a connection that broke inside a 200', () => {
    expect(waitAfter(ofStatus(200, { ending: failed('connection_reset') }))).toBeNull();
  });

  test.each(['protocol_error', 'internal', 'no_connectivity'] as const)('never follows %s', (errorClass) => {
    expect(waitAfter(unanswered(failed(errorClass)))).toBeNull();
  });

  test('waits 1 s, then 3 s, as often as the settings say', () => {
    expect([1, 2, 3].map((attempt) => waitAfter(ofStatus(500), attempt))).toEqual([1000, 3000, null]);
    expect([1, 2, 3, 4, 5].map((attempt) => waitAfter(ofStatus(500), attempt, 4))).toEqual([
      1000,
      3000,
      3000,
      3000,
      null,
    ]);
    expect(waitAfter(ofStatus(500), 1, 0)).toBeNull();
  });
});

describe("a 503's Retry-After", () => {
  test('replaces the wait, in seconds or as a date', () => {
    expect(waitAfter503('7')).toBe(7000);
    expect(waitAfter503('0')).toBe(0);
    expect(waitAfter503('30')).toBe(30_000);
    expect(waitAfter503(new Date(DUE_AT_MS + 12_000).toUTCString())).toBe(12_000);
    expect(waitAfter503(new Date(DUE_AT_MS - 12_000).toUTCString())).toBe(0);
  });

  test('is not heeded beyond 30 s, nor where it is neither seconds nor a date', () => {
    const values = ['31', '99999999999999999999', '-1', '1.5', 'soon', '', new Date(DUE_AT_MS + 60_000).toUTCString()];

    expect(values.map((value) => waitAfter503(value))).toEqual(values.map(() => 1000));
  });

  test('counts for no other status', () => {
    expect(waitAfter503('7', 500)).toBe(1000);
    expect(waitAfter503('7', 429)).toBeNull();
  });

  test('does not make a last attempt less the last', () => {
    expect(waitAfter(ofStatus(503, { headers: { 'retry-after': '1' } }), 3)).toBeNull();
  });
});
