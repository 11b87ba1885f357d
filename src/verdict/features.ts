import type { Sample } from '../domain/sample.ts';
import { FEATURES, type Feature, type FeatureVerdict } from '../domain/verdict.ts';
import type { Window } from '../ports.ts';

const RULE = 'Features';

/** Each is asked for once a day: what a feature did before says nothing of what it does now. */
const NEWEST = 7;
/** Fewer failures may be chance. */
const LEAST_FAILURES = 3;

/**
 * Whether each feature does what is said of it, by the newest trials of the window that could tell (spec.md, "Features").
 *
 * @param samples of one target, feature probes among them, oldest first
 */
export function featureVerdicts(samples: readonly Sample[], { sinceMs, untilMs }: Window): readonly FeatureVerdict[] {
  const seen = samples.filter(({ dueAtMs }) => dueAtMs >= sinceMs && dueAtMs < untilMs);
  const probes = seen.filter(({ probeKind }) => probeKind === 'feature');
  return featureVerdictsOf(probes, seen.at(-1), { sinceMs, untilMs });
}

/** The same, of its feature probes in the window, and its last sample there, which has what the catalogue said last. */
export function featureVerdictsOf(
  probes: readonly Sample[],
  last: Sample | undefined,
  { sinceMs, untilMs }: Window,
): readonly FeatureVerdict[] {
  const tried = probes.filter(({ final, featureWorks }) => final && featureWorks !== null);
  const advertises: Partial<Record<Feature, boolean | null>> = {
    tool_call: last?.supportsTools ?? null,
    json_schema: last?.supportsStructuredOutput ?? null,
  };
  return FEATURES.map((feature) => {
    const trials = tried.filter((sample) => sample.feature === feature).slice(-NEWEST);
    const works = trials.filter(({ featureWorks }) => featureWorks).length;
    const advertised = advertises[feature] ?? null;
    const verdict = verdictOf(works, trials.length, advertised);
    return { feature, advertised, verdict, works, rule: RULE, n: trials.length, sinceMs, untilMs };
  });
}

/** What works is offered, whatever the catalogue says. */
function verdictOf(works: number, n: number, advertised: boolean | null): FeatureVerdict['verdict'] {
  if (works > 0) return works === n ? 'works' : 'sometimes';
  if (advertised === false) return 'not_offered';
  return n < LEAST_FAILURES ? 'unknown' : 'fails';
}
