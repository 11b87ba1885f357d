import { z } from 'zod';
import type { ProbeKind } from '../domain/probe-kind.ts';
import type { AttemptRecord } from '../domain/record.ts';
import { asObject, asObjects, asText } from './json.ts';
import type { Reply } from './types.ts';
import { OBEYED, STOP, WEATHER_TOOL } from './wording.ts';

/** The JSON Schemas of the two questions (wording.ts), as checks. */
const WeatherArguments = z.strictObject({ city: z.string(), unit: z.enum(['celsius', 'fahrenheit']) });
const City = z.strictObject({
  name: z.string(),
  country: z.string(),
  population_millions: z.number(),
  coastal: z.boolean(),
});

/** The columns of a row that tell whether a feature worked. */
export type Tried = Pick<
  AttemptRecord,
  | 'outcome'
  | 'errorClass'
  | 'responseStatusCode'
  | 'finishReason'
  | 'answerText'
  | 'conformance'
  | 'promptTokens'
  | 'cachedTokens'
  | 'ttftMs'
  | 'systemFingerprint'
  | 'servedBy'
>;

/**
 * Whether the reply did what the feature promises (spec.md, "Confirm and feature probes").
 *
 * @param first the row of the first part, where this is the second of two
 * @returns null where the reply cannot tell: it failed, was limited or cut, or is the first of two
 */
export function featureWorks(kind: ProbeKind, row: Tried, reply: Reply | null, first: Tried | null): boolean | null {
  if (kind.name !== 'feature') return null;
  if (kind.feature === 'cache') return first && isCacheHonest(first, row);
  if (isRefused(row)) return false;
  if (!isWhole(row)) return null;
  const answer = row.answerText ?? '';
  switch (kind.feature) {
    case 'tool_call':
      return toolCallsOf(reply).some(isRightCall);
    case 'json_schema':
      return City.safeParse(jsonIn(answer)).success;
    case 'system_prompt':
      return new RegExp(`^\\W*${OBEYED}\\W*$`, 'i').test(answer);
    case 'stop':
      return isStopped(answer.toLowerCase());
    case 'seed':
      return first && isRepeated(first, row);
  }
}

/** Nothing that was to come after; null where even what was to come before is missing. */
function isStopped(answer: string): boolean | null {
  if (answer.includes(STOP.after)) return false;
  return answer.includes(STOP.before) ? true : null;
}

/** A good question that is called bad: the target does not take the feature. */
function isRefused({ errorClass, responseStatusCode }: Tried): boolean {
  return errorClass === 'http_4xx' && (responseStatusCode === 400 || responseStatusCode === 422);
}

function isWhole({ outcome, finishReason, conformance }: Tried): boolean {
  return outcome === 'ok' && finishReason !== 'length' && !conformance?.includes('cut_by_prober');
}

function toolCallsOf(reply: Reply | null) {
  const [choice] = asObjects(asObject(reply?.completion)?.choices);
  return asObjects(asObject(choice?.message)?.tool_calls).map((call) => asObject(call.function));
}

function isRightCall(called: ReturnType<typeof asObject>): boolean {
  const given = WeatherArguments.safeParse(jsonIn(asText(called?.arguments) ?? ''));
  return called?.name === WEATHER_TOOL && given.success && /paris/i.test(given.data.city);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A seed holds for one and the same backend: where another one answered, different replies prove nothing. */
function isRepeated(first: Tried, second: Tried): boolean | null {
  if (!isWhole(first) || !first.answerText || !second.answerText) return null;
  if (first.answerText === second.answerText) return true;
  const isSameBackend = first.systemFingerprint === second.systemFingerprint && first.servedBy === second.servedBy;
  return isSameBackend ? false : null;
}

/**
 * A prompt that begins with a fresh nonce cannot be in a cache: a claim that most of it was is false. What comes before the nonce, a chat
 * template, may well be. Of the second sending a claim is believed when its first token came sooner; when it did not, one pair proves nothing, and
 * neither does a provider that claims nothing.
 */
function isCacheHonest(first: Tried, second: Tried): boolean | null {
  if (first.outcome !== 'ok') return null;
  if (isMostlyCached(first)) return false;
  if (second.outcome !== 'ok' || !second.cachedTokens || first.ttftMs === null || second.ttftMs === null) return null;
  return second.ttftMs < first.ttftMs ? true : null;
}

function isMostlyCached({ promptTokens, cachedTokens }: Tried): boolean {
  return cachedTokens !== null && promptTokens !== null && cachedTokens > promptTokens / 2;
}
