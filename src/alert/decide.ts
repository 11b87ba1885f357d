import { type Alarm, type AlertRule, SEVERITIES } from '../domain/alarm.ts';
import { noticeId } from '../domain/ids.ts';
import type { AlertSettings, RuleSettings } from '../domain/settings.ts';
import { matchesWildcard } from '../lib/wildcard.ts';
import type { Notice, ToldAlarm } from '../ports.ts';

export interface Situation {
  /** What is on now, or just over. */
  readonly alarms: readonly Alarm[];
  /** What the store remembers. */
  readonly told: readonly ToldAlarm[];
  readonly settings: Pick<AlertSettings, 'channels' | 'rules'>;
  /** Unix ms. */
  readonly nowMs: number;
  readonly isFirstStart: boolean;
}

/** What `NoticeStore.tell` takes. */
export interface Decision {
  readonly told: readonly ToldAlarm[];
  readonly over: readonly string[];
  /** At most one for each channel and kind, all alarms of that kind in it. */
  readonly notices: readonly Notice[];
}

/** Of ourselves: nobody silences them, so one that is not heard of is unknown, and stays as it was. */
const OWN_RULES: ReadonlySet<AlertRule> = new Set(['budget', 'push', 'backlog', 'calibration']);

/**
 * Whom to tell what. An alarm is told once it has lasted long enough, again at each reminder, and as over once it has stayed over long
 * enough, to those alone who heard that it began. What is on at the first start is remembered and not spoken of. An alarm that is gone
 * without being over (silenced, acknowledged) is forgotten.
 */
export function decide({ alarms, told, settings, nowMs, isFirstStart }: Situation): Decision {
  const wanted = alarms.flatMap((alarm) => asWanted(alarm, settings.rules[alarm.rule]));
  const begun: Saying[] = [];
  const reminders: Saying[] = [];
  const ended: Saying[] = [];
  const remembered: ToldAlarm[] = [];
  const forgotten: string[] = [];

  const known = new Map(told.map((one) => [one.alarm.key, one]));
  for (const alarm of wanted) {
    if (alarm.isOver || known.has(alarm.key)) continue;
    const before = known.values().find((one) => isSameAgain(one, alarm, wanted));
    const { afterMs } = settings.rules[alarm.rule];
    if (before !== undefined) {
      forgotten.push(before.alarm.key);
      known.delete(before.alarm.key);
      remembered.push({ ...before, alarm: sinceTheFirst(alarm, before), overSinceMs: null });
    } else if (isFirstStart) {
      remembered.push({ alarm, lastToldAtMs: nowMs, channels: [], overSinceMs: null });
    } else if (hasPassed(afterMs, alarm.sinceMs, nowMs)) {
      const channels = channelsFor(alarm, settings);
      begun.push({ alarm, channels });
      remembered.push({ alarm, lastToldAtMs: nowMs, channels, overSinceMs: null });
    }
  }

  const now = new Map(wanted.map((alarm) => [alarm.key, alarm]));
  for (const [key, before] of known) {
    const { settleMs, remindMs, isOn } = settings.rules[before.alarm.rule];
    const seen = now.get(key);
    const isStillOver = seen === undefined ? before.overSinceMs !== null : seen.isOver;
    if (!isOn || (seen === undefined && !isStillOver && !OWN_RULES.has(before.alarm.rule))) {
      forgotten.push(key);
      continue;
    }
    const alarm = sinceTheFirst(seen ?? before.alarm, before);
    const channels = before.channels.filter((name) => settings.channels.some((channel) => channel.name === name));
    if (isStillOver) {
      const overSinceMs = before.overSinceMs ?? nowMs;
      if (hasPassed(settleMs, overSinceMs, nowMs) || channels.length === 0) {
        ended.push({ alarm, channels });
        forgotten.push(key);
      } else if (before.overSinceMs === null) {
        remembered.push({ ...before, alarm, overSinceMs });
      }
    } else if (seen !== undefined) {
      const isDue = remindMs !== null && hasPassed(remindMs, before.lastToldAtMs, nowMs);
      if (isDue && channels.length > 0) {
        reminders.push({ alarm, channels });
        remembered.push({ ...before, alarm, lastToldAtMs: nowMs, overSinceMs: null });
      } else if (before.overSinceMs !== null) {
        remembered.push({ ...before, alarm, overSinceMs: null });
      }
    }
  }
  return {
    told: remembered,
    over: forgotten,
    notices: [
      ...noticesOf('begun', begun, settings, nowMs),
      ...noticesOf('reminder', reminders, settings, nowMs),
      ...noticesOf('over', ended, settings, nowMs),
    ],
  };
}

interface Saying {
  readonly alarm: Alarm;
  readonly channels: readonly string[];
}

/** With the severity that the rule gives it; nothing when the rule is off or about others. */
function asWanted(alarm: Alarm, { isOn, severity, models, providers }: RuleSettings): readonly Alarm[] {
  const isAbout = ({ modelId, provider }: Alarm['endpoints'][number]) =>
    models.some((pattern) => matchesWildcard(pattern, modelId)) &&
    providers.some((pattern) => matchesWildcard(pattern, provider));
  if (!isOn || (alarm.endpoints.length > 0 && !alarm.endpoints.some(isAbout))) return [];
  return [{ ...alarm, severity: severity ?? alarm.severity }];
}

/** Troubles of our own do not know when they began, and what flaps began with the first. */
const sinceTheFirst = (alarm: Alarm, before: ToldAlarm): Alarm => ({
  ...alarm,
  sinceMs: Math.min(alarm.sinceMs, before.alarm.sinceMs),
});

/** It was about to be told as over, and begins again under another key. */
function isSameAgain({ alarm: before, overSinceMs }: ToldAlarm, alarm: Alarm, wanted: readonly Alarm[]): boolean {
  if (before.rule !== alarm.rule || before.title !== alarm.title || before.key === alarm.key) return false;
  return overSinceMs !== null || wanted.some(({ key, isOver }) => key === before.key && isOver);
}

function channelsFor({ rule, severity }: Alarm, { channels, rules }: Situation['settings']): readonly string[] {
  const urgency = SEVERITIES.indexOf(severity);
  return channels
    .filter(({ name, minSeverity }) => {
      return urgency >= SEVERITIES.indexOf(minSeverity) && (rules[rule].channels?.includes(name) ?? true);
    })
    .map(({ name }) => name);
}

/** A clock that was set back has passed it too: better once too often than never. */
const hasPassed = (ms: number, sinceMs: number, nowMs: number) => Math.abs(nowMs - sinceMs) >= ms;

function noticesOf(
  kind: Notice['kind'],
  sayings: readonly Saying[],
  { channels }: Situation['settings'],
  nowMs: number,
): readonly Notice[] {
  return channels.flatMap(({ name: channel }) => {
    const alarms = sayings
      .filter((saying) => saying.channels.includes(channel))
      .map(({ alarm }) => alarm)
      .toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.sinceMs - b.sinceMs);
    if (alarms.length === 0) return [];
    const keys = alarms.map(({ key }) => key);
    return [{ noticeId: noticeId(channel, kind, nowMs, keys), channel, kind, alarms, createdAtMs: nowMs }];
  });
}
