import type { AttemptRecord } from '../../domain/record.ts';
import { PAGE, SELECT_RECORDS, stored } from '../reader.ts';
import type { Db } from './client.ts';

/** In the order given; those that are no more are passed over. */
export async function* recordsAt(db: Db, seqs: readonly number[]): AsyncIterable<AttemptRecord> {
  for (let at = 0; at < seqs.length; at += PAGE) {
    const rows = await db.values(
      `${SELECT_RECORDS} JOIN unnest($1::bigint[]) WITH ORDINALITY AS wanted (seq, place) USING (seq) ORDER BY place`,
      seqs.slice(at, at + PAGE),
    );
    for (const row of rows) yield stored(row).record;
  }
}
