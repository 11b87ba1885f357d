import { cycleId, questionId } from '../../domain/ids.ts';
import type { AttemptRecord } from '../../domain/record.ts';
import type { Identity } from '../../domain/types.ts';
import { type Asked, askedInPast } from './probe.ts';
import type { PastQuestion } from './shapes.ts';
import { type PastWorld, targetsOf } from './targets.ts';

export interface HistoryOptions {
  readonly days: number;
  /** Unix ms: cycles were due before it, every half an hour on the UTC grid. */
  readonly untilMs: number;
  readonly identity: Identity;
  readonly question: PastQuestion;
  /** Between cycles; half an hour when absent. */
  readonly intervalMs?: number;
  /** As much at a time; five days when absent. */
  readonly groupMs?: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const USUAL_INTERVAL_MS = 30 * MINUTE_MS;
/** Whoever failed is asked again so often, until it answers or an hour is over. */
const CONFIRM_EVERY_MS = 2 * MINUTE_MS;
const CONFIRM_FOR_MS = 60 * MINUTE_MS;
/** A commit costs most by the pages that it touches, and the ids of one day touch nearly as many as those of five. */
const USUAL_GROUP_MS = 5 * DAY_MS;

/**
 * What a tracker would have stored of a world: every row that it would have, without bodies and without the moments of chunks.
 * Oldest first, five days at a time unless told otherwise. The same world and options: the same rows.
 */
export function* historyOf(world: PastWorld, options: HistoryOptions): Generator<readonly AttemptRecord[]> {
  const { untilMs, days, identity, question } = options;
  const { intervalMs = USUAL_INTERVAL_MS, groupMs = USUAL_GROUP_MS } = options;
  const targets = targetsOf(world, identity);
  const ask = askedInPast(world.story, question);
  const standard = questionId(question.prompt, question.maxTokens, 'stream');
  const cycleAt = (dueAtMs: number) => ({ dueAtMs, cycleId: cycleId(identity.writer, dueAtMs) });
  /** By target: until when it is asked again, because it failed. */
  const confirming = targets.map(() => Number.NEGATIVE_INFINITY);
  const failing = targets.map(() => false);

  const firstMs = Math.ceil((untilMs - days * DAY_MS) / intervalMs) * intervalMs;
  let records: AttemptRecord[] = [];
  for (let dueAtMs = firstMs; dueAtMs < untilMs; dueAtMs += intervalMs) {
    const cycle = cycleAt(dueAtMs);
    for (const [at, target] of targets.entries()) {
      const asked = (probe: Omit<Asked, 'target'>) => {
        const rows = ask({ target, ...probe });
        records.push(...rows);
        return rows.at(-1)!;
      };
      const { outcome } = asked({ kind: 'standard', questionId: standard, cycle });
      const failed = outcome === 'target_error';
      if (failed && !failing[at]) confirming[at] = dueAtMs + CONFIRM_FOR_MS;
      failing[at] = failed;
      const nextMs = Math.min(dueAtMs + intervalMs, untilMs);
      for (
        let ms = dueAtMs + CONFIRM_EVERY_MS;
        failing[at] && ms < nextMs && ms <= confirming[at]!;
        ms += CONFIRM_EVERY_MS
      ) {
        const again = asked({ kind: 'confirm', questionId: questionId('confirm', 16, 'stream'), cycle: cycleAt(ms) });
        failing[at] = again.outcome === 'target_error';
      }
      if (target.triesFeaturesAt(dueAtMs)) {
        for (const { feature, part } of target.features) {
          asked({ kind: 'feature', questionId: questionId(feature, 512, 'stream'), cycle, feature, part });
        }
      }
    }
    if ((dueAtMs - firstMs + intervalMs) % groupMs === 0) {
      yield records;
      records = [];
    }
  }
  if (records.length > 0) yield records;
}
