import type { Endpoint } from './incident.ts';
import type { ErrorClass, Outcome } from './outcome.ts';
import type { Interval } from './statistics.ts';

/** What a verdict rests on. `rule` is the heading in spec.md that defines it. */
interface Basis {
  readonly rule: string;
  readonly n: number;
  /** Unix ms; the window that was looked at, by due time. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** A share with what it rests on. `rate` and `interval` (95 %) are null where there is nothing to divide. */
export interface Rate {
  readonly successes: number;
  readonly trials: number;
  readonly rate: number | null;
  readonly interval: Interval | null;
}

/** How reliable one target was in a window. */
export interface Availability extends Basis {
  /** ok / (ok + target_error) over first attempts of standard probes. */
  readonly firstTry: Rate;
  /** The same over final attempts: what a client that retries sees. */
  readonly afterRetries: Rate;
  /** First attempts, rate limits counted against. */
  readonly strict: Rate;
  /** Probes sent / probes due; what was delisted or left out for the budget was due. */
  readonly coverage: Rate;
  /** First attempts, and probes that were not sent. */
  readonly byOutcome: Readonly<Record<Outcome, number>>;
  /** First attempts that were not ok, most frequent first. */
  readonly byClass: readonly { readonly errorClass: ErrorClass; readonly count: number }[];
}

/** Nearest-rank percentiles of good replies; null where n does not allow one (p10 and p90 from 20, p50 from 5, p95 from 40, p99 from 200). */
export interface Spread {
  readonly n: number;
  readonly p10: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export const STATES = [
  'healthy',
  'slow',
  'down',
  'limited',
  'our_account',
  'refuses_us',
  'delisted',
  'no_data',
] as const;
export type State = (typeof STATES)[number];

/** How one target is now. */
export interface StateVerdict extends Basis {
  readonly state: State;
  /** Due time of the first sample of the run that shows it; null: unknown. */
  readonly beganAtMs: number | null;
  /** `matching` of the last `n` samples say so. */
  readonly matching: number;
  /** First token now over its usual at this hour; null where either is unknown. */
  readonly slowdown: number | null;
  /** Due time of the last sample, or null. */
  readonly lastAtMs: number | null;
}

/** Attempts of the last cycles that answered, failed by the target's or the router's fault, or met something else. */
export interface Check {
  readonly ok: number;
  readonly failed: number;
  readonly other: number;
}

export const FINDINGS = [
  'answers',
  'down',
  'provider_down',
  'model_down',
  'router_down',
  'limited',
  'our_account',
  'refuses_us',
  'offline',
  'down_from_here',
  'down_elsewhere',
  'mixed',
  'too_early',
] as const;
export type Finding = (typeof FINDINGS)[number];

/** What another place sees of the same endpoint in the last intervals. */
export interface Elsewhere {
  readonly location: string;
  readonly endpoint: Check;
  readonly finding: Finding;
}

/** Is it down, or is it me? Four checks, and what they amount to; `down_from_here` and `down_elsewhere` are told by places that differ. */
export interface FourChecks extends Basis {
  /** From where it was looked. */
  readonly location: string;
  readonly endpoint: Check;
  readonly providersOtherModels: Check;
  readonly modelElsewhere: Check;
  /** Attempts from here at any target: `failed` are those in which our own control requests failed too, or we did. */
  readonly control: Check;
  /** The other places that looked, by name. */
  readonly elsewhere: readonly Elsewhere[];
  readonly finding: Finding;
  /** One sentence or two. */
  readonly says: string;
}

/** Lengths, counts, money and rates that verdicts compare; of all but `decodeTps` and `availability` less is better. */
export const METRICS = [
  'ttftMs',
  'ttfatMs',
  'tpotMs',
  'e2eMs',
  'costUsd',
  'completionTokens',
  'priceUsdPerMtok',
  'availability',
] as const;
export type Metric = (typeof METRICS)[number];

/** How many times as much `b` takes as `a`, paired by cycle: 1.2 is 20 % more. Interval 95 %. */
export interface PairedRatio {
  readonly pairs: number;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** Two targets of one model by one metric. */
export interface Comparison extends Basis {
  readonly metric: Metric;
  readonly a: Endpoint;
  readonly b: Endpoint;
  /** Null: too few cycles in which both answered. */
  readonly ratio: PairedRatio | null;
  /** b − a over the same pairs (Hodges–Lehmann's pseudo-median; of availability the difference of the shares), with its interval, in the metric's unit. */
  readonly difference: { readonly median: number; readonly low: number; readonly high: number } | null;
  /** Who is better beyond noise; null: nobody. */
  readonly better: 'a' | 'b' | null;
}

/** One endpoint by one metric, as two places see it. */
export interface PlaceComparison extends Omit<Comparison, 'a' | 'b'>, Endpoint {
  readonly a: string;
  readonly b: string;
}

/** A provider's place among those of one model. Equal bounds are a place of its own; otherwise it is shared: "3–5". */
export interface Ranked {
  readonly provider: string;
  readonly from: number;
  readonly to: number;
  /** Against the first in the list; null for itself, or where too few cycles have both. */
  readonly behindFirst: PairedRatio | null;
}

/** The level of a series changed, and stayed changed. */
export interface ChangePoint {
  readonly metric: Metric;
  /** Unix ms: the first sample at the new level. */
  readonly atMs: number;
  /** New level over old: 1.43 is 43 % more. Interval 95 %. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** Samples before (back to the change before it) and since (up to the next one). */
  readonly before: number;
  readonly since: number;
}

export const FEATURES = ['tool_call', 'json_schema', 'system_prompt', 'stop', 'seed', 'cache'] as const;
export type Feature = (typeof FEATURES)[number];

/** Whether a feature does what is said of it. */
export interface FeatureVerdict extends Basis {
  readonly feature: Feature;
  /** What the catalogue says; null: it says nothing, or has no word for this feature. */
  readonly advertised: boolean | null;
  readonly verdict: 'works' | 'sometimes' | 'fails' | 'not_offered' | 'unknown';
  readonly works: number;
}

export const FLAG_KINDS = [
  'prompt_tokens',
  'answers',
  'answer_length',
  'response_model',
  'fingerprint',
  'chunking',
  'truncation',
  'repetition',
] as const;
export type FlagKind = (typeof FLAG_KINDS)[number];

/** Something seen that another model, or another set-up of it, would explain. It says what was seen and no more. */
export interface ModelFlag extends Basis {
  readonly kind: FlagKind;
  /** One sentence with the figures in it. */
  readonly says: string;
  /** When it began, where it is a change; otherwise null. */
  readonly atMs: number | null;
  /** `strong` flags are told as an incident; `weak` ones are shown. */
  readonly weight: 'strong' | 'weak';
}

/** The router's published figure against ours, paired in time. */
export interface ClaimAudit extends Basis {
  readonly claim: 'ttft' | 'tps';
  /** Ours over theirs, Hodges–Lehmann over the pairs: 1.3 in `ttft` is 30 % slower than claimed. Null with fewer than 12 pairs. */
  readonly ratio: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** How well the router's own choice does for a model, by what its figures say at each cycle. */
export interface PolicyAudit extends Basis {
  readonly policy: 'fastest' | 'cheapest';
  /** Cycles in which it picked the best, or one as good within 5 %. */
  readonly pickedBest: Rate;
  /** How much more its pick took than the best, over cycles: ms of the whole reply, or USD of a reply. Null: unknown. */
  readonly regretMedian: number | null;
  readonly regretMean: number | null;
  readonly unit: 'ms' | 'usd';
}

export const GOALS = ['balanced', 'fastest_start', 'fastest_output', 'cheapest', 'most_reliable'] as const;
export type Goal = (typeof GOALS)[number];

/** What a provider must offer to be recommended. */
export interface Needs {
  readonly tools: boolean;
  readonly structuredOutput: boolean;
  /** Tokens; null: any. */
  readonly contextLength: number | null;
}

export const NO_NEEDS: Needs = { tools: false, structuredOutput: false, contextLength: null };

/** Whom to use for a model. `provider` null: nobody can be recommended, and `reasons` says why. */
export interface Recommendation extends Basis {
  readonly goal: Goal;
  readonly provider: string | null;
  /** Short sentences, the weightiest first. */
  readonly reasons: readonly string[];
  readonly runnerUp: string | null;
  /** Those who cannot be told from the first within noise, itself left out. */
  readonly asGood: readonly string[];
  readonly avoid: readonly { readonly provider: string; readonly why: string }[];
  /** Everybody who meets the needs, best first; `from`–`to` is a shared place. */
  readonly order: readonly {
    readonly provider: string;
    readonly from: number;
    readonly to: number;
    readonly score: number;
  }[];
}

/** Everything known of one target in a window. */
export interface EndpointVerdict extends Endpoint {
  readonly providerModelId: string | null;
  readonly location: string;
  readonly state: StateVerdict;
  readonly availability: Availability;
  readonly ttftMs: Spread;
  readonly ttfatMs: Spread;
  readonly tpotMs: Spread;
  readonly decodeTps: Spread;
  readonly e2eMs: Spread;
  readonly completionTokens: Spread;
  readonly costUsd: Spread;
  readonly correct: Rate;
  readonly priceInputUsdPerMtok: number | null;
  readonly priceOutputUsdPerMtok: number | null;
  readonly contextLength: number | null;
  readonly features: readonly FeatureVerdict[];
  readonly flags: readonly ModelFlag[];
  readonly changes: readonly ChangePoint[];
  readonly claims: readonly ClaimAudit[];
}

/** Everything known of one model in a window. */
export interface ModelVerdict {
  readonly modelId: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** By provider, in alphabetical order. */
  readonly endpoints: readonly EndpointVerdict[];
  readonly ranks: Readonly<Record<'ttftMs' | 'tpotMs' | 'e2eMs', readonly Ranked[]>>;
  readonly recommendations: readonly Recommendation[];
  readonly policies: readonly PolicyAudit[];
}
