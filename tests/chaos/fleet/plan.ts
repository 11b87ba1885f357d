/** What a process of the fleet is told, as JSON in `CHAOS`. */
export interface MemberPlan {
  /** How far its clock is ahead of the world's. */
  readonly aheadMs: number;
  readonly control: Control | null;
}

/**
 * A fleet spoilt on purpose, to show that the check can fail: no limit per provider, results stored without a look at the lease, an outbox that
 * forgets, or a leader that ends cycles early.
 */
export const CONTROLS = ['no-limit', 'no-fence', 'no-outbox', 'no-end'] as const;
export type Control = (typeof CONTROLS)[number];

export const INTERVAL_MS = 10_000;
/** Of one worker. */
export const SLOTS = 4;
/** Of each provider, over both places. */
export const PER_PROVIDER = 2;
/** Short, so that what takes minutes in earnest takes seconds here. */
export const TIMES = {
  worker: { leaseMs: 2500, announceMs: 1000, rememberMs: 2000, awayMs: 4000 },
  leader: { lookBackMs: 2000, goneMs: 5000 },
};
