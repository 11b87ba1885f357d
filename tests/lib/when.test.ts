import { describe, expect, test } from 'bun:test';
import { momentOf, readWhen } from '../../src/lib/when.ts';

describe('since when', () => {
  const NOW_MS = Date.parse('2026-08-03T12:00:00Z');

  test.each([
    ['7d', '2026-07-27T12:00:00.000Z'],
    ['36h', '2026-08-02T00:00:00.000Z'],
    ['90m', '2026-08-03T10:30:00.000Z'],
    ['90min', '2026-08-03T10:30:00.000Z'],
    ['2026-08-01', '2026-08-01T00:00:00.000Z'],
    ['2026-08-01T06:30', '2026-08-01T06:30:00.000Z'],
    ['2026-08-01T06:30:15.5Z', '2026-08-01T06:30:15.500Z'],
    ['2026-08-01T06:30+02:00', '2026-08-01T04:30:00.000Z'],
  ])('%s is read', (text, iso) => {
    expect(new Date(momentOf(readWhen(text)!, NOW_MS)).toISOString()).toBe(iso);
  });

  test.each([
    '',
    '7',
    'd',
    '-7d',
    '1.5d',
    '7 days',
    'yesterday',
    '2026-13-01',
    '2026-02-31',
    '2026-02-31T06:30Z',
    '2026-08-01 06:30',
  ])('%p is refused', (text) => {
    expect(readWhen(text)).toBeNull();
  });
});
