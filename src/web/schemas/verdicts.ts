import { z } from 'zod';
import { OUTCOMES } from '../../domain/outcome.ts';
import { FEATURES, FINDINGS, FLAG_KINDS, GOALS, METRICS, STATES } from '../../domain/verdict.ts';
import { snake } from '../data-names.ts';
import { BASIS, Count, Interval, MaybeMoment, MaybeNumber, MaybeText, Moment, named, Text } from './schema.ts';

const METRIC_NAMES = METRICS.map(snake);

const Rate = named('Rate', 'A share, with what it rests on. Null where there is nothing to divide.', {
  successes: Count,
  trials: Count,
  rate: MaybeNumber,
  interval: Interval.nullable(),
});

const Spread = named('Spread', 'Nearest-rank percentiles of good replies; null where n does not allow one.', {
  n: Count,
  p10: MaybeNumber,
  p50: MaybeNumber,
  p90: MaybeNumber,
  p95: MaybeNumber,
  p99: MaybeNumber,
});

const Availability = named('Availability', 'How reliable a target was in a window.', {
  ...BASIS,
  first_try: Rate.describe('ok / (ok + target_error) over first attempts of standard probes.'),
  after_retries: Rate.describe('The same over final attempts.'),
  strict: Rate.describe('First attempts, rate limits counted against.'),
  coverage: Rate.describe('Probes sent / probes due.'),
  by_outcome: z.object(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, Count]))),
  by_class: z.array(z.object({ error_class: Text, count: Count })),
});

const State = named('State', 'How a target is now: `matching` of its last `n` samples say so.', {
  ...BASIS,
  state: z.enum(STATES),
  began_at: MaybeMoment,
  matching: Count,
  slowdown: MaybeNumber.describe('First token now over its usual at this hour.'),
  last_at: MaybeMoment,
});

const PairedRatio = named('PairedRatio', 'How many times as much one takes as the other, paired by cycle.', {
  pairs: Count,
  ratio: z.number(),
  low: z.number(),
  high: z.number(),
});

const EndpointName = named('EndpointName', 'One model at one provider.', { model_id: Text, provider: Text });

const Check = named(
  'Check',
  'Attempts of the last three intervals: answered, failed by the target or the router, or something else.',
  {
    ok: Count,
    failed: Count,
    other: Count,
  },
);

export const FourChecks = named('FourChecks', 'Is it down, or is it us? Four checks, and what they amount to.', {
  ...BASIS,
  endpoint: Check,
  providers_other_models: Check,
  model_elsewhere: Check,
  control: Check.describe('Attempts from here at any target; failed: our own control requests failed too.'),
  location: Text.describe('From where it was looked.'),
  elsewhere: z
    .array(z.object({ location: Text, endpoint: Check, finding: z.enum(FINDINGS) }))
    .describe('What the other places see that looked lately.'),
  finding: z.enum(FINDINGS),
  says: Text,
});

export const Comparison = named('Comparison', 'Two providers of one model by one metric.', {
  ...BASIS,
  metric: z.enum(METRIC_NAMES),
  a: EndpointName,
  b: EndpointName,
  ratio: PairedRatio.nullable().describe('b over a; null: too few cycles in which both answered.'),
  difference: z
    .object({ median: z.number(), low: z.number(), high: z.number() })
    .nullable()
    .describe("b − a in the metric's unit."),
  better: z.enum(['a', 'b']).nullable().describe('Who is better beyond noise; null: nobody.'),
});

export const PlaceComparison = named('PlaceComparison', 'One endpoint by one metric, as two places see it.', {
  ...Comparison.shape,
  model_id: Text,
  provider: Text,
  a: Text.describe('A place.'),
  b: Text.describe('Another place.'),
});

const Ranked = named('Ranked', 'A place, shared from–to where providers cannot be told apart.', {
  provider: Text,
  from: Count,
  to: Count,
  behind_first: PairedRatio.nullable(),
});

const ChangePoint = named('ChangePoint', 'The level of a series changed, and stayed changed.', {
  metric: z.enum(METRIC_NAMES),
  at: Moment,
  ratio: z.number().describe('New level over old.'),
  low: z.number(),
  high: z.number(),
  before: Count,
  since: Count,
});

const FeatureVerdict = named('FeatureVerdict', 'Whether a feature does what is said of it.', {
  ...BASIS,
  feature: z.enum(FEATURES),
  advertised: z.boolean().nullable(),
  verdict: z.enum(['works', 'sometimes', 'fails', 'not_offered', 'unknown']),
  works: Count,
});

const ModelFlag = named('ModelFlag', 'Something seen that another model, or another set-up of it, would explain.', {
  ...BASIS,
  kind: z.enum(FLAG_KINDS),
  says: Text,
  at: MaybeMoment,
  weight: z.enum(['strong', 'weak']),
});

export const ClaimAudit = named('ClaimAudit', "The router's published figure against ours, paired in time.", {
  ...BASIS,
  claim: z.enum(['ttft', 'tps']),
  ratio: MaybeNumber.describe('Ours over theirs.'),
  low: MaybeNumber,
  high: MaybeNumber,
});

export const PolicyAudit = named('PolicyAudit', "How well the router's own choice does for a model.", {
  ...BASIS,
  policy: z.enum(['fastest', 'cheapest']),
  picked_best: Rate,
  regret_median: MaybeNumber,
  regret_mean: MaybeNumber,
  unit: z.enum(['ms', 'usd']),
});

export const Recommendation = named('Recommendation', 'Whom to use. `provider` null: nobody; `reasons` says why.', {
  ...BASIS,
  goal: z.enum(GOALS),
  provider: MaybeText,
  reasons: z.array(Text),
  runner_up: MaybeText,
  as_good: z.array(Text),
  avoid: z.array(z.object({ provider: Text, why: Text })),
  order: z.array(z.object({ provider: Text, from: Count, to: Count, score: z.number() })),
});

const PRICES = {
  price_input_usd_per_mtok: MaybeNumber,
  price_output_usd_per_mtok: MaybeNumber,
  context_length: MaybeNumber,
};

export const EndpointVerdict = named('EndpointVerdict', 'Everything known of one target in a window.', {
  model_id: Text,
  provider: Text,
  provider_model_id: MaybeText,
  location: Text,
  state: State,
  availability: Availability,
  ttft_ms: Spread,
  ttfat_ms: Spread,
  tpot_ms: Spread,
  decode_tps: Spread,
  e2e_ms: Spread,
  completion_tokens: Spread,
  cost_usd: Spread,
  correct: Rate,
  ...PRICES,
  features: z.array(FeatureVerdict),
  flags: z.array(ModelFlag),
  changes: z.array(ChangePoint),
  claims: z.array(ClaimAudit),
});

/** A line of a board: a part of an `EndpointVerdict`. */
export const Target = named('Target', 'One model at one provider, in short.', {
  model_id: Text,
  provider: Text,
  location: Text,
  state: z.object({
    state: z.enum(STATES),
    began_at: MaybeMoment,
    slowdown: MaybeNumber,
    last_at: MaybeMoment,
  }),
  availability: z.object({ first_try: Rate }),
  ttft_ms: Spread,
  decode_tps: Spread,
  ...PRICES,
});

export const ModelVerdict = named('ModelVerdict', 'Everything known of one model in a window.', {
  model_id: Text,
  since: Moment,
  until: Moment,
  endpoints: z.array(EndpointVerdict),
  ranks: z.object({ ttft_ms: z.array(Ranked), tpot_ms: z.array(Ranked), e2e_ms: z.array(Ranked) }),
  recommendations: z.array(Recommendation),
  policies: z.array(PolicyAudit),
});

export { EndpointName, FeatureVerdict, Rate };
