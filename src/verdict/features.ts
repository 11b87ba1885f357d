import type { Sample } from '../domain/sample.ts';
import { FEATURES, type Feature, type FeatureVerdict } from '../domain/verdict.ts';
import type { Window } from '../ports.ts';

const RULE = 'Features advertised and true';

/** Fewer failures in a row may be chance. */
const LEAST_FAILURES = 3;

/**
 * Whether each feature does what is said of it, by the trials of the window that could tell (spec.md, "Features advertised and true").
 *
 * @param samples of one target, oldest first
 */
export function featureVerdicts(samples: readonly Sample[], { sinceMs, untilMs }: Window): readonly FeatureVerdict[] {
  const isWithin = ({ dueAtMs }: Sample) => dueAtMs >= sinceMs && dueAtMs < untilMs;
  const last = samples.findLast(isWithin);
  return featureVerdictsOf(
    samples.filter((sample) => sample.probeKind === 'feature' && isWithin(sample)),
    last,
    { sinceMs, untilMs },
  );
}

/** The same, of its feature probes in the window, and its last sample there. */
export function featureVerdictsOf(
  probes: readonly Sample[],
  said: Sample | undefined,
  { sinceMs, untilMs }: Window,
): readonly FeatureVerdict[] {
  const advertises: Partial<Record<Feature, boolean | null>> = {
    tool_call: said?.supportsTools ?? null,
    json_schema: said?.supportsStructuredOutput ?? null,
  };
  return FEATURES.map((feature) => {
    const trials = probes.filter((probe) => probe.feature === feature && probe.featureWorks !== null);
    const works = trials.filter(({ featureWorks }) => featureWorks).length;
    const advertised = advertises[feature] ?? null;
    const verdict = verdictOf(feature, works, trials.length, advertised);
    return { feature, advertised, verdict, works, rule: RULE, n: trials.length, sinceMs, untilMs };
  });
}

/**
 * One slip in twenty is forgiven: models are no machines. What works is offered, whatever the catalogue says; what does not, and was promised by
 * nobody, is not offered. A cache promises itself: only a reply that claims one is judged.
 */
function verdictOf(feature: Feature, works: number, n: number, advertised: boolean | null): FeatureVerdict['verdict'] {
  const isPromised = advertised === true || (feature === 'cache' && n > 0);
  if (n === 0) return advertised === false ? 'not_offered' : 'unknown';
  if (works >= 0.95 * n) return 'works';
  if (works > 0) return 'sometimes';
  if (n < LEAST_FAILURES) return 'unknown';
  return isPromised ? 'fails' : 'not_offered';
}
