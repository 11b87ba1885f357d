import { describe, expect, test } from 'bun:test';
import type { Receipt } from '../../src/alert/call.ts';
import type { Channel } from '../../src/alert/channels.ts';
import { GIVE_UP_MS, startOutbox } from '../../src/alert/outbox.ts';
import type { Notice } from '../../src/ports.ts';
import { sqlitePlace } from '../store/sqlite-place.ts';
import { aNotice, HOUR_MS, NOW_MS } from '../support/alarms.ts';
import { recordingLog } from '../support/log.ts';
import { SetClock } from '../support/set-clock.ts';

const TAKEN: Receipt = { ok: true, status: 200 };
const failing = (status: number | null, retryAfterMs: number | null = null): Receipt => ({
  ...{ ok: false, status, message: `HTTP ${status}`, retryAfterMs },
});
type Answer = (notice: { readonly noticeId: string }, signal: AbortSignal) => Promise<Receipt>;

/** An outbox with a real store and a set clock, its channels answering as told. */
function openOutbox(answers: Readonly<Record<string, Answer>>, place = sqlitePlace()) {
  const clock = new SetClock(NOW_MS);
  const log = recordingLog();
  const store = place.open();
  const sent: string[] = [];
  const channels = Object.entries(answers).map(
    ([name, answer]): Channel => ({
      ...{ name, type: 'slack' },
      send(message, signal) {
        sent.push(message.noticeId);
        return answer(message, signal);
      },
    }),
  );
  const disk = { refuses: false };
  const reading = { ends: Promise.resolve() };
  const guarded =
    <Args extends unknown[]>(write: (...args: Args) => Promise<void>) =>
    async (...args: Args) => {
      if (disk.refuses) throw new Error('database or disk is full');
      await write(...args);
    };
  const outbox = startOutbox({
    ...{ channels, clock, log, random: () => 1 },
    store: {
      ...{ noticeSent: guarded(store.noticeSent), noticeFailed: guarded(store.noticeFailed) },
      async dueNotices(...question) {
        const due = await store.dueNotices(...question);
        await reading.ends;
        return due;
      },
    },
  });
  return {
    ...{ clock, log, store, sent, outbox, disk, reading },
    async put(...notices: readonly Notice[]) {
      await store.tell([], [], notices);
      outbox.wake();
    },
    async [Symbol.asyncDispose]() {
      await outbox[Symbol.asyncDispose]();
      store[Symbol.dispose]();
      place[Symbol.dispose]();
    },
  };
}

describe('the outbox', () => {
  test('sends what is put into it, once, and says so', async () => {
    await using box = openOutbox({ team: async () => TAKEN });
    await box.put(aNotice());
    await box.clock.advance(HOUR_MS);

    expect(box.sent).toEqual([aNotice().noticeId]);
    expect(box.log.of('alert sent').map(({ fields }) => fields)).toEqual([
      { channel: 'team', kind: 'begun', alarms: 1 },
    ]);
  });

  test('sends nothing again that is taken while it is being read what is due', async () => {
    const answer = Promise.withResolvers<Receipt>();
    const reading = Promise.withResolvers<void>();
    await using box = openOutbox({ team: () => answer.promise });
    await box.put(aNotice());
    await box.clock.advance(1);
    box.reading.ends = reading.promise;
    box.outbox.wake();
    await box.clock.advance(1);
    answer.resolve(TAKEN);
    await box.clock.advance(1);
    reading.resolve();
    await box.clock.advance(HOUR_MS);

    expect(box.sent).toEqual([aNotice().noticeId]);
  });

  test('sends at its start what an earlier run left', async () => {
    const place = sqlitePlace();
    {
      using store = place.open();
      await store.tell([], [], [aNotice()]);
    }
    await using box = openOutbox({ team: async () => TAKEN }, place);
    await box.clock.advance(1);

    expect(box.sent).toEqual([aNotice().noticeId]);
  });

  test('sends those of a channel in their order, each after the one before is taken', async () => {
    let failures = 2;
    await using box = openOutbox({ team: async () => (failures-- > 0 ? failing(500) : TAKEN) });
    await box.put(aNotice({ noticeId: 'first' }), aNotice({ noticeId: 'second' }));
    await box.clock.advance(60_000);

    expect(box.sent).toEqual(['first', 'first', 'first', 'second']);
  });

  test('waits longer after each failure, up to a quarter of an hour, and says the first', async () => {
    const moments: number[] = [];
    await using box = openOutbox({
      async team() {
        moments.push(box.clock.nowMs());
        return failing(500);
      },
    });
    await box.put(aNotice());
    await box.clock.advance(2 * HOUR_MS);

    const waits = moments.slice(1).map((atMs, i) => (atMs - moments[i]!) / 1000);
    expect(waits.slice(0, 9)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900]);
    expect(Math.max(...waits)).toBe(900);
    expect(box.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  test('waits as long as it is asked to', async () => {
    await using box = openOutbox({ team: async () => failing(429, 120_000) });
    await box.put(aNotice());
    await box.clock.advance(119_000);
    expect(box.sent).toHaveLength(1);
    await box.clock.advance(10_000);
    expect(box.sent).toHaveLength(2);
  });

  test('gives up after a day, says so, and goes on with the next', async () => {
    await using box = openOutbox({
      team: async ({ noticeId }) => (noticeId === 'first' ? failing(null) : TAKEN),
    });
    await box.put(aNotice({ noticeId: 'first' }), aNotice({ noticeId: 'second', createdAtMs: NOW_MS }));
    await box.clock.advance(GIVE_UP_MS + HOUR_MS);

    expect(box.sent.at(-1)).toBe('second');
    expect(box.log.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields)).toEqual([
      { channel: 'team', kind: 'begun', alarms: 1, reason: 'HTTP null' },
    ]);
  });

  test('what was refused for what it is, is not sent again', async () => {
    await using box = openOutbox({ team: async () => failing(400) });
    await box.put(aNotice());
    await box.clock.advance(HOUR_MS);

    expect(box.sent).toHaveLength(1);
    expect(box.log.of('an alert is given up; `alert test` shows what the channel says')).toHaveLength(1);
  });

  test('what was for a channel that is gone is given up', async () => {
    await using box = openOutbox({ team: async () => TAKEN });
    await box.put(aNotice({ noticeId: 'lost', channel: 'gone' }));
    await box.clock.advance(10_000);

    expect(await box.store.dueNotices(NOW_MS + HOUR_MS, 10)).toEqual([]);
    expect(box.log.lines.at(-1)).toMatchObject({
      level: 'error',
      fields: { reason: 'its channel is no longer in alerts.json' },
    });
  });

  test('a channel that stalls stops no other', async () => {
    const stalled = Promise.withResolvers<Receipt>();
    await using box = openOutbox({ slow: () => stalled.promise, team: async () => TAKEN });
    await box.put(
      aNotice({ noticeId: 'slow', channel: 'slow' }),
      aNotice({ noticeId: 'one' }),
      aNotice({ noticeId: 'two' }),
    );
    await box.clock.advance(HOUR_MS);

    expect(box.sent).toEqual(['slow', 'one', 'two']);
    stalled.resolve(TAKEN);
  });

  test('a fault of ours in building a message loses no other', async () => {
    await using box = openOutbox({ team: () => Promise.reject(new Error('a bug')), phone: async () => TAKEN });
    await box.put(aNotice({ noticeId: 'bad' }), aNotice({ noticeId: 'good', channel: 'phone' }));
    await box.clock.advance(1000);

    expect(box.sent).toEqual(['bad', 'good']);
    expect(box.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('what was sent and could not be marked, for want of disk, is marked later and not sent again', async () => {
    await using box = openOutbox({ team: async () => TAKEN });
    box.disk.refuses = true;
    await box.put(aNotice());
    await box.clock.advance(2 * HOUR_MS);
    expect(box.sent).toHaveLength(1);
    expect(box.log.of('alerts wait: the store cannot be read or written').length).toBeLessThanOrEqual(3);

    box.disk.refuses = false;
    await box.clock.advance(120_000);
    expect(await box.store.dueNotices(box.clock.nowMs(), 10)).toEqual([]);
    expect(box.sent).toHaveLength(1);
  });

  test('what was not taken is not sent over and over while the disk refuses', async () => {
    await using box = openOutbox({ team: async () => failing(500) });
    box.disk.refuses = true;
    await box.put(aNotice());
    await box.clock.advance(600_000);

    expect(box.sent.length).toBeLessThanOrEqual(11);
  });

  test('ends within seconds; what is under way then stays in the outbox', async () => {
    const aborted = Promise.withResolvers<void>();
    const box = openOutbox({
      team: (_notice, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.resolve();
            reject(signal.reason);
          });
        }),
    });
    await box.put(aNotice());
    await box.clock.advance(1);
    const ended = box.outbox[Symbol.asyncDispose]();
    await box.clock.advance(3_000);
    await Promise.all([aborted.promise, ended]);

    expect(await box.store.dueNotices(NOW_MS, 10)).toMatchObject([{ noticeId: aNotice().noticeId, tries: 0 }]);
    await box[Symbol.asyncDispose]();
  });
});
