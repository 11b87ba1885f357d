import { z } from 'zod';
import { GOALS, type Goal } from '../../../domain/verdict.ts';
import type { Window } from '../../../ports.ts';
import * as given from '../../parameters.ts';
import { modelPath, withQuery } from '../links.ts';
import { ASKED_NEEDS, askedNeedsOf, NEED_PARAMETERS, needsInAddress } from '../needs.tsx';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export const WINDOWS = { '24h': 24, '7d': 7 * 24, '30d': 30 * 24 } as const;
export type WindowName = keyof typeof WINDOWS;
export const WINDOW_WORDS = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' } as const;
const WINDOW_NAMES = Object.keys(WINDOWS) as readonly WindowName[];

/** By what rows are put in order. */
const SORTS = ['rank', 'provider', 'first_token', 'output', 'price', 'uptime', 'correct'] as const;
export type Sort = (typeof SORTS)[number];

/** What a reader may ask of a model's page; all of it is in the address. */
export const QUESTION = z.object({
  org: given.org,
  name: given.name,
  goal: given.goal,
  ...NEED_PARAMETERS,
  since: given.oneOf(WINDOW_NAMES).prefault('24h'),
  sort: given.oneOf(SORTS).prefault('rank'),
  provider: given.provider.optional().describe('Whose history is shown; the recommended one when absent.'),
});
export type Question = z.output<typeof QUESTION>;

/** What of a question is published again: a page shows what was asked. */
export const Asked = z.object({
  goal: z.enum(GOALS),
  ...ASKED_NEEDS,
  since: z.enum(WINDOW_NAMES as [WindowName, ...WindowName[]]),
  sort: z.enum(SORTS),
  provider: z.string().nullable(),
});
export type Asked = z.output<typeof Asked>;

export const askedOf = ({ goal, since, sort, provider, ...needs }: Question): Asked => ({
  goal: goal as Goal,
  ...askedNeedsOf(needs),
  since,
  sort,
  provider: provider ?? null,
});

/** Whole minutes: all who ask within one get the same verdict. */
export function windowUntilNow(name: WindowName, nowMs: number): Window {
  const untilMs = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
  return { sinceMs: untilMs - WINDOWS[name] * HOUR_MS, untilMs };
}

/** The parameters of a question as they stand in an address, without those that are what they are anyway. */
export const inAddress = ({ goal, since, sort, provider, ...needs }: Asked) => ({
  goal: goal === 'balanced' ? undefined : goal,
  ...needsInAddress(needs),
  since: since === '24h' ? undefined : since,
  sort: sort === 'rank' ? undefined : sort,
  provider: provider ?? undefined,
});

/** The same question but for what is changed. */
export const asking = (modelId: string, asked: Asked, changed: Partial<Asked>) =>
  withQuery(modelPath(modelId), inAddress({ ...asked, ...changed }));
