/** @jsxImportSource hono/jsx */

import type { Child } from 'hono/jsx';
import { STATES, type State } from '../../domain/verdict.ts';
import { STATE_WORDS } from '../../domain/words.ts';
import { moment } from '../../lib/moments.ts';
import { isModel, isProvider } from '../parameters.ts';
import { FAILS_OFTEN, failsOften, type Shape, STATE_LOOKS, type Tone } from '../words.ts';
import { endpointPath, modelPath, providerPath } from './links.ts';
import { shortName } from './standing.ts';

const SHAPES: Readonly<Record<Shape, Child>> = {
  dot: <circle cx="5" cy="5" r="4" stroke="none" />,
  triangle: <path d="M5 1l4.5 8H.5z" stroke="none" />,
  cross: <path d="M1.5 1.5l7 7M8.5 1.5l-7 7" fill="none" stroke-width="2" stroke-linecap="round" />,
  ring: <circle cx="5" cy="5" r="3.5" fill="none" stroke-width="1.5" />,
  half: (
    <>
      <circle cx="5" cy="5" r="3.5" fill="none" stroke-width="1.5" />
      <path d="M5 1.5a3.5 3.5 0 0 1 0 7z" stroke="none" />
    </>
  ),
};

/** What scrolls sideways can be reached, and so scrolled, by keyboard. */
export const SCROLLS = { tabindex: 0 } as const;

export function Glyph({ shape }: { shape: Shape }) {
  return (
    <svg class="glyph" viewBox="0 0 10 10" aria-hidden="true">
      {SHAPES[shape]}
    </svg>
  );
}

export function Mark({ shape, tone, children }: { shape: Shape; tone: Tone; children?: Child }) {
  return (
    <span class={`state ${tone}`}>
      <Glyph shape={shape} />
      {children}
    </span>
  );
}

/** Shape, word, colour. */
function StateMark({ state, count }: { state: State; count?: number }) {
  const { shape, tone } = STATE_LOOKS[state];
  const word = STATE_WORDS[state];
  return (
    <Mark shape={shape} tone={tone}>
      {count === undefined ? word : `${count} ${word.toLowerCase()}`}
    </Mark>
  );
}

/** How an endpoint is, and whether it fails often though it answers now. */
export function EndpointMark({ endpoint }: { endpoint: Parameters<typeof failsOften>[0] }) {
  if (!failsOften(endpoint)) return <StateMark state={endpoint.state.state} />;
  return (
    <Mark shape="triangle" tone="warning">
      {FAILS_OFTEN}
    </Mark>
  );
}

/** Relative within an hour; the whole moment for programs. */
export function When({ at, nowMs }: { at: string; nowMs: number }) {
  return <time datetime={at}>{moment(Date.parse(at), nowMs)}</time>;
}

export function ProviderLink({ provider }: { provider: string }) {
  return isProvider(provider) ? <a href={providerPath(provider)}>{provider}</a> : <span>{provider}</span>;
}

/** Of a model whose name no address takes there is no page. */
export function ModelLink({ modelId, children }: { modelId: string; children?: Child }) {
  return isModel(modelId) ? <a href={modelPath(modelId)}>{children}</a> : <span>{children}</span>;
}

export function EndpointLink({ modelId, provider, children }: { modelId: string; provider: string; children?: Child }) {
  return isModel(modelId) && isProvider(provider) ? (
    <a href={endpointPath(modelId, provider)}>{children}</a>
  ) : (
    <span>{children}</span>
  );
}

/** `org/name`, the name first. With a provider it leads to the model there. */
export function ModelName({ modelId, provider }: { modelId: string; provider?: string }) {
  const name = <span title={modelId}>{shortName(modelId)}</span>;
  const slash = modelId.indexOf('/');
  return (
    <>
      {provider === undefined ? (
        <ModelLink modelId={modelId}>{name}</ModelLink>
      ) : (
        <EndpointLink modelId={modelId} provider={provider}>
          {name}
        </EndpointLink>
      )}
      <small>{slash === -1 ? '' : modelId.slice(0, slash)}</small>
    </>
  );
}

/** One of the large figures of a page, in a `dl`. */
export function KeyFigure(props: { readonly name: string; readonly value: string; readonly children?: Child }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        {props.value}
        <small>{props.children}</small>
      </dd>
    </div>
  );
}

/** One of a few, each a link. */
export function Segments({
  name,
  chosen,
  options,
}: {
  name: string;
  chosen: string;
  options: readonly { readonly id: string; readonly word: string; readonly href: string }[];
}) {
  return (
    <nav class="segments" aria-label={name}>
      {options.map(({ id, word, href }) => (
        <a href={href} aria-current={id === chosen ? 'true' : undefined}>
          {word}
        </a>
      ))}
    </nav>
  );
}

export function Crumbs({ children }: { children: Child }) {
  return (
    <nav class="crumbs" aria-label="Where you are">
      {children}
    </nav>
  );
}

/** A part of a page under a heading of its own. */
export function Section({ title, beside, children }: { title: string; beside?: Child; children: Child }) {
  return (
    <section>
      <div class="row">
        <h2>{title}</h2>
        {beside}
      </div>
      {children}
    </section>
  );
}

/** How many are how, those that are well first. */
export function States({ endpoints }: { endpoints: readonly Parameters<typeof failsOften>[0][] }) {
  const often = endpoints.filter(failsOften).length;
  const counts = STATES.map((state) => ({
    state,
    count: endpoints.filter((each) => each.state.state === state && !failsOften(each)).length,
  }));
  return (
    <span class="marks">
      {counts
        .filter(({ count }) => count > 0)
        .map(({ state, count }) => (
          <StateMark state={state} count={count} />
        ))}
      {often === 0 ? null : (
        <Mark shape="triangle" tone="warning">
          {often === 1 ? '1 fails often' : `${often} fail often`}
        </Mark>
      )}
    </span>
  );
}
