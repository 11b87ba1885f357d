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
  const tried = seen.filter((sample) => sample.probeKind === 'feature' && sample.final && sample.featureWorks !== null);
  return FEATURES.map((feature) => {
    const trials = tried.filter((sample) => sample.feature === feature).slice(-NEWEST);
    const works = trials.filter(({ featureWorks }) => featureWorks).length;
    const advertised = advertisedBy(seen, feature);
    const verdict = verdictOf(works, trials.length, advertised);
    return { feature, advertised, verdict, works, rule: RULE, n: trials.length, sinceMs, untilMs };
  });
}

/** What the catalogue said last, where it has a word for it. */
function advertisedBy(seen: readonly Sample[], feature: Feature): boolean | null {
  const column =
    feature === 'tool_call' ? 'supportsTools' : feature === 'json_schema' ? 'supportsStructuredOutput' : null;
  return column === null ? null : (seen.findLast((sample) => sample[column] !== null)?.[column] ?? null);
}

/** What works is offered, whatever the catalogue says. */
function verdictOf(works: number, n: number, advertised: boolean | null): FeatureVerdict['verdict'] {
  if (works > 0) return works === n ? 'works' : 'sometimes';
  if (advertised === false) return 'not_offered';
  return n < LEAST_FAILURES ? 'unknown' : 'fails';
}
