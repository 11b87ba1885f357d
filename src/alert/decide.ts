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

/** What becomes of one alarm in this turn. */
interface Step {
  readonly remember?: ToldAlarm;
  /** Its key. */
  readonly forget?: string;
  readonly say?: { readonly kind: Notice['kind']; readonly alarm: Alarm; readonly channels: readonly string[] };
}

/**
 * Whom to tell what. An alarm is told once it has lasted long enough, again at each reminder, and as over once it has stayed over long
 * enough, to those alone who heard that it began. What is on at the first start is remembered and not spoken of. An alarm that is gone
 * without being over (silenced, acknowledged) is forgotten.
 */
export function decide(situation: Situation): Decision {
  const { alarms, told, settings, nowMs } = situation;
  const wanted = alarms.flatMap((alarm) => asWanted(alarm, settings.rules[alarm.rule]));
  const known = new Map(told.map((one) => [one.alarm.key, one]));
  const steps: Step[] = [];
  for (const alarm of wanted) {
    if (alarm.isOver || known.has(alarm.key)) continue;
    const before = known.values().find((one) => isSameAgain(one, alarm, wanted));
    if (before !== undefined) known.delete(before.alarm.key);
    steps.push(before === undefined ? begin(alarm, situation) : beginAgain(alarm, before));
  }
  const seen = new Map(wanted.map((alarm) => [alarm.key, alarm]));
  for (const [key, before] of known) steps.push(goOn(before, seen.get(key), situation));
  return {
    told: steps.flatMap(({ remember }) => remember ?? []),
    over: steps.flatMap(({ forget }) => forget ?? []),
    notices: (['begun', 'reminder', 'over'] as const).flatMap((kind) => noticesOf(kind, steps, settings, nowMs)),
  };
}

function begin(alarm: Alarm, { settings, nowMs, isFirstStart }: Situation): Step {
  const told = { alarm, lastToldAtMs: nowMs, overSinceMs: null };
  if (isFirstStart) return { remember: { ...told, channels: [] } };
  if (!hasPassed(settings.rules[alarm.rule].afterMs, alarm.sinceMs, nowMs)) return {};
  const channels = channelsFor(alarm, settings);
  return { remember: { ...told, channels }, say: { kind: 'begun', alarm, channels } };
}

/** Nothing is said: it never ended. */
function beginAgain(alarm: Alarm, before: ToldAlarm): Step {
  return { forget: before.alarm.key, remember: { ...before, alarm: sinceTheFirst(alarm, before), overSinceMs: null } };
}

/** @param seen undefined: it is there no more */
function goOn(before: ToldAlarm, seen: Alarm | undefined, { settings, nowMs }: Situation): Step {
  const { key, rule } = before.alarm;
  const { settleMs, remindMs, isOn } = settings.rules[rule];
  const isOver = seen === undefined ? before.overSinceMs !== null : seen.isOver;
  if (!isOn || (seen === undefined && !isOver && !OWN_RULES.has(rule))) return { forget: key };
  if (seen === undefined && !isOver) return {};

  const alarm = sinceTheFirst(seen ?? before.alarm, before);
  const channels = before.channels.filter((name) => settings.channels.some((channel) => channel.name === name));
  if (isOver) {
    const overSinceMs = before.overSinceMs ?? nowMs;
    const hasSettled = channels.length === 0 || hasPassed(settleMs, overSinceMs, nowMs);
    if (hasSettled) return { forget: key, say: { kind: 'over', alarm, channels } };
    return before.overSinceMs === null ? { remember: { ...before, alarm, overSinceMs } } : {};
  }
  const on = { ...before, alarm, overSinceMs: null };
  if (remindMs !== null && channels.length > 0 && hasPassed(remindMs, before.lastToldAtMs, nowMs)) {
    return { remember: { ...on, lastToldAtMs: nowMs }, say: { kind: 'reminder', alarm, channels } };
  }
  return before.overSinceMs === null ? {} : { remember: on };
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
  steps: readonly Step[],
  { channels }: Situation['settings'],
  nowMs: number,
): readonly Notice[] {
  return channels.flatMap(({ name: channel }) => {
    const alarms = steps
      .flatMap(({ say }) => (say?.kind === kind && say.channels.includes(channel) ? [say.alarm] : []))
      .toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.sinceMs - b.sinceMs);
    if (alarms.length === 0) return [];
    const keys = alarms.map(({ key }) => key);
    return [{ noticeId: noticeId(channel, kind, nowMs, keys), channel, kind, alarms, createdAtMs: nowMs }];
  });
}
