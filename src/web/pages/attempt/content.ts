import { z } from 'zod';
import type { AttemptRecord } from '../../../domain/record.ts';
import { DAY_MS } from '../../../domain/utc-day.ts';
import type { AttemptReader, AttemptSummary } from '../../../ports.ts';
import { rowInData } from '../../data-names.ts';
import type { WebParts } from '../../route.ts';
import { Attempt, AttemptSummary as Summary } from '../../schemas/attempts.ts';
import { MaybeText } from '../../schemas/schema.ts';

/** Of one cycle, all kinds of probes and their retries together. */
const MOST_OF_CYCLE = 300;
/** How far back the attempt before is looked for. */
const LONGEST_AGO_MS = 30 * DAY_MS;
const MOST_LATER = 1000;

export const AttemptContent = z.object({
  attempt: Attempt,
  /** Of the same probe, by number; this one among them. */
  probe: z.array(Summary),
  /** Final attempts of the same question in the same cycle at other providers of the model, in alphabetical order. */
  elsewhere: z.array(Summary),
  /** Ids, of the same endpoint; null: there is none, or none near. */
  previous: MaybeText,
  next: MaybeText,
});

/** What the schema of the API makes of a row: every column by its name in data. */
export type AttemptRow = { readonly [Name in keyof AttemptRecord as Snake<Name>]: AttemptRecord[Name] };
export type AttemptInShort = { readonly [Name in keyof AttemptSummary as Snake<Name>]: AttemptSummary[Name] };
type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? Head extends Uppercase<Head>
    ? Head extends Lowercase<Head>
      ? `${Head}${Snake<Tail>}`
      : `_${Lowercase<Head>}${Snake<Tail>}`
    : `${Head}${Snake<Tail>}`
  : Name;

export async function attemptContent({ id }: { readonly id: string }, { attempts, setup }: WebParts): Promise<unknown> {
  const attempt = await attempts.attempt(id);
  if (attempt === null) return null;
  const dueAtMs = Date.parse(attempt.cycleTimestampIso);
  const model = attempt.modelId === null ? {} : { modelId: attempt.modelId };
  const ofCycle = await attempts.attempts({ ...model, sinceMs: dueAtMs, untilMs: dueAtMs + 1, limit: MOST_OF_CYCLE });
  const probe = ofCycle.filter(({ probeId }) => probeId === attempt.probeId).toSorted((a, b) => a.attempt - b.attempt);
  const elsewhere = ofCycle
    .filter((each) => isSameQuestion(each, attempt) && each.probeId !== attempt.probeId && each.final)
    .toSorted((a, b) => ((a.providerName ?? '') < (b.providerName ?? '') ? -1 : 1));
  return {
    attempt: rowInData(attempt),
    probe: probe.map(rowInData),
    elsewhere: elsewhere.map(rowInData),
    previous: await previousOf(attempt, dueAtMs, attempts),
    next: await nextOf(attempt, dueAtMs, attempts, setup.intervalMs),
  };
}

const isSameQuestion = (each: AttemptSummary, { modelId, probeKind, questionId, feature }: AttemptRecord) =>
  each.modelId === modelId &&
  each.probeKind === probeKind &&
  each.questionId === questionId &&
  each.feature === feature;

/** Of the same endpoint. Null: a row without a target is of none. */
const endpointOf = ({ modelId, providerName }: AttemptRecord) =>
  modelId === null || providerName === null ? null : { modelId, provider: providerName };

async function previousOf(attempt: AttemptRecord, dueAtMs: number, attempts: AttemptReader): Promise<string | null> {
  const endpoint = endpointOf(attempt);
  if (endpoint === null) return null;
  const { attemptId } = attempt;
  const window = { sinceMs: dueAtMs - LONGEST_AGO_MS, untilMs: dueAtMs + 1 };
  return (
    (await attempts.attempts({ ...endpoint, ...window, after: { dueAtMs, attemptId }, limit: 1 }))[0]?.attemptId ?? null
  );
}

/** Attempts are read newest first, so the next one is the last of a window after this one; a short window mostly does. */
async function nextOf(
  attempt: AttemptRecord,
  dueAtMs: number,
  attempts: AttemptReader,
  intervalMs: number,
): Promise<string | null> {
  const endpoint = endpointOf(attempt);
  if (endpoint === null) return null;
  for (const spanMs of [4 * intervalMs, DAY_MS]) {
    const later = (
      await attempts.attempts({ ...endpoint, sinceMs: dueAtMs, untilMs: dueAtMs + spanMs, limit: MOST_LATER })
    ).filter((each) => Date.parse(each.cycleTimestampIso) > dueAtMs || each.attemptId > attempt.attemptId);
    if (later.length > 0) return later.at(-1)!.attemptId;
  }
  return null;
}
