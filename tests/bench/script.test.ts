import { expect, test } from 'bun:test';
import { chatPath, dueMs, scriptOf } from '../../bench/truth/script.ts';
import { seededRandom } from '../../src/lib/random.ts';

test('a script is read back from the path that asks for it', () => {
  const script = { chunks: 30, lastsMs: 600 };
  expect(scriptOf(`POST ${chatPath(script)} HTTP/1.1`)).toEqual(script);
  expect(scriptOf('GET / HTTP/1.1')).toBeNull();
});

test('chunks are due in order, the first in the first third, the last at the end', () => {
  const due = dueMs({ chunks: 30, lastsMs: 600 }, seededRandom('due'));
  expect(due).toHaveLength(30);
  expect(due).toEqual(due.toSorted((a, b) => a - b));
  expect(due[0]).toBeWithin(60, 200);
  expect(due.at(-1)).toBeCloseTo(600, 6);
});

test('a reply of one chunk has it in the first third', () => {
  expect(dueMs({ chunks: 1, lastsMs: 300 }, seededRandom('one'))).toEqual([expect.any(Number)]);
});
