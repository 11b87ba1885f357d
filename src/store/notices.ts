import type { Database } from 'bun:sqlite';
import type { Notice, NoticeStore, ToldAlarm, WaitingNotice } from '../ports.ts';
import { metaOf, setMeta } from './meta.ts';

/** No wait is longer: a moment further off was set by a clock that has been set back since. */
export const LONGEST_WAIT_MS = 3600 * 1000;
/** How many notices that are sent or given up are kept, to look at. */
export const NOTICES_KEPT = 200;

/** `told_alarms` is what is on as far as anybody was told, `notices` the outbox. `next_at_ms` is null once a notice is sent or given up. */
export function createNoticeTables(db: Database): void {
  db.run(`
    CREATE TABLE told_alarms (
      key TEXT PRIMARY KEY,
      told TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE notices (
      number INTEGER PRIMARY KEY,
      notice_id TEXT NOT NULL UNIQUE,
      channel TEXT NOT NULL,
      kind TEXT NOT NULL,
      alarms TEXT NOT NULL,
      created_at_ms INTEGER NOT NULL,
      tries INTEGER NOT NULL,
      next_at_ms INTEGER,
      last_failure TEXT,
      sent_at_ms INTEGER
    ) STRICT;
    CREATE INDEX waiting_notices ON notices (channel, number) WHERE next_at_ms IS NOT NULL;
  `);
}

export type NoticeRow = Omit<WaitingNotice, 'alarms'> & { readonly alarms: string };

export const DUE_NOTICES = `
  SELECT notice_id AS "noticeId", channel, kind, alarms, created_at_ms AS "createdAtMs", tries FROM notices
  WHERE number IN (SELECT min(number) FROM notices WHERE next_at_ms IS NOT NULL GROUP BY channel)
    AND (next_at_ms <= $nowMs OR next_at_ms > $nowMs + $longestMs)
  ORDER BY number LIMIT $limit`;

export const noticeFrom = (row: NoticeRow): WaitingNotice => ({ ...row, alarms: JSON.parse(row.alarms) });

export function createNoticeStore(db: Database): NoticeStore {
  const tell = db.transaction(
    (told: readonly ToldAlarm[], over: readonly string[], notices: readonly Notice[]): void => {
      setMeta(db, 'alerting', 'on');
      const forget = db.query('DELETE FROM told_alarms WHERE key = ?');
      for (const key of over) forget.run(key);
      const remember = db.query(
        'INSERT INTO told_alarms (key, told) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET told = excluded.told',
      );
      for (const one of told) remember.run(one.alarm.key, JSON.stringify(one));
      const put = db.query(
        `INSERT INTO notices (notice_id, channel, kind, alarms, created_at_ms, tries, next_at_ms)
         VALUES ($noticeId, $channel, $kind, $alarms, $createdAtMs, 0, $createdAtMs) ON CONFLICT (notice_id) DO NOTHING`,
      );
      for (const notice of notices) put.run({ ...notice, alarms: JSON.stringify(notice.alarms) });
      db.query('DELETE FROM notices WHERE next_at_ms IS NULL AND number <= (SELECT max(number) FROM notices) - ?').run(
        NOTICES_KEPT,
      );
    },
  );

  return {
    isFirstStart: async () => metaOf(db, 'alerting') === null,

    toldAlarms: async () =>
      db
        .query<{ told: string }, []>('SELECT told FROM told_alarms ORDER BY key')
        .all()
        .map(({ told }) => JSON.parse(told)),

    tell: async (told, over, notices) => tell.immediate(told, over, notices),

    dueNotices: async (nowMs, limit) =>
      db
        .query<NoticeRow, { nowMs: number; longestMs: number; limit: number }>(DUE_NOTICES)
        .all({ nowMs, longestMs: LONGEST_WAIT_MS, limit })
        .map(noticeFrom),

    async noticeSent(noticeId, atMs) {
      db.query('UPDATE notices SET sent_at_ms = ?, next_at_ms = NULL, tries = tries + 1 WHERE notice_id = ?').run(
        atMs,
        noticeId,
      );
    },

    async noticeFailed(noticeId, nextAtMs, reason) {
      db.query('UPDATE notices SET next_at_ms = ?, last_failure = ?, tries = tries + 1 WHERE notice_id = ?').run(
        nextAtMs,
        reason,
        noticeId,
      );
    },
  };
}
