import { homedir } from 'node:os';
import { type Config, type Need, parseConfig } from '../config.ts';
import { createRedactor, type Redact } from '../lib/redact.ts';
import { createLog } from '../observe/log.ts';
import type { Log } from '../ports.ts';
import type { Console } from './command.ts';

/**
 * The settings as one value, and the log that they ask for.
 *
 * @param json lines for machines own standard output: logs go to standard error
 * @param quiet only what needs attention
 * @param readable for people, also where there is no terminal
 * @throws ConfigError
 */
export function loadSettings(
  console: Console,
  need: Need,
  { json = false, quiet = false, readable }: { json?: boolean; quiet?: boolean; readable?: boolean } = {},
): {
  readonly config: Config;
  readonly log: Log;
  /** For data, which never met the secrets of alerts: words of theirs stay words. */
  readonly redact: Redact;
  /** For logs and alerts. */
  readonly redactTold: Redact;
} {
  const config = parseConfig(console.environment, { baseDir: console.baseDir, need });
  const redact = createRedactor(config.secrets, [console.baseDir, homedir()]);
  const output = json ? console.stderr : console.stdout;
  const level = quiet ? 'warn' : config.logLevel;
  const redactTold = createRedactor([...config.secrets, ...config.alertSecrets], [console.baseDir, homedir()]);
  const log = createLog({ level, output, redact: redactTold, ...(readable && { readable }) });
  for (const warning of config.warnings) log.warn({}, warning);
  return { config, log, redact, redactTold };
}
