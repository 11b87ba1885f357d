/** @jsxImportSource hono/jsx */
import { endpointPath, modelPath } from './links.ts';

/** A badge as others see it, and the Markdown for it. A script puts the address of this site before both paths when it copies. */
export function BadgeToCopy({ modelId, provider }: { readonly modelId: string; readonly provider: string }) {
  const image = `/badge${modelPath(modelId).slice('/models'.length)}/${encodeURIComponent(provider)}.svg`;
  const markdown = `[![${provider} uptime](${image})](${endpointPath(modelId, provider)})`;
  return (
    <>
      <p>
        <img src={image} alt={`Badge: uptime of ${provider} on ${modelId}`} height="22" />
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

const MOST = 12;

/** The same for each provider of a model, or each model of a provider; folded, since most readers do not want one. */
export function BadgesToCopy({ endpoints }: { readonly endpoints: readonly Named[] }) {
  const [first, ...others] = endpoints.slice(0, MOST);
  if (first === undefined) return null;
  return (
    <>
      <BadgeToCopy modelId={first.model_id} provider={first.provider} />
      {others.length === 0 ? null : (
        <details class="as-table">
          <summary>{endpoints.length > MOST ? `The next ${others.length}` : `The other ${others.length}`}</summary>
          {others.map(({ model_id, provider }) => (
            <BadgeToCopy modelId={model_id} provider={provider} />
          ))}
        </details>
      )}
    </>
  );
}

interface Named {
  readonly model_id: string;
  readonly provider: string;
}
