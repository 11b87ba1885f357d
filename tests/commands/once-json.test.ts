import { expect, test } from 'bun:test';
import { once } from '../../src/commands/once.ts';
import { COLUMN_NAMES, dataName } from '../../src/domain/record.ts';
import { startCommandWorld } from '../support/command-world.ts';

const MOMENTS = [
  ...['sent_ms', 'headers_ms', 'first_event_ms', 'first_token_ms', 'first_answer_ms', 'last_token_ms'],
  ...['usage_ms', 'done_ms', 'closed_ms'],
];

test('rows of `once --json` have every column, and a good reply has every moment, in order', async () => {
  await using world = await startCommandWorld(3);
  const { stdout } = await world.run(once, { json: true });
  const rows: Record<string, unknown>[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  for (const row of rows) expect(Object.keys(row)).toEqual(COLUMN_NAMES.map(dataName));
  const sent = rows.filter(({ attempt }) => attempt !== 0);
  expect(sent.map(({ dispatch_delay_ms }) => dispatch_delay_ms)).toEqual(sent.map(() => expect.any(Number)));

  const good = rows.filter(({ outcome, conformance }) => outcome === 'ok' && Bun.deepEquals(conformance, []));
  expect(good.length).toBeGreaterThan(3);
  for (const row of good) {
    const moments = MOMENTS.map((name) => row[name] as number);
    expect(moments).toEqual(moments.map(() => expect.any(Number)));
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    expect(row).toMatchObject({ remote_ip: '127.0.0.1', tcp_ms: expect.any(Number), loop_lag_ms: expect.any(Number) });
    expect(row.chunk_at_ms).toBeArrayOfSize(row.chunks as number);
  }
});
