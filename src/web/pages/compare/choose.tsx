/** @jsxImportSource hono/jsx */
import { comparePath, endpointPath } from '../links.ts';
import { Section } from '../parts.tsx';
import { shortName } from '../standing.ts';
import type { CompareContent } from './content.ts';

/** Two lists and a button; the rest of the question stays. */
export function Choose({ content }: { readonly content: CompareContent }) {
  const { asked, offered, window, metric } = content;
  if (offered.length === 0) return <p class="lead">There is nobody to compare yet.</p>;
  return (
    <form class="choose" action="/compare">
      <Choice word="This" content={content} at={0} />
      <Choice word="with" content={content} at={1} />
      {asked.slice(2).map(({ model_id, provider }) => (
        <input type="hidden" name="t" value={`${model_id}/${provider}`} />
      ))}
      {window !== '7d' && <input type="hidden" name="since" value={window} />}
      {metric !== 'ttft_ms' && <input type="hidden" name="metric" value={metric} />}
      <button type="submit">Compare</button>
    </form>
  );
}

function Choice(props: { readonly word: string; readonly content: CompareContent; readonly at: number }) {
  const { word, content, at } = props;
  const chosen = content.asked[at];
  return (
    <label>
      {word}{' '}
      <select name="t">
        <option value="">–</option>
        {content.offered.map(({ model_id, providers }) => (
          <optgroup label={shortName(model_id)}>
            {providers.map((provider) => (
              <option
                value={`${model_id}/${provider}`}
                selected={chosen?.model_id === model_id && chosen.provider === provider}
              >
                {provider}, {shortName(model_id)}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

/** With only one, or none, those that are worth comparing. */
export function Suggestions({ content }: { readonly content: CompareContent }) {
  const { sides, offered, pairs, window } = content;
  const since = window === '7d' ? undefined : window;
  const first = sides[0]?.endpoint;
  if (first === undefined) {
    if (pairs.length === 0) return null;
    return (
      <Section title="The two best of a model">
        <ul class="links">
          {pairs.map((pair) => (
            <li>
              <a href={comparePath(pair, { since })}>
                {shortName(pair[0]!.model_id)}: {pair.map(({ provider }) => provider).join(' or ')}
              </a>
            </li>
          ))}
        </ul>
      </Section>
    );
  }
  const others = offered.find(({ model_id }) => model_id === first.model_id)?.providers ?? [];
  return (
    <Section title="Others of the same model">
      <ul class="links">
        {others
          .filter((provider) => provider !== first.provider)
          .map((provider) => (
            <li>
              <a href={comparePath([first, { model_id: first.model_id, provider }], { since })}>
                {first.provider} or {provider}
              </a>
            </li>
          ))}
      </ul>
      <p class="note">
        <a href={endpointPath(first.model_id, first.provider)}>All of {first.provider}</a>
      </p>
    </Section>
  );
}
