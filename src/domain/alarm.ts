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

/** Something that is so at this moment and that somebody should know. */
export interface Alarm {
  /** The same as long as it is the same thing: an incident's id, or the name of a trouble of our own. */
  readonly key: string;
  readonly rule: AlertRule;
  readonly severity: 'info' | 'warning' | 'critical';
  /** A few words, no markup. */
  readonly title: string;
  /** What was seen, and what to do where there is something. */
  readonly text: string;
  /** Unix ms. */
  readonly sinceMs: number;
  /** True once it is over: told once, and only to those who heard that it began. */
  readonly isOver: boolean;
}
