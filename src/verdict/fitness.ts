import { LEAST_AVAILABILITY } from '../domain/rules.ts';
import { flooredPercent } from '../domain/statistics.ts';
import type { EndpointVerdict, Feature, Needs, State } from '../domain/verdict.ts';
import { usualPrice } from './metric.ts';

/** States in which a provider can be used. */
const USABLE: readonly State[] = ['healthy', 'slow'];

const AVOIDED: Partial<Record<State, string>> = {
  down: 'Down now',
  refuses_us: 'Refuses our token, which others accept',
  delisted: 'No longer listed for this model',
};

/** Said of whoever could be used some other time. */
export const STATE_WORDS: Readonly<Record<State, string>> = {
  healthy: 'answering',
  slow: 'slow now',
  down: 'down now',
  limited: 'limiting us now',
  our_account: 'our account, not them',
  refuses_us: 'refuses our token',
  delisted: 'no longer listed',
  no_data: 'no data',
};

export const isUsable = ({ state }: EndpointVerdict) => USABLE.includes(state.state);

/** Why nobody should use it, whatever they need; null: no reason is known. */
export function whyToAvoid(endpoint: EndpointVerdict, needs: Needs): string | null {
  const strong = endpoint.flags.find(({ weight }) => weight === 'strong');
  return AVOIDED[endpoint.state.state] ?? strong?.says ?? liesAbout(endpoint, needs) ?? failsTooOften(endpoint);
}

function failsTooOften({ availability: { firstTry } }: EndpointVerdict): string | null {
  if (firstTry.interval === null || firstTry.interval.high >= LEAST_AVAILABILITY) return null;
  return `Fails too often: answered ${answered(firstTry)}`;
}

/** `99.4% of 336 first tries`. */
export const answered = ({ successes, trials }: { readonly successes: number; readonly trials: number }) =>
  `${flooredPercent(successes, trials)!.toFixed(1)}% of ${trials} first tries`;

interface Asked {
  readonly feature: Feature;
  readonly words: string;
}

const askedFeatures = ({ tools, structuredOutput }: Needs): readonly Asked[] => [
  ...(tools ? [{ feature: 'tool_call', words: 'tool calls' } as const] : []),
  ...(structuredOutput ? [{ feature: 'json_schema', words: 'JSON-schema replies' } as const] : []),
];

const verdictOn = (endpoint: EndpointVerdict, feature: Feature) =>
  endpoint.features.find((verdict) => verdict.feature === feature);

function liesAbout(endpoint: EndpointVerdict, needs: Needs): string | null {
  for (const { feature, words } of askedFeatures(needs)) {
    const found = verdictOn(endpoint, feature);
    if (found?.verdict === 'fails') return `Advertises ${words}, but they fail (${found.works} of ${found.n} worked)`;
  }
  return null;
}

/** What of the needs is not met, in words. A feature counts when it works, or is advertised and was not tried yet. */
export function missing(endpoint: EndpointVerdict, needs: Needs): readonly string[] {
  const features = askedFeatures(needs).filter(({ feature }) => {
    const found = verdictOn(endpoint, feature);
    return !(found?.verdict === 'works' || (found?.verdict === 'unknown' && found.advertised === true));
  });
  const isTooShort = needs.contextLength !== null && (endpoint.contextLength ?? 0) < needs.contextLength;
  return [
    ...features.map(({ words }) => words),
    ...(isTooShort ? [`${contextWords(needs.contextLength!)} context`] : []),
  ];
}

/** `tool calls and 128k context`. */
export function needWords(needs: Needs): string {
  const words = askedFeatures(needs).map(({ words }) => words);
  if (needs.contextLength !== null) words.push(`${contextWords(needs.contextLength)} context`);
  return words.join(' and ');
}

/** `Tool calls work (7 of 7)`. */
export function featureReasons(endpoint: EndpointVerdict, needs: Needs): readonly string[] {
  return askedFeatures(needs).map(({ feature, words }) => {
    const found = verdictOn(endpoint, feature);
    const capital = words[0]!.toUpperCase() + words.slice(1);
    return found?.verdict === 'works'
      ? `${capital} work (${found.works} of ${found.n})`
      : `${capital} are advertised, not tried by us yet`;
  });
}

/** `128k` (131,072), `200k`. */
export function contextWords(tokens: number): string {
  if (tokens < 1000) return `${tokens}`;
  return `${Math.round(tokens / (tokens % 1024 === 0 ? 1024 : 1000))}k`;
}

/** The price of a usual reply; those without one come last. */
export const priceOrLast = (endpoint: EndpointVerdict) => usualPrice(endpoint) ?? Number.POSITIVE_INFINITY;
