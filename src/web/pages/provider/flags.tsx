/** @jsxImportSource hono/jsx */
import { Exports } from '../../charts/figure.tsx';
import { figureAddress } from '../exports.ts';
import { providerPath } from '../links.ts';
import { EndpointLink, Glyph, Section } from '../parts.tsx';
import { shortName } from '../standing.ts';
import type { Endpoint } from './content.ts';

/** Seen, and not explained: it says what was seen and no more, strong signs first. */
export function Flags({ endpoints }: { endpoints: readonly Endpoint[] }) {
  const all = endpoints.flatMap(({ model_id, provider, flags }) =>
    flags.map((flag) => ({ model_id, provider, ...flag })),
  );
  const flags = all.toSorted((a, b) => Number(b.weight === 'strong') - Number(a.weight === 'strong'));
  if (flags.length === 0) return null;
  return (
    <Section title="Is it the same model?">
      <ul class="events by-model">
        {flags.map(({ model_id, provider, says, weight }) => (
          <li>
            <span class="when">
              <EndpointLink modelId={model_id} provider={provider}>
                {shortName(model_id)}
              </EndpointLink>
            </span>
            <div>
              <p>{says}</p>
              <p class="note">
                <span class={`state ${weight === 'strong' ? 'warning' : 'quiet'}`}>
                  <Glyph shape={weight === 'strong' ? 'triangle' : 'ring'} />
                  {weight === 'strong' ? 'Another model, or another set-up of it, would explain it' : 'Worth a look'}
                </span>
              </p>
            </div>
          </li>
        ))}
      </ul>
      <Exports address={figureAddress(providerPath(flags[0]!.provider), 'signs')} />
    </Section>
  );
}
