import { comparePath } from '../links.ts';
import { shortName } from '../standing.ts';
import type { CompareContent, Side } from './content.ts';
import { headline } from './words.ts';

export const isOneModel = (sides: readonly Side[]) =>
  new Set(sides.map(({ endpoint }) => endpoint.model_id)).size === 1;

/** By provider; with the model where there are several. */
export const namesOf = (sides: readonly Side[]) =>
  sides.map(({ endpoint: { provider, model_id } }) =>
    isOneModel(sides) ? provider : `${provider} on ${shortName(model_id)}`,
  );

/** Of the first and another one, by the chosen metric. */
export function saidOf({ sides, comparisons, metric }: CompareContent, other: number): string {
  const names = namesOf(sides);
  const own = comparisons[other - 1]!;
  return headline(own.find((each) => each.metric === metric) ?? own[0], names[0]!, names[other]!);
}

/** The same comparison but for what is changed. */
export const asking = (content: CompareContent, changed: Partial<Pick<CompareContent, 'window' | 'metric'>> = {}) => {
  const { window, metric } = { ...content, ...changed };
  return comparePath(content.asked, {
    since: window === '7d' ? undefined : window,
    metric: metric === 'ttft_ms' ? undefined : metric,
  });
};
