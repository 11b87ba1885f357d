/** @jsxImportSource hono/jsx */
import { formatMs, formatUsd } from '../../../lib/format.ts';
import { counted } from '../../../lib/lists.ts';
import { type Chart, Exports } from '../../charts/figure.tsx';
import { change as changeWords } from '../../charts/words.ts';
import { flooredShare } from '../../words.ts';
import { figureAddress } from '../exports.ts';
import { endpointPath, modelPath } from '../links.ts';
import { SCROLLS, Section } from '../parts.tsx';
import { signsFigure } from '../signs.ts';
import type { Endpoint, ModelContent } from './content.ts';
import { inAddress } from './question.ts';

/** Is it the same model everywhere? What was seen that another one would explain, and no more; what is weak is called so. */
export function SameModel({ content }: { readonly content: ModelContent }) {
  const signs = (content.model?.endpoints ?? []).flatMap(({ provider, flags }) =>
    (['strong', 'weak'] as const)
      .map((weight) => ({ provider, weight, flags: flags.filter((each) => each.weight === weight) }))
      .filter(({ flags }) => flags.length > 0),
  );
  const strong = signs.filter(({ weight }) => weight === 'strong');
  const weak = signs.filter(({ weight }) => weight === 'weak');
  return (
    <Section title="Is it the same model everywhere?">
      <p class="finding">
        {strong.length > 0 ? (
          <>
            <b>
              {counted(strong.length, 'provider')} showed something that another model, or another set-up, would
              explain.
            </b>
            {weak.length > 0 && ` Weak signs at ${counted(weak.length, 'provider')}.`}
          </>
        ) : weak.length > 0 ? (
          <>
            <b>No strong sign that it is not.</b> Weak signs at {counted(weak.length, 'provider')}: worth a look, and
            often harmless.
          </>
        ) : (
          <>
            <b>Nothing we saw says otherwise.</b> We compare token counts, answers, their length and what providers say
            of themselves.
          </>
        )}
      </p>
      <Signs modelId={content.model_id} signs={strong} />
      {strong.length > 0 && weak.length > 0 && <h3 class="note">Weak signs</h3>}
      <Signs modelId={content.model_id} signs={weak} />
      {signs.length > 0 && <Exports address={addressOf(content, 'signs')} />}
    </Section>
  );
}

export const sameModelFigure = ({ model, model_id }: ModelContent) => model && signsFigure(model_id, model.endpoints);

const addressOf = ({ model_id, asked }: ModelContent, figure: string) =>
  figureAddress(modelPath(model_id), figure, inAddress(asked));

function Signs(props: {
  readonly modelId: string;
  readonly signs: readonly { readonly provider: string; readonly flags: Endpoint['flags'] }[];
}) {
  if (props.signs.length === 0) return null;
  return (
    <dl class="facts signs">
      {props.signs.map(({ provider, flags }) => (
        <>
          <dt>
            <a href={endpointPath(props.modelId, provider)}>{provider}</a>
          </dt>
          <dd>
            {flags.map(({ says, weight, n }) => (
              <p>
                {says}{' '}
                <small>
                  {weight}, n = {n}
                </small>
              </p>
            ))}
          </dd>
        </>
      ))}
    </dl>
  );
}

const CLAIM_WORDS = { ttft: 'First token', tps: 'Output' } as const;
const POLICY_WORDS = { fastest: 'The fastest', cheapest: 'The cheapest' } as const;

const withClaims = ({ model }: ModelContent) =>
  (model?.endpoints ?? []).filter(({ claims }) => claims.some(({ ratio }) => ratio !== null));
const triedPolicies = ({ model }: ModelContent) =>
  (model?.policies ?? []).filter(({ picked_best }) => picked_best.trials > 0);

/** What the router publishes of each provider, against ours. */
export function claimsFigure(content: ModelContent): Chart | null {
  if (content.model === null) return null;
  const times = (ratio: number | null) => (ratio === null ? '–' : changeWords(ratio));
  return {
    name: `What the router claims of ${content.model_id}, against what was measured: ours over theirs`,
    table: {
      columns: [
        { name: 'provider', word: 'Provider' },
        { name: 'claim', word: 'Claim', text: (claim: keyof typeof CLAIM_WORDS) => CLAIM_WORDS[claim] },
        { name: 'ratio', word: 'Against it', text: times },
        { name: 'low', word: 'From', text: times },
        { name: 'high', word: 'To', text: times },
        { name: 'n', word: 'n' },
      ],
      rows: withClaims(content).flatMap(({ provider, claims }) =>
        claims.map(({ claim, ratio, low, high, n }) => [provider, claim, ratio, low, high, n]),
      ),
    },
  };
}

/** How often the router's own choice was the best, and what it costs where not. */
export function picksFigure(content: ModelContent): Chart | null {
  if (content.model === null) return null;
  const rows = triedPolicies(content).map(({ policy, picked_best, regret_median, regret_mean, unit }) => [
    ...[policy, picked_best.successes, picked_best.trials, picked_best.rate, regret_median, regret_mean, unit],
  ]);
  return {
    name: `How often the router picks the best provider of ${content.model_id}`,
    table: {
      columns: [
        { name: 'policy', word: 'By its figures', text: (policy: keyof typeof POLICY_WORDS) => POLICY_WORDS[policy] },
        { name: 'picked_best', word: 'Was the best' },
        { name: 'rounds', word: 'Of' },
        {
          name: 'rate',
          word: 'Share',
          text: (rate: number | null) => (rate === null ? '–' : `${flooredShare(rate)}%`),
        },
        { name: 'regret_median', word: 'Costs more, median' },
        { name: 'regret_mean', word: 'Mean' },
        { name: 'unit', word: 'Unit' },
      ],
      rows,
    },
  };
}

/** What the router says and picks, against what was measured. */
export function Claims({ content }: { readonly content: ModelContent }) {
  const endpoints = withClaims(content);
  const policies = triedPolicies(content);
  return (
    <Section title="Does the router know best?">
      {policies.length === 0 ? (
        <p class="finding">
          <b>We cannot tell yet.</b> Too few rounds in which its figures and ours are known.
        </p>
      ) : (
        <ul class="reasons">
          {policies.map(({ policy, picked_best, regret_median, unit }) => (
            <li>
              {POLICY_WORDS[policy]} by its figures was the best, or as good, in {picked_best.successes} of{' '}
              {counted(picked_best.trials, 'round')}
              {regret_median !== null && regret_median > 0 && (
                <>
                  ; usually it costs{' '}
                  {unit === 'ms' ? `${formatMs(regret_median)} a reply` : `${formatUsd(regret_median)} a reply`} more
                  than the best
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {policies.length > 0 && <Exports address={addressOf(content, 'picks')} />}
      {endpoints.length > 0 && (
        <section class="panel" aria-label="What the router says" {...SCROLLS}>
          <table class="stacks">
            <thead>
              <tr>
                <th scope="col">Provider</th>
                <th scope="col">First token, against its claim</th>
                <th scope="col">Output, against its claim</th>
              </tr>
            </thead>
            <tbody>
              {endpoints.map((endpoint) => (
                <tr>
                  <th scope="row">
                    <a href={endpointPath(content.model_id, endpoint.provider)}>{endpoint.provider}</a>
                  </th>
                  <td class="nowrap" data-of="First token, against its claim">
                    {claimWords(endpoint, 'ttft')}
                  </td>
                  <td class="nowrap" data-of="Output, against its claim">
                    {claimWords(endpoint, 'tps')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {endpoints.length > 0 && <Exports address={addressOf(content, 'claims')} />}
    </Section>
  );
}

function claimWords({ claims }: Endpoint, claim: 'ttft' | 'tps'): string {
  const found = claims.find((each) => each.claim === claim);
  if (found === undefined || found.ratio === null || found.low === null || found.high === null) {
    return found === undefined ? '–' : `too early to say (n = ${found.n})`;
  }
  const { ratio, low, high, n } = found;
  if (low <= 1 && high >= 1) return `as claimed, within noise (n = ${n})`;
  return `${changeWords(ratio)} (${changeWords(low)} to ${changeWords(high)}, n = ${n})`;
}
