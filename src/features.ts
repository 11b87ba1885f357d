import { askBeside, type Beside, eachRound, isOver } from './ask-beside.ts';
import { affordsBeside } from './budget.ts';
import { partsOf } from './domain/probe-kind.ts';
import type { AttemptRecord } from './domain/record.ts';
import type { Cycle, Target } from './domain/types.ts';
import { startOfDay } from './domain/utc-day.ts';
import type { Feature } from './domain/verdict.ts';
import { featuresDue } from './schedule/features-due.ts';

/** Once a UTC day every feature of every target is tried, one target after the other. What was tried is read from the store. */
export function tryFeatures(beside: Beside): Promise<void> {
  const { store, clock, identity } = beside.parts;
  return eachRound(beside, async (cycle) => {
    const { location } = identity;
    const trials = await store.featureTrialsSince(startOfDay(cycle.dueAtMs), location);
    const now = { location, nowMs: cycle.dueAtMs };
    for (const { target, features } of featuresDue((await store.lastGood())?.targets ?? [], trials, now)) {
      if (isOver(cycle, clock.nowMs())) return;
      for (const feature of features) if (!(await tryFeature(feature, target, cycle, beside))) break;
    }
  });
}

/** @returns false when something went wrong: the rest of this target waits for the next round */
async function tryFeature(feature: Feature, target: Target, cycle: Cycle, beside: Beside): Promise<boolean> {
  if (!(await affordsBeside(target, [feature], cycle.dueAtMs, beside.parts))) return false;
  let row: AttemptRecord | null = null;
  for (const part of [1, 2] as const) {
    if (part > partsOf(feature)) break;
    row = await askBeside({ cycle, target, kind: { name: 'feature', feature, part } }, beside, row ?? undefined);
    if (row?.outcome !== 'ok') return false;
  }
  return true;
}
