import type { Config } from '../config.ts';
import type { StoreSettings } from '../domain/settings.ts';
import { UsageError } from './command.ts';

/** For a command that works on the files in DATA_DIR. @throws UsageError where the data is in a database */
export function localStoreOf({ fleet, store }: Config, command: string): StoreSettings {
  if (fleet === null) return store;
  throw new UsageError(
    `\`${command}\` is for the local store in DATA_DIR, and with DATABASE_URL the data is in the database: leave DATABASE_URL blank for it`,
  );
}
