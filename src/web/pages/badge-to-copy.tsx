/** @jsxImportSource hono/jsx */
import type { Site } from '../site.ts';
import { endpointPath, modelPath } from './links.ts';

interface Named {
  readonly model_id: string;
  readonly provider: string;
}

const MOST = 12;

/**
 * A badge as others see it, and the Markdown for it; those after the first are folded, since most readers do not want one. Where
 * the site's address is not known here, a script puts it before both paths when it copies.
 */
export function BadgesToCopy({ endpoints, site }: { readonly endpoints: readonly Named[]; readonly site: Site }) {
  const [first, ...others] = endpoints.slice(0, MOST);
  if (first === undefined) return null;
  return (
    <>
      <BadgeToCopy endpoint={first} site={site} />
      <p class="note">Markdown.{site.url === '' && ' Both addresses begin with that of this site.'}</p>
      {others.length === 0 ? null : (
        <details class="as-table">
          <summary>{endpoints.length > MOST ? `The next ${others.length}` : `The other ${others.length}`}</summary>
          {others.map((endpoint) => (
            <BadgeToCopy endpoint={endpoint} site={site} />
          ))}
        </details>
      )}
    </>
  );
}

function BadgeToCopy({ endpoint, site: { url } }: { readonly endpoint: Named; readonly site: Site }) {
  const { model_id, provider } = endpoint;
  const image = `/badge${modelPath(model_id).slice('/models'.length)}/${encodeURIComponent(provider)}.svg`;
  const markdown = `[![${provider} uptime](${url}${image})](${url}${endpointPath(model_id, provider)})`;
  return (
    <>
      <p>
        <img src={image} alt={`Badge: uptime of ${provider} on ${model_id}`} height="22" />
      </p>
      <p class="copy">
        <code>{markdown}</code>
        <button type="button" data-does="copy" data-text={markdown} data-from="here" hidden>
          Copy
        </button>
      </p>
    </>
  );
}
