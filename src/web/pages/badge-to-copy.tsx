/** @jsxImportSource hono/jsx */
import { counted } from '../../lib/lists.ts';
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
          <summary>{counted(others.length, 'more badge')}</summary>
          {others.map((endpoint) => (
            <BadgeToCopy endpoint={endpoint} site={site} isFolded />
          ))}
        </details>
      )}
    </>
  );
}

/** One that is folded is fetched when it is unfolded. */
function BadgeToCopy(props: { readonly endpoint: Named; readonly site: Site; readonly isFolded?: boolean }) {
  const { endpoint, site, isFolded = false } = props;
  const { url } = site;
  const { model_id, provider } = endpoint;
  const image = `/badge${modelPath(model_id).slice('/models'.length)}/${encodeURIComponent(provider)}.svg`;
  const markdown = `[![${provider} uptime](${url}${image})](${url}${endpointPath(model_id, provider)})`;
  return (
    <>
      <p>
        <img
          src={image}
          alt={`Badge: uptime of ${provider} on ${model_id}`}
          height="22"
          loading={isFolded ? 'lazy' : undefined}
        />
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
