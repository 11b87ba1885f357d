import { describe, expect, test } from 'bun:test';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { ProbeEnding } from '../../src/ports.ts';
import { lookBackMs, toConfirm } from '../../src/schedule/to-confirm.ts';
import { aTarget, DUE_AT_MS } from '../support/builders.ts';

const MINUTE_MS = 60_000;
const target = aTarget();
const other = aTarget({ provider: 'gale' });

const ending = (minute: number, outcome: Outcome, kind: ProbeEnding['kind'] = 'standard'): ProbeEnding => ({
  ...{ modelId: target.modelId, provider: target.provider, kind, outcome },
  dueAtMs: DUE_AT_MS + minute * MINUTE_MS,
});
const askedAt = (minute: number, ...endings: readonly ProbeEnding[]) =>
  toConfirm([target, other], endings, DUE_AT_MS + minute * MINUTE_MS).map(({ provider }) => provider);

describe('a target is asked again', () => {
  test('after a standard probe that was its fault, and nobody else is', () => {
    expect(askedAt(2, ending(0, 'target_error'))).toEqual(['swiftcloud']);
    expect(askedAt(2, ending(0, 'ok'))).toEqual([]);
  });

  test.each(['router_error', 'prober_error', 'rate_limited', 'account_error'] as const)(
    'but not after %s',
    (outcome) => {
      expect(askedAt(2, ending(0, outcome))).toEqual([]);
    },
  );

  test('until it answers, in a confirm or in a cycle, if only that it has had enough of us', () => {
    const failed = ending(0, 'target_error');
    expect(askedAt(4, failed, ending(2, 'target_error', 'confirm'))).toEqual(['swiftcloud']);
    expect(askedAt(4, failed, ending(2, 'prober_error', 'confirm'))).toEqual(['swiftcloud']);
    expect(askedAt(4, failed, ending(2, 'ok', 'confirm'))).toEqual([]);
    expect(askedAt(4, failed, ending(2, 'rate_limited', 'confirm'))).toEqual([]);
    expect(askedAt(32, failed, ending(30, 'ok'))).toEqual([]);
  });

  test('for an hour from the first failure in a row, however often it fails in the cycles after', () => {
    const everyHalfHour = [0, 30, 60, 90].map((minute) => ending(minute, 'target_error'));
    expect(askedAt(60, ...everyHalfHour.slice(0, 2))).toEqual(['swiftcloud']);
    expect(askedAt(62, ...everyHalfHour.slice(0, 3))).toEqual([]);
    expect(askedAt(92, ...everyHalfHour)).toEqual([]);
  });

  test('for another hour when it had answered in between', () => {
    const endings = [ending(0, 'target_error'), ending(2, 'ok', 'confirm'), ending(30, 'target_error')];
    expect(askedAt(88, ...endings)).toEqual(['swiftcloud']);
  });
});

test('one looks back so far that a failure of more than an hour ago is seen, whatever the interval', () => {
  expect([600_000, 5_400_000].map(lookBackMs)).toEqual([7_200_000, 10_800_000]);
});
