import { FEATURES, type Feature } from './verdict.ts';

/** Why a target is asked: as in every cycle, because it just failed, or to try a feature. */
export type ProbeKind =
  | { readonly name: 'standard' | 'confirm' }
  | {
      readonly name: 'feature';
      readonly feature: Feature;
      /** `seed` and `cache` take two requests. */
      readonly part: 1 | 2;
    };

export const STANDARD: ProbeKind = { name: 'standard' };
export const CONFIRM: ProbeKind = { name: 'confirm' };

/** How many requests it takes to try a feature. */
export const partsOf = (feature: Feature): 1 | 2 => (feature === 'seed' || feature === 'cache' ? 2 : 1);

/** `standard`, `confirm`, `feature:tool_call`, `feature:seed`, `feature:seed:2`: what a probe's id is a hash of. */
export function kindText(kind: ProbeKind): string {
  if (kind.name !== 'feature') return kind.name;
  return kind.part === 1 ? `feature:${kind.feature}` : `feature:${kind.feature}:${kind.part}`;
}

/** Those that the catalogue does not say the target lacks. */
export function featuresToTry(target: Advertised): readonly Feature[] {
  const lacks: Partial<Record<Feature, boolean>> = {
    tool_call: target.supportsTools === false,
    json_schema: target.supportsStructuredOutput === false,
  };
  return FEATURES.filter((feature) => lacks[feature] !== true);
}

/** What the catalogue says of a target; null: nothing. */
interface Advertised {
  readonly supportsTools: boolean | null;
  readonly supportsStructuredOutput: boolean | null;
}
