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
const dueIds = (store: NoticeStore, nowMs = NOW_MS) => store.dueNotices(nowMs, 10).map(({ noticeId }) => noticeId);

export function describeNoticeStore(name: string, newPlace: () => Place<NoticeStore>): void {
  describe(`${name} as a notice store`, () => {
    test('is at its first start until something was told, be it nothing, also after a restart', () => {
      using place = newPlace();
      {
        using store = place.open();
        expect(store.isFirstStart()).toBe(true);
        store.tell([], [], []);
        expect(store.isFirstStart()).toBe(false);
      }
      using store = place.open();
      expect(store.isFirstStart()).toBe(false);
      expect(store.toldAlarms()).toEqual([]);
    });

    test('remembers what was told, also after a restart, until it is over', () => {
      using place = newPlace();
      {
        using store = place.open();
        store.tell([told('b'), told('a', { channels: [], overSinceMs: NOW_MS })], [], []);
      }
      using store = place.open();
      expect(store.toldAlarms()).toEqual([told('a', { channels: [], overSinceMs: NOW_MS }), told('b')]);

      store.tell([told('b', { lastToldAtMs: NOW_MS + HOUR_MS })], ['a'], []);
      expect(store.toldAlarms()).toEqual([told('b', { lastToldAtMs: NOW_MS + HOUR_MS })]);
    });

    test('a notice is due at once, whole, and until it is sent', () => {
      using place = newPlace();
      using store = place.open();
      const notice = aNotice({ alarms: [anAlarm(), anAlarm({ key: 'two', text: 'a "quoted"\u0000 word' })] });
      store.tell([], [], [notice]);
      expect(store.dueNotices(NOW_MS, 10)).toEqual([{ ...notice, tries: 0 }]);

      store.noticeSent(notice.noticeId, NOW_MS);
      expect(dueIds(store)).toEqual([]);
    });

    test('a notice under an id that was there already is the same one', () => {
      using place = newPlace();
      using store = place.open();
      store.tell([], [], [aNotice()]);
      store.noticeSent(aNotice().noticeId, NOW_MS);
      store.tell([], [], [aNotice()]);
      expect(dueIds(store)).toEqual([]);
    });

    test('one that failed is due again at its moment and not before, its tries counted, also after a restart', () => {
      using place = newPlace();
      {
        using store = place.open();
        store.tell([], [], [aNotice()]);
        store.noticeFailed(aNotice().noticeId, NOW_MS + 5000, 'HTTP 500');
      }
      using store = place.open();
      expect(dueIds(store, NOW_MS + 4999)).toEqual([]);
      expect(store.dueNotices(NOW_MS + 5000, 10)).toEqual([{ ...aNotice(), tries: 1 }]);
    });

    test('one that is given up never comes back, and the next of its channel has its turn', () => {
      using place = newPlace();
      using store = place.open();
      store.tell([], [], [aNotice({ noticeId: 'first' }), aNotice({ noticeId: 'second' })]);
      store.noticeFailed('first', null, 'HTTP 400');
      expect(dueIds(store, NOW_MS + 24 * HOUR_MS)).toEqual(['second']);
    });

    test('those of a channel keep their order: one that waits holds up those after it, and no other channel', () => {
      using place = newPlace();
      using store = place.open();
      store.tell([], [], [aNotice({ noticeId: 'first' }), aNotice({ noticeId: 'second' })]);
      store.tell([], [], [aNotice({ noticeId: 'other', channel: 'phone' })]);
      expect(dueIds(store)).toEqual(['first', 'other']);

      store.noticeFailed('first', NOW_MS + 1, 'HTTP 500');
      expect(dueIds(store)).toEqual(['other']);
    });

    test('no more than asked for, the oldest', () => {
      using place = newPlace();
      using store = place.open();
      store.tell(
        [],
        [],
        ['c', 'b', 'a'].map((channel) => aNotice({ noticeId: channel, channel })),
      );
      expect(store.dueNotices(NOW_MS, 2).map(({ noticeId }) => noticeId)).toEqual(['c', 'b']);
    });

    test('a clock that was set back by a day makes nothing wait for a day', () => {
      using place = newPlace();
      using store = place.open();
      store.tell([], [], [aNotice()]);
      store.noticeFailed(aNotice().noticeId, NOW_MS + 5000, 'HTTP 500');
      expect(dueIds(store, NOW_MS - 24 * HOUR_MS)).toEqual([aNotice().noticeId]);
    });

    test('old notices that are sent are let go, those that wait never', () => {
      using place = newPlace();
      using store = place.open();
      store.tell([], [], [aNotice({ noticeId: 'waiting', channel: 'phone' })]);
      const many = Array.from({ length: 202 }, (_, i) => aNotice({ noticeId: `sent ${i}` }));
      store.tell([], [], many);
      for (const { noticeId } of many) store.noticeSent(noticeId, NOW_MS);
      store.tell([], [], []);
      store.tell([], [], [aNotice({ noticeId: 'sent 0' })]); // forgotten, so it is new
      expect(dueIds(store)).toEqual(['waiting', 'sent 0']);
    });

    test('all of it or nothing', () => {
      using place = newPlace();
      using store = place.open();
      const broken = { ...aNotice(), kind: null as never };
      expect(() => store.tell([told('a')], [], [broken])).toThrow();
      expect([store.isFirstStart(), store.toldAlarms()]).toEqual([true, []]);
    });
  });
}
