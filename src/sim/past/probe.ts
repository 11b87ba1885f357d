import { attemptId, probeId } from '../../domain/ids.ts';
import type { AttemptRecord } from '../../domain/record.ts';
import type { Cycle } from '../../domain/types.ts';
import type { Feature } from '../../domain/verdict.ts';
import { between } from '../dice.ts';
import { CACHED_TTFT, habitsOf, mishapOf } from '../providers.ts';
import { conditionsAt, type Story } from '../story.ts';
import { exchanged, iso } from './attempt.ts';
import { endingOf } from './ending.ts';
import { createShapes, type PastQuestion, trialPrompt } from './shapes.ts';
import type { PastTarget } from './targets.ts';

export interface Asked {
  readonly target: PastTarget;
  readonly kind: 'standard' | 'confirm' | 'feature';
  readonly questionId: string;
  readonly cycle: Cycle;
  readonly feature?: Feature;
  readonly part?: 1 | 2;
}

/** From the due time: the catalogue is read first. */
const CATALOGUE_MS = 900;
/** Further attempts of a standard probe. */
const RETRIES = 2;

/** Asks one question of the past: the rows of its attempts, at least one. */
export function askedInPast(story: Story | null, question: PastQuestion): (asked: Asked) => readonly AttemptRecord[] {
  const wordedAs = createShapes(question);
  return ({ target, kind, questionId, cycle, feature, part = 1 }) => {
    const { provider, model, offer, random, shared } = target;
    const { location } = shared as AttemptRecord;
    const trial = feature ?? (kind === 'confirm' ? kind : null);
    const name = feature === undefined ? kind : `${kind}:${feature}${part === 2 ? ':2' : ''}`;
    const probe = probeId(cycle.cycleId, location, model.id, provider.name, name);
    const scheduledAtMs = cycle.dueAtMs + (kind === 'standard' ? CATALOGUE_MS : 0);
    const isCached = feature === 'cache' && part === 2;
    const lies = story?.lie?.provider === provider.name && story.lie.modelId === model.id && feature === 'tool_call';
    const rows: AttemptRecord[] = [];
    let startAtMs = scheduledAtMs + Math.round(between(random, 10, 120));
    for (let attempt = 1, isFinal = false; !isFinal; attempt++) {
      const conditions = conditionsAt(story, provider.name, model.id, startAtMs);
      const fault = mishapOf(provider, conditions, random);
      const usual = habitsOf(provider, model, offer.providerId, random, conditions);
      const isFaster = isCached && usual.tellsCached;
      const habits = isFaster ? { ...usual, ttftMs: usual.ttftMs * CACHED_TTFT } : usual;
      const ending = endingOf(fault, habits);
      isFinal = ending.againAfterMs === null || kind !== 'standard' || attempt > RETRIES;
      const columns = exchanged(
        {
          ...{ habits, ending, isCached, startAtMs, scheduledAtMs },
          shape: wordedAs(trial, habits, random),
          prompt: trial === null ? question.prompt : trialPrompt(trial),
          prices: shared as AttemptRecord,
        },
        random,
      );
      rows.push({
        ...shared,
        ...{ probeKind: kind, questionId, feature: feature ?? null },
        ...{ cycleId: cycle.cycleId, probeId: probe, attemptId: attemptId(probe, attempt), attempt, final: isFinal },
        cycleTimestampIso: iso(cycle.dueAtMs),
        scheduledAtIso: iso(scheduledAtMs),
        ...columns,
        featureWorks: columns.outcome === 'ok' && feature ? worked(feature, part, lies, isFaster) : null,
      } as AttemptRecord);
      startAtMs += Math.round(columns.durationMs + (ending.againAfterMs ?? 0));
    }
    return rows;
  };
}

/** Whoever claims nothing of a cache proves nothing. */
function worked(feature: Feature, part: 1 | 2, lies: boolean, isFaster: boolean): boolean | null {
  if (feature === 'seed') return part === 1 ? null : true;
  if (feature === 'cache') return isFaster ? true : null;
  return !lies;
}
