/** @jsxImportSource hono/jsx */
import { formatContext, formatMs, formatTps, formatUsd } from '../../../lib/format.ts';
import { names } from '../../../lib/lists.ts';
import { clock } from '../../charts/words.ts';
import { uptime } from '../../words.ts';
import { isStale, type Pulse } from '../layout.tsx';
import { endpointPath } from '../links.ts';
import type { AskedNeeds } from '../needs.tsx';
import type { Endpoint, ModelContent, Recommended } from './content.ts';
import { blendedPrice } from './price.ts';
import { asking, WINDOW_WORDS } from './question.ts';
import { GOAL_WORDS } from './words.ts';

/** "Use X", why, and who is better at something else. */
export function Answer({ content, pulse }: { readonly content: ModelContent; readonly pulse: Pulse }) {
  const { asked, recommendations } = content;
  const chosen = recommendations.find(({ goal }) => goal === asked.goal);
  if (chosen === undefined) return null;
  const pick = endpointOf(content, chosen.provider);
  return (
    <section class="answer" aria-label="Whom to use">
      <div class="pick">
        {pick === undefined ? (
          <Nobody content={content} chosen={chosen} />
        ) : (
          <Pick content={content} chosen={chosen} pick={pick} pulse={pulse} />
        )}
      </div>
      <dl class="others">
        {recommendations
          .filter(({ goal, provider }) => goal !== asked.goal && provider !== null)
          .map((other) => (
            <Other content={content} other={other} pick={pick} />
          ))}
        <Avoid modelId={content.model_id} avoid={chosen.avoid} />
      </dl>
    </section>
  );
}

/** One with its reason; the others by name. */
function Avoid({ modelId, avoid }: { readonly modelId: string; readonly avoid: Recommended['avoid'] }) {
  const [first, ...more] = avoid;
  if (first === undefined) return null;
  const link = (provider: string) => (
    <a class="bad" href={endpointPath(modelId, provider)}>
      {provider}
    </a>
  );
  return (
    <div class="avoid">
      <dt>Avoid for now</dt>
      <dd>
        {link(first.provider)}
        <small class="why">{first.why}</small>
        {more.length > 0 && (
          <small class="why">
            Also{' '}
            {more.map(({ provider }, index) => (
              <>
                {index > 0 && ', '}
                {link(provider)}
              </>
            ))}
          </small>
        )}
      </dd>
    </div>
  );
}

const endpointOf = ({ model }: ModelContent, provider: string | null) =>
  model?.endpoints.find((endpoint) => endpoint.provider === provider);

function Pick(props: {
  readonly content: ModelContent;
  readonly chosen: Recommended;
  readonly pick: Endpoint;
  readonly pulse: Pulse;
}) {
  const { content, chosen, pick, pulse } = props;
  const { asked, model_id } = content;
  const when = isStale(pulse) ? `as of ${clock(pulse.lastAtMs!)} UTC` : 'right now';
  const price = blendedPrice(pick);
  return (
    <>
      <p class="eyebrow">
        {GOAL_WORDS[asked.goal].best} {when}
      </p>
      <h2 class="use">
        Use <a href={endpointPath(model_id, pick.provider)}>{pick.provider}</a>
      </h2>
      <p class="because">
        It{' '}
        {pick.ttft_ms.p50 !== null && (
          <>
            starts in <b>{formatMs(pick.ttft_ms.p50)}</b>,{' '}
          </>
        )}
        {pick.decode_tps.p50 !== null && (
          <>
            writes <b>{formatTps(pick.decode_tps.p50)}</b>,{' '}
          </>
        )}
        {price !== null && (
          <>
            costs <b>{formatUsd(price)}</b> per million tokens and{' '}
          </>
        )}
        answered <b>{uptime(pick.availability.first_try)}</b> of probes in {WINDOW_WORDS[asked.since]}.
      </p>
      <ul class="reasons">
        {chosen.reasons.map((reason) => (
          <li>{reason}</li>
        ))}
        {chosen.as_good.length > 0 && <li>Within noise of it: {names(chosen.as_good)}</li>}
      </ul>
      <p class="copy">
        <code>
          {model_id}
          <b>:{pick.provider}</b>
        </code>
        <button type="button" data-does="copy" data-text={`${model_id}:${pick.provider}`} hidden>
          Copy
        </button>
      </p>
    </>
  );
}

function Nobody({ content, chosen }: { readonly content: ModelContent; readonly chosen: Recommended }) {
  const { asked, model_id, looser } = content;
  return (
    <>
      <p class="eyebrow">{GOAL_WORDS[asked.goal].best}</p>
      <h2 class="use nobody">Nobody, for now</h2>
      {chosen.reasons.map((reason) => (
        <p class="because">{/[.!)]$/.test(reason) ? reason : `${reason}.`}</p>
      ))}
      {looser !== null && (
        <p>
          <a href={asking(model_id, asked, looser.needs)}>
            {looser.provider} fits {looserWords(asked, looser.needs)}
          </a>
        </p>
      )}
    </>
  );
}

/** `with 64k context`, `without tools`, `without these needs`. */
function looserWords(asked: AskedNeeds, needs: AskedNeeds): string {
  if (needs.context_length !== null && needs.context_length !== asked.context_length) {
    return `with ${formatContext(needs.context_length)} context`;
  }
  const left = [
    ...(asked.tools && !needs.tools ? ['tools'] : []),
    ...(asked.structured_output && !needs.structured_output ? ['a JSON schema'] : []),
    ...(asked.context_length !== null && needs.context_length === null ? ['a least context'] : []),
  ];
  return left.length === 1 ? `without ${left[0]}` : 'without these needs';
}

/** Who is best at something else, and what that is set against the pick's price. */
function Other(props: {
  readonly content: ModelContent;
  readonly other: Recommended;
  readonly pick: Endpoint | undefined;
}) {
  const { content, other, pick } = props;
  const endpoint = endpointOf(content, other.provider);
  return (
    <div>
      <dt>
        <a href={asking(content.model_id, content.asked, { goal: other.goal })}>{GOAL_WORDS[other.goal].best}</a>
      </dt>
      {endpoint === undefined ? (
        <dd>–</dd>
      ) : (
        <dd>
          <a href={endpointPath(content.model_id, endpoint.provider)}>{endpoint.provider}</a>
          <span>{figureFor(other, endpoint)}</span>
          <small>{noteFor(other, endpoint, pick)}</small>
        </dd>
      )}
    </div>
  );
}

function figureFor({ goal }: Recommended, endpoint: Endpoint): string {
  switch (goal) {
    case 'balanced':
    case 'fastest_start':
      return formatMs(endpoint.ttft_ms.p50);
    case 'fastest_output':
      return formatTps(endpoint.decode_tps.p50);
    case 'cheapest':
      return `${formatUsd(blendedPrice(endpoint))} / M`;
    case 'most_reliable':
      return uptime(endpoint.availability.first_try);
    default:
      return goal satisfies never;
  }
}

/** Prices are certain: they may be set against each other without an interval. */
function noteFor({ goal }: Recommended, endpoint: Endpoint, pick: Endpoint | undefined): string {
  if (pick === undefined) return '';
  if (endpoint.provider === pick.provider) return 'same provider';
  if (goal === 'cheapest') return formatTps(endpoint.decode_tps.p50);
  const [own, others] = [blendedPrice(endpoint), blendedPrice(pick)];
  if (own === null || others === null || others === 0) return '';
  const ratio = own / others;
  return Math.abs(ratio - 1) < 0.005 ? 'same price' : `${ratio.toFixed(ratio < 0.095 ? 2 : 1)}× the price`;
}
