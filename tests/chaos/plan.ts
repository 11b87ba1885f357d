/** Where in the life of a daemon it is killed; each is a call at the edge of the program. */
export const STEPS = [
  /** A table or index is made. */
  'migrate',
  /** An attempt is inserted, inside its transaction. */
  'append',
  /** Any transaction is committed. */
  'commit',
  /** While SQLite writes and syncs a commit: a second thread kills. */
  'fsync',
  /** A batch gets its row. */
  'seal',
  /** The hash of a shard, just built, is kept. */
  'build',
  /** The bytes of a shard go to the Hub's storage. */
  'put',
  /** The commit is asked of the Hub, and its answer is there. */
  'answer',
  /** A batch is marked as pushed. */
  'mark',
  /** Raw rows are deleted. */
  'prune',
  /** The CSV buffer is truncated or appended to; also half of what was to be written. */
  'buffer rewrite',
  /** A file takes another's place. */
  'rename',
  /** At any moment since the process began, by its parent. */
  'random',
] as const;

export type Step = (typeof STEPS)[number];

export interface KillPoint {
  readonly step: Exclude<Step, 'random'>;
  readonly when: 'before' | 'within' | 'after';
  /** The how manieth time that this is reached, from 1. */
  readonly nth: number;
  /** For `within` a commit or a request: µs after it began. */
  readonly delayUs: number;
}

/** What a child is told, as JSON in `CHAOS`. */
export interface ChildPlan {
  readonly kill: KillPoint | null;
  /** Unix ms that its wall clock shows at first. */
  readonly startAtMs: number;
  /** Somebody sets its wall clock back once that many cycles have ended; null: nobody does. */
  readonly setBack: { readonly afterCycles: number; readonly byMs: number } | null;
  /** Ends by itself after so many cycles. */
  readonly maxCycles: number;
  readonly sabotage: Sabotage | null;
}

/** A daemon spoilt on purpose, to show that the check can fail: batches marked before they are pushed, or names drawn anew at each try. */
export const SABOTAGES = ['mark-first', 'random-names'] as const;
export type Sabotage = (typeof SABOTAGES)[number];
