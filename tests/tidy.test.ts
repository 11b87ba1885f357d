import { describe, expect, test } from 'bun:test';
import { parseConfig } from '../src/config.ts';
import { tidy } from '../src/tidy.ts';
import { sqlitePlace } from './store/sqlite-place.ts';
import { aRecord } from './support/builders.ts';
import { recordingLog } from './support/log.ts';
import { SetClock } from './support/set-clock.ts';

const HOUR_MS = 3_600_000;
const ROOT = new URL('..', import.meta.url).pathname;
const never = new AbortController().signal;

function setUp(settings: Record<string, string>) {
  const clock = new SetClock('2026-08-10T15:00:00.000Z');
  const place = sqlitePlace(clock);
  const store = place.open();
  const log = recordingLog();
  const need = { inference: false, hub: false };
  const config = parseConfig(settings, { baseDir: ROOT, need });
  const parts = { config, store, clock, log };
  return {
    ...parts,
    parts,
    [Symbol.dispose]() {
      store[Symbol.dispose]();
      place[Symbol.dispose]();
    },
  };
}

/** Pushed, but for what comes after it. */
async function push({ store, clock }: ReturnType<typeof setUp>): Promise<void> {
  const names = (await store.seal(clock.nowMs())).map(({ name }) => name);
  await store.pushed(names, await store.daysToWrite('2026-08-10'), null, clock.nowMs());
}

const aMonthOld = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    aRecord({ modelId: `a/${i}`, cycleTimestampIso: '2026-07-01T00:00:00.000Z' }),
  );

describe('tidying the store', () => {
  test('lets go of old attempts and says how many', async () => {
    using daemon = setUp({ RETENTION_DAYS: '7' });
    await daemon.store.append(aMonthOld(250));
    await push(daemon);

    await tidy(daemon.parts, never, HOUR_MS);

    expect(await Array.fromAsync(daemon.store.read())).toEqual([]);
    expect(daemon.log.lines).toMatchObject([{ level: 'info', fields: { rows: 250, bodies: 0 } }]);
  });

  test('gives appends their turn between two steps, and stops at once when asked to', async () => {
    using daemon = setUp({ RETENTION_DAYS: '7' });
    await daemon.store.append(aMonthOld(450));
    await push(daemon);
    const stop = new AbortController();

    const tidying = tidy(daemon.parts, stop.signal, HOUR_MS);
    await daemon.store.append([aRecord()]);
    stop.abort();
    await tidying;

    expect((await Array.fromAsync(daemon.store.read())).length).toBeGreaterThan(1);
    expect(daemon.log.lines).toHaveLength(1);
  });

  test('has its time and no more; the rest goes the next time', async () => {
    using daemon = setUp({ RETENTION_DAYS: '7' });
    await daemon.store.append(aMonthOld(250));
    await push(daemon);

    await tidy(daemon.parts, never, 0);
    expect(await Array.fromAsync(daemon.store.read())).toHaveLength(150);

    await tidy(daemon.parts, never, HOUR_MS);
    expect(await Array.fromAsync(daemon.store.read())).toEqual([]);
  });

  test('says at every cycle that the limit is reached while nothing may go; probing goes on with shortened bodies, and after a push whole', async () => {
    using daemon = setUp({ STORE_LIMIT_MB: '50' });
    const { store, log, parts } = daemon;
    const limited = { ...parts, config: { ...parts.config, retention: { ...parts.config.retention, limitBytes: 1 } } };
    const long = aRecord({ responseBodyRaw: 'x'.repeat(5_000) });

    for (const cycle of [1, 2]) {
      await tidy(limited, never, HOUR_MS);
      expect(log.lines).toHaveLength(cycle);
      expect(log.lines.at(-1)).toMatchObject({
        level: 'warn',
        message: expect.stringContaining('bodies are shortened'),
      });
    }
    await store.append([long]);
    expect(await Array.fromAsync(store.read())).toMatchObject([{ responseBodyTruncated: true, ttftMs: long.ttftMs }]);

    await tidy(parts, never, HOUR_MS);
    const next = aRecord({ modelId: 'a/next', responseBodyRaw: 'x'.repeat(5_000) });
    await store.append([next]);
    expect((await Array.fromAsync(store.read())).at(-1)).toEqual(next);
    expect(log.lines).toHaveLength(2);
  });

  test('a disk that refuses is said, and nothing else happens', async () => {
    using daemon = setUp({});
    const store = {
      ...daemon.store,
      // biome-ignore lint/correctness/useYield: it breaks before
      async *prune(): AsyncGenerator<never> {
        throw new Error('disk I/O error');
      },
    };
    await tidy({ ...daemon.parts, store }, never, HOUR_MS);
    expect(daemon.log.lines).toMatchObject([{ level: 'warn', fields: { error: 'Error: disk I/O error' } }]);
  });
});
