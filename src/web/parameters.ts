import { z } from 'zod';
import type { Endpoint } from '../domain/incident.ts';
import { DAY_MS } from '../domain/utc-day.ts';
import { GOALS, type Goal, METRICS, type Metric } from '../domain/verdict.ts';
import { momentOf, readWhen, WHEN, type When } from '../lib/when.ts';
import type { HistoryMetric, Window } from '../ports.ts';
import { snake } from './data-names.ts';
import { wrong } from './problem.ts';

const text = (pattern: RegExp, allowed: string) =>
  z.string({ error: `is required: ${allowed}` }).regex(pattern, { error: `must be ${allowed}` });

const when = z.string().transform((given, context): When => {
  const value = readWhen(given);
  if (value !== null) return value;
  context.addIssue(`must be ${WHEN}`);
  return z.NEVER;
});

/** A word in data for a word of the domain. */
function words<Word extends string>(list: readonly Word[]) {
  const named = new Map(list.map((word) => [snake(word), word]));
  return z
    .enum([...named.keys()], { error: `must be one of ${[...named.keys()].join(', ')}` })
    .transform((name) => named.get(name)!);
}

const whole = (unit: string, min: number, max: number) => {
  const error = `must be a whole number of ${unit} from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};

const isTrue = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((given) => given === 'true')
  .optional();

const MODEL = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/;
const PROVIDER = /^[A-Za-z0-9][\w.-]{0,63}$/;
/** Whether there can be a page about it; asked of every cell of a board. */
export const isModel = (modelId: string) => MODEL.test(modelId);
export const isProvider = (name: string) => PROVIDER.test(name);
const HISTORY_METRICS = ['ttftMs', 'ttfatMs', 'tpotMs', 'e2eMs'] as const satisfies readonly HistoryMetric[];

export const model = text(MODEL, 'a model as org/name').describe('As `org/name`.');
export const org = text(/^[A-Za-z0-9][\w.-]{0,95}$/, 'the first part of a model').describe(
  'The part before the slash.',
);
export const name = text(/^[A-Za-z0-9][\w.-]{0,95}$/, 'the second part of a model').describe(
  'The part after the slash.',
);
export const provider = text(PROVIDER, 'the name of a provider').describe('As the Hub names it.');
export const location = text(/^[\w.-]{1,64}$/, 'the name of a place').describe(
  'A place probed from, as its operator names it.',
);
export const id = text(/^[\w-]{1,64}$/, 'an id').describe('As another answer gave it.');
export const since = when.describe(`From when on, by due time: ${WHEN}.`);
export const until = when.optional().describe(`Before when, by due time; now when absent: ${WHEN}.`);
export const metric = words<Metric>(METRICS).describe('What is compared.');
export const historyMetric = words(HISTORY_METRICS).prefault('ttft_ms').describe('Which latency.');
export const goal = words<Goal>(GOALS).prefault('balanced').describe('What matters most.');
export const tools = isTrue.describe('Must it offer tools?');
export const structuredOutput = isTrue.describe('Must it offer structured output?');
export const contextLength = whole('tokens', 1, 100_000_000).optional().describe('Context it must offer, in tokens.');
export const limit = (most: number) => whole('rows', 1, most).prefault(most).describe('At most so many.');
export const points = whole('points', 1, 500).prefault(200).describe('At most so many.');
export const oneOf = <Word extends string>(list: readonly Word[]) =>
  z.enum(list as [Word, ...Word[]], { error: `must be one of ${list.join(', ')}` });
export const onlyIf = isTrue;

/** @throws Problem where the window is empty, or longer than `longestDays` */
export function windowOf(given: { since: When; until?: When | undefined }, nowMs: number, longestDays: number): Window {
  const sinceMs = momentOf(given.since, nowMs);
  const untilMs = given.until === undefined ? nowMs : momentOf(given.until, nowMs);
  if (sinceMs >= untilMs) throw wrong('since', 'must lie before until, and before now');
  if (untilMs - sinceMs > longestDays * DAY_MS) {
    throw wrong('since', `must lie at most ${longestDays} days before until`);
  }
  return { sinceMs, untilMs };
}

/** `org/name/provider`; a form sends an empty one for none. */
const endpoint = z.string().transform((given, context): Endpoint | null => {
  if (given === '') return null;
  const at = given.lastIndexOf('/');
  const [modelId, of] = [model.safeParse(given.slice(0, at)), provider.safeParse(given.slice(at + 1))];
  if (modelId.success && of.success) return { modelId: modelId.data, provider: of.data };
  context.addIssue('must be a model and a provider as org/name/provider');
  return z.NEVER;
});
export const endpoints = (most: number) =>
  z
    .array(endpoint)
    .max(most, { error: `may be given ${most} times` })
    .prefault([])
    .describe('As `org/name/provider`, once for each.');

/** Of a page of attempts: `<due, Unix ms>-<attempt id>`. */
export const cursor = z
  .string()
  .transform((given, context) => {
    const parts = given.match(/^(\d{1,15})-([\w-]{1,64})$/);
    if (parts) return { dueAtMs: Number(parts[1]), attemptId: parts[2]! };
    context.addIssue('must be what an answer gave as next');
    return z.NEVER;
  })
  .optional()
  .describe('`next` of the page before.');

export const reason = z
  .string({ error: 'is required: why, in at most 500 characters' })
  .trim()
  .min(1, { error: 'must say why' })
  .max(500, { error: 'must have at most 500 characters' })
  .describe('Why. What is said of an acknowledgement is published.');
