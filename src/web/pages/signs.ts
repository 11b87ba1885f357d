import type { z } from 'zod';
import { formatCount } from '../../lib/format.ts';
import type { Chart } from '../charts/figure.tsx';
import type { EndpointVerdict } from '../schemas/verdicts.ts';

type Endpoint = Pick<z.output<typeof EndpointVerdict>, 'model_id' | 'provider' | 'flags'>;

/** Every sign that an endpoint does not serve the model it says, strong ones first. */
export function signsFigure(whose: string, endpoints: readonly Endpoint[]): Chart {
  const all = endpoints.flatMap(({ model_id, provider, flags }) =>
    flags.map(({ kind, weight, says, n, at }) => ({ model_id, provider, kind, weight, says, n, at })),
  );
  const signs = (['strong', 'weak'] as const).map((weight) => all.filter((each) => each.weight === weight));
  return {
    name: `Signs of another model, or of another set-up: ${whose}: ${signs[0]!.length} strong, ${signs[1]!.length} weak`,
    table: {
      columns: [
        { name: 'model_id', word: 'Model' },
        { name: 'provider', word: 'Provider' },
        { name: 'weight', word: 'Weight' },
        { name: 'says', word: 'Seen' },
        { name: 'n', word: 'n', text: formatCount },
        { name: 'kind', word: 'Kind' },
        { name: 'at', word: 'Since' },
      ],
      rows: signs
        .flat()
        .map(({ model_id, provider, weight, says, n, kind, at }) => [
          ...[model_id, provider, weight, says, n, kind, at],
        ]),
    },
  };
}
