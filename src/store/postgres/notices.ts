import type { NoticeStore } from '../../ports.ts';
import { DUE_NOTICES, LONGEST_WAIT_MS, NOTICES_KEPT, type NoticeRow, noticeFrom } from '../notices.ts';
import type { Client } from './client.ts';
import { metaOf, setMeta } from './meta.ts';
import { named } from './named.ts';
import { storableText } from './texts.ts';

export function createNoticeStore(client: Client): NoticeStore {
  return {
    isFirstStart: async () => (await metaOf(client, 'alerting')) === null,

    async toldAlarms() {
      const rows = await client.all<{ told: string }>('SELECT told FROM told_alarms ORDER BY key COLLATE "C"');
      return rows.map(({ told }) => JSON.parse(told));
    },

    async tell(told, over, notices) {
      const byKey = new Map(told.map((one) => [storableText(one.alarm.key), JSON.stringify(one)]));
      await client.transaction(async (db) => {
        await setMeta(db, 'alerting', 'on');
        await db.run('DELETE FROM told_alarms WHERE key = ANY($1::text[])', over);
        await db.run(
          `INSERT INTO told_alarms (key, told) SELECT * FROM unnest($1::text[], $2::text[])
           ON CONFLICT (key) DO UPDATE SET told = excluded.told`,
          [...byKey.keys()],
          [...byKey.values()],
        );
        await db.run(
          `INSERT INTO notices (notice_id, channel, kind, alarms, created_at_ms, tries, next_at_ms)
           SELECT notice_id, channel, kind, alarms, created_at_ms, 0, created_at_ms
           FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
             WITH ORDINALITY AS given (notice_id, channel, kind, alarms, created_at_ms, place) ORDER BY place
           ON CONFLICT (notice_id) DO NOTHING`,
          notices.map(({ noticeId }) => noticeId),
          notices.map(({ channel }) => channel),
          notices.map(({ kind }) => kind),
          notices.map(({ alarms }) => JSON.stringify(alarms)),
          notices.map(({ createdAtMs }) => createdAtMs),
        );
        await db.run(
          'DELETE FROM notices WHERE next_at_ms IS NULL AND number <= (SELECT max(number) FROM notices) - $1',
          NOTICES_KEPT,
        );
      });
    },

    dueNotices: async (nowMs, limit) =>
      (await client.all<NoticeRow>(...named(DUE_NOTICES, { nowMs, longestMs: LONGEST_WAIT_MS, limit }))).map(
        noticeFrom,
      ),

    async noticeSent(noticeId, atMs) {
      await client.run(
        'UPDATE notices SET sent_at_ms = $1, next_at_ms = NULL, tries = tries + 1 WHERE notice_id = $2',
        atMs,
        noticeId,
      );
    },

    async noticeFailed(noticeId, nextAtMs, reason) {
      await client.run(
        'UPDATE notices SET next_at_ms = $1, last_failure = $2, tries = tries + 1 WHERE notice_id = $3',
        nextAtMs,
        reason,
        noticeId,
      );
    },
  };
}
