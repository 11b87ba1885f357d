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
