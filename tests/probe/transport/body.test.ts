import { expect, test } from 'bun:test';
import { readBody } from '../../../src/probe/transport/body.ts';
import { watchReads } from '../../support/asking.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function aBody() {
  const { createReader, reads } = watchReads();
  const events = { output() {}, oversize() {}, undecodable() {}, bug() {} };
  return { body: readBody('', createReader(), events), reads };
}

test('reads are looked at together, in order, each with its own moment', async () => {
  const { body, reads } = aBody();
  for (let i = 0; i < 63; i++) body.push(i, Buffer.from('a'));
  await turn();
  expect(reads).toEqual([]);

  body.push(63, Buffer.from('b'));
  expect(reads).toEqual([]); // never in the turn that brought them
  await turn();
  expect(reads.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 64 }, (_, i) => i));
});

test('few large reads do not wait', async () => {
  const { body, reads } = aBody();
  body.push(0, Buffer.alloc(64 * 1024));
  await turn();
  expect(reads).toHaveLength(1);
});

test('what still waits is looked at when a deadline is judged, and at the end', async () => {
  const { body, reads } = aBody();
  body.push(0, Buffer.from('a'));
  body.catchUp();
  expect(reads).toHaveLength(1);

  body.push(1, Buffer.from('b'));
  const reply = await body.end();
  expect(reply.text).toBe('ab');
});
