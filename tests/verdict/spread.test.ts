import { expect, test } from 'bun:test';
import { spreadOf } from '../../src/verdict/spread.ts';

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

test('a spread of few values tells only what their number allows', () => {
  expect(spreadOf(upTo(4))).toEqual({ n: 4, p10: null, p50: null, p90: null, p95: null, p99: null });
  expect(spreadOf(upTo(5))).toMatchObject({ n: 5, p50: 3, p90: null });
  expect(spreadOf(upTo(20))).toMatchObject({ p10: 2, p50: 10, p90: 18, p95: null });
  expect(spreadOf(upTo(200))).toEqual({ n: 200, p10: 20, p50: 100, p90: 180, p95: 190, p99: 198 });
});

test('a spread does not count what is unknown', () => {
  expect(spreadOf([null, 3, 1, null, 2, 5, 4])).toMatchObject({ n: 5, p50: 3 });
});
