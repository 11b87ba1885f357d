import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { visible } from '../lib/visible.ts';
import { NO_ALERTS, type ParsedAlerts, parseAlerts } from './settings.ts';

/** Where there is none, nobody is told anything; any other path was given by somebody who wants it read. */
export const DEFAULT_ALERTS_PATH = './alerts.json';

/** @param path null: there are no alerts */
export function readAlerts(
  path: string | null,
  baseDir: string,
  environment: ReadonlyMap<string, string>,
): ParsedAlerts {
  const nothing = (problems: readonly string[]) => ({ settings: NO_ALERTS, secrets: [], problems });
  if (path === null) return nothing([]);
  const named = (text: string) => `ALERTS_PATH (${visible(path)}) ${text}`;
  try {
    const { problems, ...parsed } = parseAlerts(readFileSync(resolve(baseDir, path), 'utf8'), environment);
    return { ...parsed, problems: problems.map(named) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && path === DEFAULT_ALERTS_PATH) return nothing([]);
    if (code === 'ENOENT') return nothing([named('names a file that is not there; alerts.example.json shows one')]);
    if (code === undefined) throw error;
    return nothing([named(`names a file that cannot be read (${code})`)]);
  }
}
