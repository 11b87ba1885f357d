/** @jsxImportSource hono/jsx */
import { counted, names } from '../../../lib/lists.ts';
import { frontierOf, type Offer } from '../../charts/scatter.ts';
import { ScatterChart, scatterFigure } from '../../charts/scatter-chart.tsx';
import { figureAddress } from '../exports.ts';
import { endpointPath, modelPath } from '../links.ts';
import { Section } from '../parts.tsx';
import type { Endpoint, ModelContent } from './content.ts';
import { blendedPrice } from './price.ts';
import { inAddress } from './question.ts';

export const costFigure = (content: ModelContent) => scatterFigure(costOf(content));

function costOf({ model, recommendations, asked }: ModelContent) {
  const pick = recommendations.find(({ goal }) => goal === asked.goal)?.provider ?? null;
  const offers = (model?.endpoints ?? []).flatMap((endpoint) => offerOf(endpoint, pick));
  const unknown = (model?.endpoints ?? [])
    .map(({ provider }) => provider)
    .filter((provider) => !offers.some(({ name }) => name === provider));
  const worth = frontierOf(offers).length;
  const finding =
    worth === 0
      ? 'We know nobody’s price and speed yet.'
      : `${counted(worth, 'provider')} ${worth === 1 ? 'is' : 'are'} worth considering.`;
  return { name: `Price against output speed: ${finding}`, offers, unknown, worth, finding };
}

/** What speed costs: who is worth considering, and who is beaten in both. */
export function Cost({ content }: { readonly content: ModelContent }) {
  const { name, offers, unknown, worth, finding } = costOf(content);
  return (
    <Section title="What does speed cost?" beside={<p class="note">Up and left is better.</p>}>
      <p class="finding">
        <b>{finding}</b>{' '}
        {worth > 0 && 'By medians, everyone right of the line is both slower and dearer than someone on it.'}
      </p>
      {unknown.length > 0 && worth > 0 && <p class="note">Without a known price or speed: {names(unknown)}.</p>}
      <ScatterChart
        name={name}
        offers={offers}
        address={figureAddress(modelPath(content.model_id), 'cost', inAddress(content.asked))}
      />
    </Section>
  );
}

function offerOf(endpoint: Endpoint, pick: string | null): readonly Offer[] {
  const { provider, model_id, state, decode_tps } = endpoint;
  const price = blendedPrice(endpoint);
  if (price === null || decode_tps.p50 === null || price <= 0) return [];
  return [
    {
      name: provider,
      href: endpointPath(model_id, provider),
      price,
      speed: decode_tps.p50,
      state: state.state === 'down' || state.state === 'slow' ? state.state : 'well',
      isPick: provider === pick,
    },
  ];
}
