/** How an endpoint is at one moment, besides what its provider is always like. */
export interface Conditions {
  /** Every request meets a 503. */
  readonly isDown: boolean;
  /** First tokens take this many times as long. */
  readonly slowdown: number;
  /** Another model answers under the same name. */
  readonly isSwapped: boolean;
}

export const USUAL: Conditions = { isDown: false, slowdown: 1, isSwapped: false };
