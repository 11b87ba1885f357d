import type { RetentionSettings } from '../../domain/settings.ts';
import type { RetentionStore } from '../../ports.ts';
import { type Going, type Pruning, pruned, type Range } from '../pruning.ts';
import { FORGET_CYCLES, isWritten, pushedRanges, SEALED_UNTIL } from '../retention.ts';
import type { Client } from './client.ts';
import { addTo, raiseMark } from './meta.ts';
import { named } from './named.ts';
import { LOCKS } from './schema.ts';

/** Rows per step: a step is one transaction, and a way to the server and back costs more than its rows. Nobody waits for it. */
const ROWS_PER_STEP = 1000;

const IS_WRITTEN = isWritten("to_char(to_timestamp(cycle_timestamp_iso / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')");

/** What a row takes beside its values, about: its header and its places in the indexes. */
const OVERHEAD_BYTES = 100;
/** Of a table, to tell what its rows take: 80 MB. */
const PAGES_LOOKED_AT = 10_000;
/** Without looking into large values, which lie elsewhere. */
const SIZE_OF = {
  attempts: `pg_column_size(attempts.*) + ${4 * OVERHEAD_BYTES}`,
  bodies: `octet_length(bodies.zstd) + ${OVERHEAD_BYTES}`,
} as const;

/** Of one page: how many there were, how many went, and with what. */
interface Step {
  readonly seen: number;
  readonly last_seq: number | null;
  readonly count: number;
  /** How many of them were in a batch. */
  readonly sealed: number;
  readonly last_due_at_ms: number | null;
  readonly bytes: number;
}

/**
 * What was deleted leaves room for what comes (autovacuum sees to that), and hardly ever makes the files of the database shorter: so it is the
 * rows that are held to the limit, once the files are over it.
 */
export function createRetention(client: Client): RetentionStore {
  async function excessBytes({ limitBytes }: RetentionSettings): Promise<number> {
    if (limitBytes === null) return 0;
    const size = (await client.first<{ bytes: number }>('SELECT pg_database_size(current_database()) AS bytes'))!;
    if (size.bytes <= limitBytes) return 0;
    const { bytes } = (await client.first<{ bytes: number }>(
      `SELECT pg_database_size(current_database())
         - pg_total_relation_size('attempts') - pg_total_relation_size('bodies') AS bytes`,
    ))!;
    return Math.max(0, Math.round(bytes + (await rowBytes('attempts')) + (await rowBytes('bodies')) - limitBytes));
  }

  /** What the rows of a table take: reckoned from some of its pages where it has many, to within one in a hundred. */
  async function rowBytes(table: keyof typeof SIZE_OF): Promise<number> {
    const { pages } = (await client.first<{ pages: number }>(
      `SELECT pg_relation_size('${table}') / current_setting('block_size')::bigint AS pages`,
    ))!;
    const percent = Math.min(100, (100 * PAGES_LOOKED_AT) / Math.max(pages, 1));
    const { bytes } = (await client.first<{ bytes: number }>(
      `SELECT coalesce(sum(${SIZE_OF[table]}), 0)::bigint AS bytes FROM ${table} TABLESAMPLE SYSTEM ($1)`,
      percent,
    ))!;
    return (100 * bytes) / percent;
  }

  /** @param freed told how many bytes each step let go of */
  function pruning(freed: (bytes: number) => void, isWithinLimit: Pruning['isWithinLimit']): Pruning {
    return {
      isWithinLimit,

      async rangesOf({ table, beforeMs, onlyPushed }) {
        const ranges = await client.all<Range>(...named(pushedRanges(table), { beforeMs }));
        if (onlyPushed) return ranges;
        const { sealed } = (await client.first<{ sealed: number }>(SEALED_UNTIL))!;
        return [...ranges, { first: sealed + 1, last: Number.MAX_SAFE_INTEGER }];
      },

      async dropIn(range, going) {
        const { seen, last_seq, count, bytes } = await step(range, going);
        freed(bytes);
        return { count, next: seen < ROWS_PER_STEP ? null : last_seq! + 1 };
      },

      forgetCycles: (beforeMs, onlyPushed) => client.run(...named(FORGET_CYCLES, { beforeMs, onlyPushed })),
    };
  }

  function step({ first, last }: Range, { table, beforeMs, onlyPushed }: Going): Promise<Step> {
    return client.transaction(async (db) => {
      // While nobody seals: what goes is in a batch already, or comes into none.
      const [, step] = await Promise.all([
        db.run('SELECT pg_advisory_xact_lock_shared($1)', LOCKS.arrival),
        db.first<Step>(
          `WITH page AS (
           SELECT seq, cycle_timestamp_iso AS due_at_ms, ${IS_WRITTEN} AS written
           FROM ${table === 'bodies' ? 'bodies JOIN attempts USING (seq)' : 'attempts'}
           WHERE seq BETWEEN $1 AND $2 ORDER BY seq LIMIT ${ROWS_PER_STEP}
         ), gone AS (
           DELETE FROM ${table} USING page
           WHERE ${table}.seq = page.seq AND due_at_ms < $3 AND (written OR NOT $4::boolean)
           RETURNING due_at_ms, ${table}.seq, ${SIZE_OF[table]} AS bytes
         )
         SELECT (SELECT count(*) FROM page) AS seen, (SELECT max(seq) FROM page) AS last_seq,
           count(*) AS count, count(*) FILTER (WHERE seq <= (SELECT max(last_seq) FROM batches)) AS sealed, max(due_at_ms) AS last_due_at_ms, coalesce(sum(bytes), 0)::bigint AS bytes FROM gone`,
          first,
          last,
          beforeMs,
          onlyPushed,
        ),
      ]);
      if (table === 'attempts' && step!.sealed > 0) await addTo(db, 'sealed_and_gone', step!.sealed);
      if (step!.last_due_at_ms !== null) {
        await raiseMark(db, table === 'attempts' ? 'raw_since_ms' : 'bodies_since_ms', step!.last_due_at_ms + 1);
      }
      return step!;
    });
  }

  return {
    async *prune(settings, nowMs) {
      let excess: number | null = null;
      const freed = (bytes: number) => {
        if (excess !== null) excess -= bytes;
      };
      const isWithinLimit = async () => {
        excess ??= await excessBytes(settings);
        return excess <= 0;
      };
      yield* pruned(pruning(freed, isWithinLimit), settings, nowMs);
    },

    excessBytes,
  };
}
