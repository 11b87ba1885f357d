import type { Alarm } from '../domain/alarm.ts';
import type { OwnLimits } from '../domain/settings.ts';
import type { Health } from '../ports.ts';

type Trouble = Pick<Alarm, 'severity' | 'title' | 'text'> & {
  readonly key: 'budget' | 'push' | 'backlog' | 'calibration';
  /** Null: unknown, or in between; then it stays as it was. */
  readonly isOn: boolean | null;
  readonly sinceMs?: number;
};

/**
 * What is wrong with ourselves, and what is not: an alarm that is over for each trouble that we know we have not. Trouble with our account
 * comes as an incident.
 *
 * @param nowMs Unix ms; what began before and was not seen begins now
 */
export function ownTroubles(health: Health, limits: OwnLimits, nowMs: number): readonly Alarm[] {
  const troubles = [
    budgetSpent(health, limits),
    pushFailing(health, limits),
    backlogOld(health, limits, nowMs),
    calibrationOff(health, limits),
  ];
  return troubles.flatMap(({ key, isOn, sinceMs = nowMs, severity, title, text }) =>
    isOn === null ? [] : [{ key, rule: key, severity, title, text, endpoints: [], sinceMs, isOver: !isOn }],
  );
}

function budgetSpent({ spentUsdToday, budgetUsdPerDay }: Health, { budgetShare }: OwnLimits): Trouble {
  const share = budgetUsdPerDay ? spentUsdToday / budgetUsdPerDay : null; // a budget of 0 asks nothing, as somebody wished
  const spent = `$${spentUsdToday.toFixed(2)} of $${(budgetUsdPerDay ?? 0).toFixed(2)} are spent today (UTC)`;
  const isOn = share !== null && share >= budgetShare;
  return {
    key: 'budget',
    isOn: share === null ? null : isOn,
    severity: 'warning',
    title: 'The budget of the day is spent',
    text: isOn ? `${spent}; cycles are left out until midnight UTC. BUDGET_USD_PER_DAY bounds it.` : `${spent}.`,
  };
}

function pushFailing({ pushFailures }: Health, limits: OwnLimits): Trouble {
  const isFailing = pushFailures !== null && pushFailures >= limits.pushFailures;
  return {
    key: 'push',
    isOn: isFailing ? true : pushFailures === 0 ? false : null,
    severity: 'critical',
    title: 'Pushing to the dataset fails',
    text: isFailing
      ? `${pushFailures} pushes in a row have failed. Nothing is lost; the log says why, and so does the command doctor.`
      : 'The last push went through.',
  };
}

function backlogOld({ backlog }: Health, limits: OwnLimits, nowMs: number): Trouble {
  const oldestAtMs = backlog?.oldestAtMs ?? null;
  const ageMs = oldestAtMs === null ? 0 : nowMs - oldestAtMs;
  const isOld = ageMs > limits.backlogMs;
  const hours = Math.floor(ageMs / 3_600_000);
  return {
    key: 'backlog',
    isOn: backlog === null ? null : isOld,
    ...(isOld && oldestAtMs !== null && { sinceMs: oldestAtMs + limits.backlogMs }),
    severity: 'critical',
    title: 'Records wait too long to be pushed',
    text: isOld
      ? `${backlog?.records} records are not in the dataset, the oldest for ${hours} h. The store keeps them; the log says why pushes fail.`
      : 'The dataset is up to date.',
  };
}

function calibrationOff({ instrumentErrorP99Ms: errorMs }: Health, { calibrationMs }: OwnLimits): Trouble {
  const shown = errorMs?.toFixed(1);
  const isOff = errorMs !== null && errorMs > calibrationMs;
  return {
    key: 'calibration',
    isOn: errorMs === null ? null : isOff,
    severity: 'warning',
    title: 'Our own moments come late',
    text: isOff
      ? `The instrument was off by ${shown} ms (p99), more than ${calibrationMs} ms: this machine is too busy, give it less to do.`
      : `The instrument is off by ${shown} ms (p99), within ${calibrationMs} ms.`,
  };
}
