import { type Channel, createChannel } from './alert/channels.ts';
import { decide } from './alert/decide.ts';
import { startOutbox } from './alert/outbox.ts';
import type { Config } from './config.ts';
import type { Alarm } from './domain/alarm.ts';
import type { Fetch } from './lib/http.ts';
import { createRedactor, type Redact } from './lib/redact.ts';
import { visible } from './lib/visible.ts';
import type { Clock, Log, NoticeStore } from './ports.ts';

export interface AlertingParts {
  readonly config: Pick<Config, 'alerts' | 'secrets' | 'alertSecrets'>;
  readonly store: NoticeStore;
  readonly fetch: Fetch;
  readonly redact: Redact;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tells people what they should know. Nothing that happens to it concerns the cycle beside it. */
export interface Alerting extends AsyncDisposable {
  /**
   * Looks at what is on now and what is just over, and puts what is to be told into the outbox, which sends by itself. One turn after the
   * other: two at once would tell the same twice.
   */
  turn(alarms: readonly Alarm[]): Promise<void>;
}

/** More of a text reaches nobody. */
const LONGEST_TITLE = 300;
const LONGEST_TEXT = 2000;

/** What an earlier run left in the outbox is sent too. */
export function createAlerting({ config, store, fetch, redact, clock, log }: AlertingParts): Alerting {
  const { alerts } = config;
  if (alerts.channels.length === 0) {
    log.info({}, 'no alerts: there is no alerts.json with a channel (alerts.example.json shows one)');
    return { async turn() {}, async [Symbol.asyncDispose]() {} };
  }
  const outbox = startOutbox({ channels: createChannels(config, { fetch, clock }), store, clock, log });
  return {
    async turn(alarms) {
      try {
        const isFirstStart = await store.isFirstStart();
        const situation = { alarms: alarms.map(harmless), told: await store.toldAlarms(), settings: alerts };
        const { told, over, notices } = decide({ ...situation, nowMs: clock.nowMs(), isFirstStart });
        if (!isFirstStart && told.length + over.length === 0) return;
        await store.tell(told, over, notices);
        if (notices.length > 0) outbox.wake();
      } catch (error) {
        log.error({ error: String(error) }, 'alerts could not be decided or stored; the next turn tries again');
      }
    },
    [Symbol.asyncDispose]: () => outbox[Symbol.asyncDispose](),
  };

  /** Providers and models wrote parts of it. */
  function harmless(alarm: Alarm): Alarm {
    const clean = (text: string, longest: number) => visible(redact(text).slice(0, longest).toWellFormed());
    return { ...alarm, title: clean(alarm.title, LONGEST_TITLE), text: clean(alarm.text, LONGEST_TEXT) };
  }
}

/** Everybody of `alerts.json`. What they answer is shown without any secret of theirs or ours. */
export function createChannels(
  { alerts, secrets, alertSecrets }: Pick<Config, 'alerts' | 'secrets' | 'alertSecrets'>,
  { fetch, clock }: { readonly fetch: Fetch; readonly clock: Pick<Clock, 'nowMs'> },
): readonly Channel[] {
  const redact = createRedactor([...secrets, ...alertSecrets]);
  return alerts.channels.map((settings) => createChannel(settings, { fetch, redact, nowMs: () => clock.nowMs() }));
}
