import type { Elsewhere, Finding, FourChecks } from '../domain/verdict.ts';
import { names } from '../lib/lists.ts';

/** Nobody answers there, whatever else is out with it. */
const OUT: ReadonlySet<Finding> = new Set(['down', 'provider_down', 'model_down', 'router_down']);

/**
 * What one place sees, beside what the others see in the same hours. What is down from here and answers elsewhere is not down for everybody; what
 * answers here may be down for others. A place that did not look lately, or cannot tell, says nothing.
 */
export function acrossPlaces(
  location: string,
  checks: Omit<FourChecks, 'location' | 'elsewhere'>,
  elsewhere: readonly Elsewhere[],
): FourChecks {
  const of = (is: (finding: Finding) => boolean) =>
    elsewhere.filter(({ finding }) => is(finding)).map((one) => one.location);
  const out = of((finding) => OUT.has(finding));
  const fine = of((finding) => finding === 'answers');
  const said = { ...checks, location, elsewhere };
  if (OUT.has(checks.finding)) {
    if (fine.length > 0) {
      const says = `It's down from ${names([location, ...out])}, and answers from ${names(fine)}.`;
      return { ...said, finding: 'down_from_here', says };
    }
    return out.length > 0 ? { ...said, says: `${checks.says} So it is from ${names(out)}.` } : said;
  }
  if (checks.finding !== 'answers' || out.length === 0) return said;
  const says = `It answers from ${names([location, ...fine])}, and is down from ${names(out)}.`;
  return { ...said, finding: 'down_elsewhere', says };
}
