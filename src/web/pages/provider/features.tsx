/** @jsxImportSource hono/jsx */
import { FEATURES } from '../../../domain/verdict.ts';
import { type Chart, Exports } from '../../charts/figure.tsx';
import { figureAddress } from '../exports.ts';
import { FEATURE_LOOKS, FEATURE_WORDS } from '../features.tsx';
import { providerPath } from '../links.ts';
import { ModelName, SCROLLS, Section } from '../parts.tsx';
import type { Endpoint, Verdict } from './content.ts';

/** It says that it can, and cannot. */
export const isFalse = ({ verdict, advertised }: Endpoint['features'][number]) =>
  verdict === 'fails' && advertised === true;

export function featuresFigure({ provider, endpoints }: Verdict): Chart {
  return {
    name: `Features of ${provider}, model by model`,
    table: {
      columns: ['model_id', 'feature', 'verdict', 'works', 'n', 'advertised'],
      rows: endpoints.flatMap(({ model_id, features }) =>
        features.map(({ feature, verdict, works, n, advertised }) => [
          model_id,
          feature,
          verdict,
          works,
          n,
          advertised,
        ]),
      ),
    },
  };
}

export function Features({ verdict: { provider, endpoints } }: { verdict: Verdict }) {
  const tried = FEATURES.filter((feature) =>
    endpoints.some(({ features }) => features.some((each) => each.feature === feature)),
  );
  if (tried.length === 0) return null;
  return (
    <Section title="What it can do" beside={<span class="note">each is tried once a day</span>}>
      <section class="panel" aria-label="Features by model" {...SCROLLS}>
        <table>
          <thead>
            <tr>
              <th scope="col">Model</th>
              {tried.map((feature) => (
                <th scope="col">{FEATURE_WORDS[feature][1]}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {endpoints.map(({ model_id, provider, features }) => (
              <tr>
                <th scope="row">
                  <ModelName modelId={model_id} provider={provider} />
                </th>
                {tried.map((feature) => {
                  const known = features.find((each) => each.feature === feature);
                  const { sign, word, tone } = FEATURE_LOOKS[known?.verdict ?? 'unknown'];
                  return (
                    <td>
                      <span class={`state ${tone}`}>
                        <span aria-hidden="true">{sign}</span> {word}
                      </span>
                      <small>
                        {known === undefined || known.n === 0 ? '' : `${known.works} of ${known.n}`}
                        {known !== undefined && isFalse(known) ? ', though advertised' : ''}
                      </small>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Exports address={figureAddress(providerPath(provider), 'features')} />
    </Section>
  );
}
