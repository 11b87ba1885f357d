import type { ArrivalMark, FleetStore } from '../../ports.ts';
import { SELECT_RECORDS, stored } from '../reader.ts';
import type { Client, Db } from './client.ts';
import { LOCKS } from './schema.ts';

/** Nobody appends so much while another append is still open that whoever begins to follow then misses it. */
const MOST_IN_FLIGHT = 100_000;

/**
 * What arrives, for those who follow. Whoever appends has the shared lock of arrival from before its rows get their `seq` until everybody sees
 * them. So once a row is seen, whoever may still bring one with a lower `seq` has the lock, and when all who have it now are over, nothing comes
 * any more below what is seen now. Following takes no lock: nobody waits for it.
 */
export function createArrivals(client: Client): Pick<FleetStore, 'arrivals' | 'arrivalsSoFar'> {
  return {
    async arrivalsSoFar() {
      const newest = (await client.first<{ seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM attempts'))!.seq;
      if ((await appending(client)).length === 0) return { settled: newest, heard: [], unsettled: null };
      const settled = Math.max(newest - MOST_IN_FLIGHT, 0);
      const seen = await client.all<{ seq: number }>('SELECT seq FROM attempts WHERE seq > $1 ORDER BY seq', settled);
      return { settled, heard: seen.map(({ seq }) => seq), unsettled: null };
    },

    async arrivals(after, limit) {
      const open = await appending(client); // before the rows are read: what these have not brought by then, they may yet
      const rows = await client.values(
        `${SELECT_RECORDS} WHERE attempts.seq > $1 AND attempts.seq <> ALL ($2::bigint[])
         ORDER BY attempts.seq LIMIT $3::bigint`,
        after.settled,
        after.heard,
        limit,
      );
      const found = rows.map(stored);
      const seqs = found.map(({ seq }) => seq);
      const readTo = seqs.length < limit ? Infinity : seqs.at(-1)!;
      return { records: found.map(({ record }) => record), mark: markBehind(after, seqs, readTo, open) };
    },
  };
}

/** Transactions that append at this moment. */
async function appending(db: Db): Promise<readonly string[]> {
  const rows = await db.all<{ transaction: string }>(
    `SELECT virtualtransaction AS transaction FROM pg_locks
     WHERE locktype = 'advisory' AND objsubid = 1 AND classid = 0 AND objid = $1::bigint::oid AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    LOCKS.arrival,
  );
  return rows.map(({ transaction }) => transaction);
}

/**
 * @param readTo nothing behind it was looked for
 * @param open transactions that append, as they were before this reading and after the last
 */
function markBehind(
  { settled, heard, unsettled }: ArrivalMark,
  found: readonly number[],
  readTo: number,
  open: readonly string[],
): ArrivalMark {
  const asSeen = { through: heard.at(-1) ?? settled, transactions: open };
  const waits = [...(unsettled === null ? [] : [unsettled]), asSeen];
  const isOver = ({ transactions }: (typeof waits)[number]) => !transactions.some((each) => open.includes(each));
  const through = Math.min(Math.max(settled, ...waits.filter(isOver).map((wait) => wait.through)), readTo);
  return {
    settled: through,
    heard: [...heard, ...found].filter((seq) => seq > through).toSorted((a, b) => a - b),
    unsettled: waits.find((wait) => !isOver(wait)) ?? null,
  };
}
