import type { Select } from '../select.ts';
import type { Db } from './client.ts';
import { named } from './named.ts';

export function selectFrom(db: Db): Select {
  return (sql, params) => db.values(...named(sql, params));
}
