import { describe, expect, test } from 'bun:test';
import type { NoticeStore, ToldAlarm } from '../../src/ports.ts';
import { aNotice, anAlarm, HOUR_MS, NOW_MS } from '../support/alarms.ts';
import type { Place } from './place.ts';

const told = (key: string, overrides: Partial<ToldAlarm> = {}): ToldAlarm => ({
  alarm: anAlarm({ key }),
  lastToldAtMs: NOW_MS,
  channels: ['team'],
  overSinceMs: null,
  ...overrides,
});
const dueIds = async (store: NoticeStore, nowMs = NOW_MS) =>
  (await store.dueNotices(nowMs, 10)).map(({ noticeId }) => noticeId);

export function describeNoticeStore(name: string, newPlace: () => Promise<Place<NoticeStore>>): void {
  describe(`${name} as a notice store`, () => {
    test('is at its first start until something was told, be it nothing, also after a restart', async () => {
      await using place = await newPlace();
      {
        await using store = await place.open();
        expect(await store.isFirstStart()).toBe(true);
        await store.tell([], [], []);
        expect(await store.isFirstStart()).toBe(false);
      }
      await using store = await place.open();
      expect(await store.isFirstStart()).toBe(false);
      expect(await store.toldAlarms()).toEqual([]);
    });

    test('remembers what was told, also after a restart, until it is over', async () => {
      await using place = await newPlace();
      {
        await using store = await place.open();
        await store.tell([told('b'), told('a', { channels: [], overSinceMs: NOW_MS })], [], []);
      }
      await using store = await place.open();
      expect(await store.toldAlarms()).toEqual([told('a', { channels: [], overSinceMs: NOW_MS }), told('b')]);

      await store.tell([told('b', { lastToldAtMs: NOW_MS + HOUR_MS })], ['a'], []);
      expect(await store.toldAlarms()).toEqual([told('b', { lastToldAtMs: NOW_MS + HOUR_MS })]);
    });

    test('a notice is due at once, whole, and until it is sent', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const notice = aNotice({ alarms: [anAlarm(), anAlarm({ key: 'two', text: 'a "quoted"\u0000 word' })] });
      await store.tell([], [], [notice]);
      expect(await store.dueNotices(NOW_MS, 10)).toEqual([{ ...notice, tries: 0 }]);

      await store.noticeSent(notice.noticeId, NOW_MS);
      expect(await dueIds(store)).toEqual([]);
    });

    test('a notice under an id that was there already is the same one', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.tell([], [], [aNotice()]);
      await store.noticeSent(aNotice().noticeId, NOW_MS);
      await store.tell([], [], [aNotice()]);
      expect(await dueIds(store)).toEqual([]);
    });

    test('one that failed is due again at its moment and not before, its tries counted, also after a restart', async () => {
      await using place = await newPlace();
      {
        await using store = await place.open();
        await store.tell([], [], [aNotice()]);
        await store.noticeFailed(aNotice().noticeId, NOW_MS + 5000, 'HTTP 500');
      }
      await using store = await place.open();
      expect(await dueIds(store, NOW_MS + 4999)).toEqual([]);
      expect(await store.dueNotices(NOW_MS + 5000, 10)).toEqual([{ ...aNotice(), tries: 1 }]);
    });

    test('one that is given up never comes back, and the next of its channel has its turn', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.tell([], [], [aNotice({ noticeId: 'first' }), aNotice({ noticeId: 'second' })]);
      await store.noticeFailed('first', null, 'HTTP 400');
      expect(await dueIds(store, NOW_MS + 24 * HOUR_MS)).toEqual(['second']);
    });

    test('those of a channel keep their order: one that waits holds up those after it, and no other channel', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.tell([], [], [aNotice({ noticeId: 'first' }), aNotice({ noticeId: 'second' })]);
      await store.tell([], [], [aNotice({ noticeId: 'other', channel: 'phone' })]);
      expect(await dueIds(store)).toEqual(['first', 'other']);

      await store.noticeFailed('first', NOW_MS + 1, 'HTTP 500');
      expect(await dueIds(store)).toEqual(['other']);
    });

    test('no more than asked for, the oldest', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.tell(
        [],
        [],
        ['c', 'b', 'a'].map((channel) => aNotice({ noticeId: channel, channel })),
      );
      expect((await store.dueNotices(NOW_MS, 2)).map(({ noticeId }) => noticeId)).toEqual(['c', 'b']);
    });

    test('a clock that was set back by a day makes nothing wait for a day', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.tell([], [], [aNotice()]);
      await store.noticeFailed(aNotice().noticeId, NOW_MS + 5000, 'HTTP 500');
      expect(await dueIds(store, NOW_MS - 24 * HOUR_MS)).toEqual([aNotice().noticeId]);
    });

    test('old notices that are sent are let go, those that wait never', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.tell([], [], [aNotice({ noticeId: 'waiting', channel: 'phone' })]);
      const many = Array.from({ length: 202 }, (_, i) => aNotice({ noticeId: `sent ${i}` }));
      await store.tell([], [], many);
      for (const { noticeId } of many) await store.noticeSent(noticeId, NOW_MS);
      await store.tell([], [], []);
      await store.tell([], [], [aNotice({ noticeId: 'sent 0' })]); // forgotten, so it is new
      expect(await dueIds(store)).toEqual(['waiting', 'sent 0']);
    });

    test('all of it or nothing', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const broken = { ...aNotice(), kind: null as never };
      await expect(store.tell([told('a')], [], [broken])).rejects.toThrow();
      expect([await store.isFirstStart(), await store.toldAlarms()]).toEqual([true, []]);
    });
  });
}
