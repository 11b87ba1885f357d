import type { Endpoint } from './incident.ts';

/** What may be told by an alert; `alerts.json` switches each on or off. */
export const ALERT_RULES = [
  'outage',
  'slow',
  'change',
  'different_model',
  'feature_fails',
  'account',
  'budget',
  'push',
  'backlog',
  'calibration',
] as const;
export type AlertRule = (typeof ALERT_RULES)[number];

/** From the least to the most urgent. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Something that is so at this moment and that somebody should know. */
export interface Alarm {
  /** The same as long as it is the same thing: an incident's id, or the name of a trouble of our own. */
  readonly key: string;
  readonly rule: AlertRule;
  readonly severity: Severity;
  /** A few words, no markup. */
  readonly title: string;
  /** What was seen, and what to do where there is something. */
  readonly text: string;
  /** Whom it is about; nobody where it is about ourselves. */
  readonly endpoints: readonly Endpoint[];
  /** Unix ms. */
  readonly sinceMs: number;
  /** True once it is over: told once, and only to those who heard that it began. */
  readonly isOver: boolean;
}
