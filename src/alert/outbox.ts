import { type Backoff, backoffMs } from '../lib/backoff.ts';
import type { Clock, Log, NoticeStore, WaitingNotice } from '../ports.ts';
import type { Receipt } from './call.ts';
import type { Channel } from './channels.ts';

export interface OutboxParts {
  readonly channels: readonly Channel[];
  readonly store: Pick<NoticeStore, 'dueNotices' | 'noticeSent' | 'noticeFailed'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly random?: () => number;
}

/** Sends what waits, beside everything else. Disposing it lets what is under way end, for a short while. */
export interface Outbox extends AsyncDisposable {
  /** There is something new. */
  wake(): void;
}

/** How often it looks by itself. */
const LOOK_MS = 5_000;
const BACKOFF: Backoff = { baseMs: 5_000, capMs: 15 * 60_000 };
const LONGEST_WAIT_MS = 3600 * 1000;
/** From the moment it was written; then the alarm is history. */
export const GIVE_UP_MS = 24 * 3600 * 1000;
/** What is under way gets this long at the end. */
const LAST_MS = 3_000;
const QUIET_MS = 3600 * 1000;
const REST_MS = 60_000;
/** The same message would be refused again; after 410 the other side wants none (Standard Webhooks). */
const FINAL = new Set([400, 410, 413, 422]);

/**
 * Sends each notice at least once, those of a channel one after the other; a channel that is slow or fails holds up no other. What is not
 * taken is tried again with growing waits, or when it is asked to be, for a day. A notice that was sent, and could not be marked, is only marked.
 */
export function startOutbox({ channels, store, clock, log, random = Math.random }: OutboxParts): Outbox {
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  const underWay = new Map<string, Promise<void>>();
  const sentUnmarked = new Set<string>();
  const restingUntilMs = new Map<string, number>();
  const stopping = new AbortController();
  const sending = new AbortController();
  let nap = new AbortController();
  let quietUntilMs = Number.NEGATIVE_INFINITY;

  function wake(): void {
    nap.abort();
  }

  async function look(): Promise<void> {
    while (!stopping.signal.aborted) {
      nap = new AbortController();
      await onDisk(startDue);
      await clock.sleep(LOOK_MS, nap.signal).catch(() => {}); // woken
    }
  }

  async function startDue(): Promise<void> {
    const busy = new Set(underWay.keys()); // before the reading, which may still know as due what is sent meanwhile
    for (const notice of await store.dueNotices(clock.nowMs(), channels.length + 10)) {
      if (busy.has(notice.channel) || clock.monotonicMs() < (restingUntilMs.get(notice.channel) ?? 0)) continue;
      const done = deliver(notice).finally(() => {
        underWay.delete(notice.channel);
        wake();
      });
      underWay.set(notice.channel, done);
    }
  }

  async function deliver(notice: WaitingNotice): Promise<void> {
    const { noticeId, channel: name } = notice;
    const channel = byName.get(name);
    if (channel === undefined) return giveUp(notice, 'its channel is no longer in alerts.json');
    if (!sentUnmarked.has(noticeId)) {
      const receipt = await channel.send(notice, sending.signal).catch((error): Receipt | null => {
        if (sending.signal.aborted) return null;
        log.error(
          { channel: name, error: String(error) },
          'a fault of the tracker itself: an alert could not be built',
        );
        return { ok: false, status: null, message: 'it could not be built', retryAfterMs: null };
      });
      if (receipt === null) return; // it stays in the outbox
      if (!receipt.ok) return failed(notice, receipt);
      sentUnmarked.add(noticeId);
      log.info({ channel: name, kind: notice.kind, alarms: notice.alarms.length }, 'alert sent');
    }
    await onDisk(async () => {
      await store.noticeSent(noticeId, clock.nowMs());
      sentUnmarked.delete(noticeId);
    }, name);
  }

  async function failed(
    notice: WaitingNotice,
    { status, message, retryAfterMs }: Extract<Receipt, { ok: false }>,
  ): Promise<void> {
    const { noticeId, channel, createdAtMs } = notice;
    const tries = notice.tries + 1;
    const waitMs = Math.min(Math.max(retryAfterMs ?? 0, backoffMs(tries, BACKOFF, random)), LONGEST_WAIT_MS);
    if ((status !== null && FINAL.has(status)) || clock.nowMs() + waitMs - createdAtMs > GIVE_UP_MS) {
      return giveUp(notice, message);
    }
    const facts = { channel, reason: message, tries, seconds: Math.round(waitMs / 1000) };
    log[tries === 1 ? 'warn' : 'debug'](facts, 'an alert was not taken; it is tried again');
    await onDisk(() => store.noticeFailed(noticeId, Math.ceil(clock.nowMs() + waitMs), message), channel);
  }

  async function giveUp({ noticeId, channel, kind, alarms }: WaitingNotice, reason: string): Promise<void> {
    const facts = { channel, kind, alarms: alarms.length, reason };
    log.error(facts, 'an alert is given up; `alert test` shows what the channel says');
    await onDisk(() => store.noticeFailed(noticeId, null, reason), channel);
  }

  /** A store that refuses is asked again later, and spoken of once an hour; meanwhile the channel rests, so that it gets nothing over and over. */
  async function onDisk(work: () => Promise<void>, channel?: string): Promise<void> {
    try {
      await work();
    } catch (error) {
      const nowMs = clock.monotonicMs();
      if (channel !== undefined) restingUntilMs.set(channel, nowMs + REST_MS);
      if (nowMs < quietUntilMs) return;
      quietUntilMs = nowMs + QUIET_MS;
      log.warn({ error: String(error) }, 'alerts wait: the store cannot be read or written');
    }
  }

  const looking = look();
  return {
    wake,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      wake();
      await looking;
      const ended = new AbortController();
      clock.sleep(LAST_MS, ended.signal).then(
        () => sending.abort(),
        () => undefined, // they ended in time
      );
      await Promise.all(underWay.values());
      ended.abort();
    },
  };
}
