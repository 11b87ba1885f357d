import type { HubFailureKind } from './hub-failure.ts';

/** What reached the dataset, whatever came after it. */
export interface Pushed {
  /** URLs of the commits made. Empty where an earlier commit, whose answer was lost, had brought everything. */
  readonly commits: readonly string[];
  readonly attempts: number;
  readonly finals: number;
}

export type PushResult =
  | ({ readonly kind: 'pushed' } & Pushed)
  | { readonly kind: 'nothing' }
  /** The rest is kept and goes with the next push. */
  | ({
      readonly kind: 'failed';
      readonly failure: HubFailureKind;
      readonly message: string;
      /** How long the Hub asks us to wait; null when it does not say. */
      readonly retryAfterMs: number | null;
    } & Pushed)
  /** What we would write is not what is there, or not what we built before: nothing was overwritten, a person must look. */
  | ({ readonly kind: 'alarm'; readonly message: string } & Pushed);
