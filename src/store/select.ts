import type { Database, SQLQueryBindings } from 'bun:sqlite';

/** Rows, as lists in the order of the columns, of a statement that every database of ours understands. Its parameters are `$name`. */
export type Select = (
  sql: string,
  params: Readonly<Record<string, string | number>>,
) => Promise<readonly (readonly unknown[])[]>;

export function selectFrom(db: Database): Select {
  return async (sql, params) => db.query<unknown, SQLQueryBindings>(sql).values(params) as unknown[][];
}
