import type { ProbeKind } from './probe-kind.ts';

/** A model served live by a provider, with what the catalogue said of it in this cycle. Null is unknown. */
export interface Target {
  /** `org/name` on the Hub. */
  readonly modelId: string;
  readonly provider: string;
  /** The model's id on the provider's side. */
  readonly providerModelId: string;
  readonly priceInputUsdPerMtok: number | null;
  readonly priceOutputUsdPerMtok: number | null;
  readonly claimedTtftMs: number | null;
  readonly claimedTps: number | null;
  readonly contextLength: number | null;
  readonly supportsTools: boolean | null;
  readonly supportsStructuredOutput: boolean | null;
  /** From 1, the Hub's own order; null when the model is only asked for by `MODELS`. */
  readonly trendingRank: number | null;
}

/** What the Hub said: the targets to ask, in trending order, models of `MODELS` after them. */
export interface Catalog {
  readonly fetchedAtMs: number;
  readonly source: 'api' | 'models-json';
  readonly targets: readonly Target[];
  /** Was live within seven days and is not now, although its model was looked up. A model that merely stopped trending is not here. */
  readonly delisted: readonly Target[];
}

/** One scheduled pass over the targets. */
export interface Cycle {
  readonly cycleId: string;
  /** Unix ms on the UTC grid of the interval (for `once` the moment it was asked for). */
  readonly dueAtMs: number;
}

/** One question for one target in one cycle. `skip` is set when it will not be asked. */
export interface PlannedProbe {
  readonly probeId: string;
  readonly cycle: Cycle;
  readonly target: Target;
  readonly kind: ProbeKind;
  /** Unix ms; the same for all providers of a model. */
  readonly scheduledAtMs: number;
  readonly skip: 'delisted' | 'budget' | null;
}

/** Who is asking: the same on every row of a store's life. */
export interface Identity {
  readonly writer: string;
  readonly location: string;
  readonly trackerVersion: string;
}

/** How far our own moments were from the truth in one cycle, compared with a server that told when it wrote what. */
export interface Calibration {
  readonly cycleId: string;
  readonly trackerVersion: string;
  /** Unix ms. */
  readonly finishedAtMs: number;
  /** The two clocks are aligned to within this, ms; so far each error itself may be wrong. */
  readonly clockBoundMs: number;
  readonly errors: readonly MomentError[];
}

/** The size of our errors at one kind of moment, ms. A percentile is null where there are too few samples for it. */
export interface MomentError {
  /** The column (`first_token_ms`, `chunk_at_ms`, …); `all`: every moment together. */
  readonly moment: string;
  readonly n: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number;
}

/** A sealed set of records under a name that depends on nothing else, so that pushing it twice leaves one file. */
export interface Batch {
  readonly name: string;
  readonly sealedAtMs: number;
  readonly attempts: number;
  readonly finals: number;
  /** Due times of the first and last cycle in it, Unix ms. */
  readonly firstCycleAtMs: number;
  readonly lastCycleAtMs: number;
  /** Of the shard as built; null until then. A rebuilt shard must have the same. */
  readonly sha256: string | null;
}
