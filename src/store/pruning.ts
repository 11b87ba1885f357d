import type { RetentionSettings } from '../domain/settings.ts';
import { DAY_MS, startOfDay } from '../domain/utc-day.ts';
import type { Pruned } from '../ports.ts';

export const NOTHING: Pruned = { rows: 0, bodies: 0 };

/** A stretch of the order of arrival, both ends in it. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Which rows a walk may take. */
export interface Going {
  readonly table: 'attempts' | 'bodies';
  /** Unix ms: of cycles due before it. */
  readonly beforeMs: number;
  readonly onlyPushed: boolean;
}

/** What a store does in one step of pruning: each is one short transaction. */
export interface Pruning {
  /** Where rows that may go lie: batch by batch where only what is pushed may, and behind the last batch where the rest may too. */
  rangesOf(going: Going): Promise<readonly Range[]>;
  /** Drops one page of a range. @returns how many rows went, and where the next page begins; null: there is none */
  dropIn(range: Range, going: Going): Promise<{ readonly count: number; readonly next: number | null }>;
  /**
   * The last cycle that asked stays, for it tells when the next is due, and the last finished one, which carries the count.
   *
   * @returns how many went
   */
  forgetCycles(beforeMs: number, onlyPushed: boolean): Promise<number>;
  /** Whether what is left keeps to the limit. */
  isWithinLimit(): Promise<boolean>;
}

/**
 * Rows go by ranges of arrival. Cycles of today and yesterday stay whatever happens, since the two-day CSV is made of them; so do rows whose
 * CSV file is not in the dataset yet, and batches that are sealed and not pushed.
 */
export async function* pruned(
  pruning: Pruning,
  { days, onlyPushed }: RetentionSettings,
  nowMs: number,
): AsyncGenerator<Pruned> {
  const yesterdayMs = startOfDay(nowMs) - DAY_MS;
  const oldMs = startOfDay(nowMs) - days * DAY_MS;
  yield* drop(pruning, { table: 'attempts', beforeMs: oldMs, onlyPushed });
  while ((await pruning.forgetCycles(oldMs, onlyPushed)) > 0) yield NOTHING;
  if (!onlyPushed) return;
  const enough = () => pruning.isWithinLimit();
  yield* drop(pruning, { table: 'bodies', beforeMs: yesterdayMs, onlyPushed }, enough);
  yield* drop(pruning, { table: 'attempts', beforeMs: yesterdayMs, onlyPushed }, enough);
}

/** Until `enough`, asked before each step. */
async function* drop(
  pruning: Pruning,
  going: Going,
  enough: () => Promise<boolean> = async () => false,
): AsyncGenerator<Pruned> {
  const noun = going.table === 'attempts' ? 'rows' : 'bodies';
  for (const range of await pruning.rangesOf(going)) {
    for (let first: number | null = range.first; first !== null && !(await enough()); ) {
      const { count, next } = await pruning.dropIn({ ...range, first }, going);
      yield { ...NOTHING, [noun]: count };
      // What is in no batch lies in order of time: behind a page of the young there is nothing old.
      first = count === 0 && range.last === Number.MAX_SAFE_INTEGER ? null : next;
    }
  }
}
