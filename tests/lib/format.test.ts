import { describe, expect, test } from 'bun:test';
import {
  formatBytes,
  formatContext,
  formatCount,
  formatDuration,
  formatMs,
  formatTps,
  formatUsd,
} from '../../src/lib/format.ts';

describe('figures for people', () => {
  test.each([
    [0, '0.0 ms'],
    [4.21, '4.2 ms'],
    [9.96, '10 ms'],
    [218.4, '218 ms'],
    [999.6, '1.0 s'],
    [1432, '1.4 s'],
    [59_960, '1 min'],
    [125_000, '2 min 5 s'],
  ])('%d ms reads %s', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });

  test.each([
    [0, '0 s'],
    [400, '0 s'],
    [45_000, '45 s'],
    [3_600_000, '1 h'],
    [11_520_000, '3 h 12 min'],
    [3_605_000, '1 h'],
    [345_600_000 + 3_600_000, '4 d 1 h'],
  ])('%d ms is a duration of %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test.each([
    [498.6, '499 tok/s'],
    [7.34, '7.3 tok/s'],
    [9.96, '10 tok/s'],
  ])('%d tokens a second read %s', (tps, text) => {
    expect(formatTps(tps)).toBe(text);
  });

  test.each([
    [0, '$0'],
    [0.0004, '$0.0004'],
    [0.0000175, '$0.000018'],
    [0.00000001, '< $0.000001'],
    [0.25, '$0.25'],
    [1234.5, '$1,234.50'],
  ])('%d USD read %s', (usd, text) => {
    expect(formatUsd(usd)).toBe(text);
  });

  test.each([
    [131_072, '128k'],
    [200_000, '200k'],
    [1_048_576, '1M'],
    [1_500_000, '1.5M'],
    [512, '512'],
  ])('a context of %d tokens reads %s', (tokens, text) => {
    expect(formatContext(tokens)).toBe(text);
  });

  test.each([
    [512, '512 B'],
    [1234, '1.2 KB'],
    [25_300_000_000, '25.3 GB'],
  ])('%d bytes read %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test('unknown looks unknown, never like 0', () => {
    const unknown = [formatMs(null), formatTps(null), formatUsd(null), formatCount(null), formatContext(null)];

    expect(new Set(unknown)).toEqual(new Set(['–']));
  });

  test('counts have thousands', () => {
    expect(formatCount(4096)).toBe('4,096');
  });
});
