import { targetKey } from './domain/ids.ts';
import {
  costUsd,
  dearestPrices,
  expectedCost,
  roundedUsd,
  type TokenCounts,
  totalUsd,
  USUAL_TOKENS,
} from './domain/money.ts';
import { featuresToTry } from './domain/probe-kind.ts';
import type { ScheduleSettings } from './domain/settings.ts';
import type { Cycle, Target } from './domain/types.ts';
import { DAY_MS, dayOf } from './domain/utc-day.ts';
import type { Feature } from './domain/verdict.ts';
import type { Parts } from './parts.ts';
import type { CatalogStore, Ledger } from './ports.ts';
import { isWithinBudget, leftOverUsd, placeInDay } from './schedule/thinning.ts';

/** What a day of asking will cost, by what replies cost lately. */
export interface DayCost {
  readonly usdPerCycle: number;
  /** Of all cycles, were there no budget. */
  readonly usdPerDay: number;
  /** Targets of models without any known price. */
  readonly unpriced: number;
  readonly cyclesPerDay: number;
  /** Of trying every feature of every target once. */
  readonly featuresUsdPerDay: number;
  /** How many of them the budget allows; null: there is none. */
  readonly cyclesAllowed: number | null;
}

/** @param ledger null: there is none yet, and usual replies count */
export async function dayCost(
  targets: readonly Target[],
  { intervalMs, budgetUsdPerDay }: Pick<ScheduleSettings, 'intervalMs' | 'budgetUsdPerDay'>,
  ledger: Pick<Ledger, 'costsSince'> | null,
  nowMs: number,
): Promise<DayCost> {
  const { usd, unpriced } = expectedCost(targets, USUAL_TOKENS, await experience(ledger, nowMs));
  const cyclesPerDay = DAY_MS / intervalMs;
  const affordable = budgetUsdPerDay === 0 ? 0 : Math.floor((budgetUsdPerDay ?? Infinity) / usd + 1e-9);
  return {
    usdPerCycle: usd,
    usdPerDay: usd * cyclesPerDay,
    unpriced,
    cyclesPerDay,
    featuresUsdPerDay: roundedUsd(
      targets.reduce((sum, target) => sum + besideUsd(target, featuresToTry(target), targets), 0),
    ),
    cyclesAllowed: budgetUsdPerDay === null ? null : Math.min(affordable, cyclesPerDay),
  };
}

/** Of today and yesterday: prices and habits change. */
async function experience(
  ledger: Pick<Ledger, 'costsSince'> | null,
  nowMs: number,
): Promise<(target: Target) => number | null> {
  const costs = (await ledger?.costsSince(dayOf(nowMs - DAY_MS))) ?? [];
  const known = new Map(costs.map((cost) => [targetKey(cost), cost.usd]));
  return (target) => known.get(targetKey(target)) ?? null;
}

/**
 * Whether a cycle as a whole is left out to keep to the budget of its day, which is then said.
 *
 * @param places at which it would be asked
 */
export async function skipForBudget(
  cycle: Cycle,
  targets: readonly Target[],
  parts: Parts,
  places = 1,
): Promise<'budget' | null> {
  const { config, store, log } = parts;
  const { intervalMs, budgetUsdPerDay: budgetUsd } = config.schedule;
  if (budgetUsd === null) return null;
  const spent = await store.spentOn(dayOf(cycle.dueAtMs));
  const spentUsd = totalUsd(spent);
  const expectedUsd = (await dayCost(targets, config.schedule, store, cycle.dueAtMs)).usdPerCycle * places;
  const askedAgo = cyclesSinceAsked(cycle, await store.lastAskedDueAtMs(), intervalMs);
  const place = placeInDay(cycle.dueAtMs, intervalMs);
  if (isWithinBudget({ ...place, budgetUsd, spentUsd, expectedUsd, askedAgo })) return null;

  const { estimatedUsd } = spent;
  const facts = { cycle: new Date(cycle.dueAtMs).toISOString(), ...shown({ spentUsd, estimatedUsd, expectedUsd }) };
  log.info({ ...facts, budgetUsd }, 'cycle left out to keep to the budget of the day');
  return 'budget';
}

/** What a question beside the cycles usually takes, all its requests together; some models think before they answer. */
const BESIDE_TOKENS: Readonly<Record<'confirm' | Feature, TokenCounts>> = {
  confirm: { promptTokens: 20, completionTokens: 100 },
  tool_call: { promptTokens: 150, completionTokens: 150 },
  json_schema: { promptTokens: 150, completionTokens: 150 },
  system_prompt: { promptTokens: 50, completionTokens: 100 },
  stop: { promptTokens: 50, completionTokens: 150 },
  seed: { promptTokens: 50, completionTokens: 400 },
  cache: { promptTokens: 3000, completionTokens: 100 },
};

function besideUsd(target: Target, questions: readonly ('confirm' | Feature)[], targets: readonly Target[]): number {
  const prices = dearestPrices(target, targets);
  return questions.reduce((sum, question) => sum + (costUsd(BESIDE_TOKENS[question], prices) ?? 0), 0);
}

/** What tells whether there is money for a question beside the cycles. */
export interface Purse {
  readonly config: Pick<Parts['config'], 'schedule'>;
  readonly store: Ledger & Pick<CatalogStore, 'lastGood'>;
  /** How many places the cycles are asked from; one where it is absent. */
  readonly places?: () => Promise<number>;
}

/** Whether the budget of the day leaves enough for these questions beside the cycles, which go first. */
export async function affordsBeside(
  target: Target,
  questions: readonly ('confirm' | Feature)[],
  atMs: number,
  { config, store, places = async () => 1 }: Purse,
): Promise<boolean> {
  const { intervalMs, budgetUsdPerDay: budgetUsd } = config.schedule;
  if (budgetUsd === null) return true;
  const targets = (await store.lastGood())?.targets ?? [target];
  const expectedUsd = (await dayCost(targets, config.schedule, store, atMs)).usdPerCycle * (await places());
  const spentUsd = totalUsd(await store.spentOn(dayOf(atMs)));
  const leftUsd = leftOverUsd({ ...placeInDay(atMs, intervalMs), budgetUsd, spentUsd, expectedUsd });
  return leftUsd > 0 && besideUsd(target, questions, targets) <= leftUsd;
}

/** On the same day; null: none was asked on it. */
function cyclesSinceAsked({ dueAtMs }: Cycle, lastAskedMs: number | null, intervalMs: number): number | null {
  if (lastAskedMs === null || dayOf(lastAskedMs) !== dayOf(dueAtMs)) return null;
  return Math.max(Math.round((dueAtMs - lastAskedMs) / intervalMs), 1);
}

/** What to expect of the days to come. */
export async function announceCost(targets: readonly Target[], { config, store, clock, log }: Parts): Promise<void> {
  const { intervalMs, budgetUsdPerDay: budgetUsd } = config.schedule;
  const cost = await dayCost(targets, config.schedule, store, clock.nowMs());
  const { usdPerDay, featuresUsdPerDay, unpriced, cyclesPerDay, cyclesAllowed } = cost;
  const facts = {
    targets: targets.length,
    everySeconds: intervalMs / 1000,
    ...shown({ usdPerDay, featuresUsdPerDay }),
    unpriced,
  };
  log.info(facts, 'a day will cost roughly this much');
  if (cyclesAllowed === null) return;
  const message = `the budget of a day allows ${allowedWords({ cyclesAllowed, cyclesPerDay })}`;
  if (cyclesAllowed > 0) log.info({ budgetUsd }, message);
  else log.warn({ budgetUsd }, `${message}: nothing is asked`);
}

/** `about 20 of 48 cycles`. */
export function allowedWords({ cyclesAllowed, cyclesPerDay }: Pick<DayCost, 'cyclesAllowed' | 'cyclesPerDay'>): string {
  const [allowed, all] = [cyclesAllowed ?? cyclesPerDay, cyclesPerDay].map((cycles) => Math.round(cycles * 10) / 10);
  if (allowed === 0) return `not one of ${all} cycles`;
  return allowed === all ? `all of ${all} cycles` : `about ${allowed} of ${all} cycles`;
}

/** Two digits are enough for a person. */
function shown<Amounts extends Record<string, number>>(amounts: Amounts): Amounts {
  const entries = Object.entries(amounts).map(([name, usd]) => [name, Number(usd.toPrecision(2))]);
  return Object.fromEntries(entries) as Amounts;
}
