import { askBeside, type Beside, eachRound, goingOn } from './ask-beside.ts';
import { affordsBeside } from './budget.ts';
import { CONFIRM } from './domain/probe-kind.ts';
import type { Cycle, Target } from './domain/types.ts';
import { dispatch } from './schedule/dispatch.ts';
import { lookBackMs, toConfirm } from './schedule/to-confirm.ts';

/**
 * Every two minutes the targets that failed in their last cycle are asked again, until they answer or an hour has passed. Who failed
 * is read from the store each time. A round does not wait for the one before, in which somebody may still hang.
 */
export async function confirmFailing(beside: Beside): Promise<void> {
  const asking = new Set<Promise<void>>();
  await eachRound(beside, (cycle) => {
    const round = goingOn(beside, () => confirmRound(cycle, beside));
    asking.add(round);
    round.then(
      () => asking.delete(round),
      () => {}, // thrown below
    );
  });
  await Promise.all(asking);
}

async function confirmRound(cycle: Cycle, beside: Beside): Promise<void> {
  const { parts, stop } = beside;
  const { store, config, identity, log } = parts;
  const { intervalMs, concurrency, concurrencyPerProvider: perKey } = config.schedule;
  const targets = (await store.lastGood())?.targets ?? [];
  const endings = await store.endingsSince(cycle.dueAtMs - lookBackMs(intervalMs), identity.location);
  const ask = async (target: Target) => {
    if (!(await affordsBeside(target, ['confirm'], cycle.dueAtMs, parts))) return;
    const row = await askBeside({ cycle, target, kind: CONFIRM }, beside);
    const answers = { model: target.modelId, provider: target.provider };
    if (row?.outcome === 'ok') log.info(answers, 'a target that failed answers again');
  };
  const limits = { concurrency, perKey, keyOf: ({ provider }: Target) => provider };
  await dispatch(toConfirm(targets, endings, cycle.dueAtMs), limits, ask, stop.starting);
}
