import { homedir } from 'node:os';
import { parseArgs } from 'node:util';
import { alert } from './commands/alert.ts';
import { type Command, type Console, EXIT, UsageError } from './commands/command.ts';
import { demo } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { fleetCommand } from './commands/fleet.ts';
import { fsckCommand } from './commands/fsck.ts';
import { importCommand } from './commands/import.ts';
import { mcpCommand } from './commands/mcp.ts';
import { once } from './commands/once.ts';
import { probe } from './commands/probe.ts';
import { push } from './commands/push.ts';
import { rebuild } from './commands/rebuild.ts';
import { reportCommand } from './commands/report.ts';
import { run } from './commands/run.ts';
import { targets } from './commands/targets.ts';
import { worker } from './commands/worker.ts';
import { ConfigError } from './config.ts';
import { secretsOfDatabase } from './database-url.ts';
import { TOKEN_KEYS } from './environment.ts';
import { createRedactor } from './lib/redact.ts';
import { secretsInUrl } from './lib/secrets-in-url.ts';
import { startWorld } from './sim/world.ts';
import { StoreError } from './store/errors.ts';
import { databaseTrouble } from './store/postgres/trouble.ts';

const COMMANDS = new Map<string, Command>(
  Object.entries({
    run,
    worker,
    once,
    probe,
    targets,
    push,
    report: reportCommand,
    mcp: mcpCommand(() => process.stdin),
    export: exportCommand,
    import: importCommand,
    fleet: fleetCommand,
    fsck: fsckCommand,
    rebuild,
    alert,
    doctor: doctorCommand,
    demo: demo(startWorld),
  }),
);

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 wrong use, 78 wrong settings */
export async function main(argv: readonly string[], console: Console): Promise<number> {
  const [name = 'run', ...rest] = argv[0]?.startsWith('-') ? ['run', ...argv] : argv;
  if (['help', '--help', '-h'].some((word) => argv.includes(word))) {
    console.stdout.write(help());
    return EXIT.done;
  }
  const command = COMMANDS.get(name);
  try {
    if (!command) throw new UsageError(`there is no command ${JSON.stringify(name)}`);
    const { values, positionals } = readArguments(command, rest);
    return await command.run(positionals, values, console);
  } catch (error) {
    if (error instanceof UsageError) {
      console.stderr.write(`${error.message}\n\n${command ? usageLine(command) : help()}`);
      return EXIT.wrongUse;
    }
    if (error instanceof ConfigError) {
      console.stderr.write(
        `The settings need mending:\n${error.problems.map((problem) => `  - ${problem}\n`).join('')}`,
      );
      return EXIT.wrongSettings;
    }
    const wasStopped = console.stop.aborted && error === console.stop.reason;
    console.stderr.write(`${wasStopped ? 'stopped' : (storeTrouble(error) ?? bugReport(error, console))}\n`);
    return EXIT.failed;
  }
}

/** What keeps the store from its work, in its own words; null for any other error. Probes that end together may each say it. */
function storeTrouble(error: unknown): string | null {
  if (error instanceof StoreError) return error.message;
  if (!(error instanceof AggregateError)) return databaseTrouble(error);
  const troubles = error.errors.map(storeTrouble);
  return troubles.includes(null) ? null : (troubles[0] ?? null);
}

/** A fault of ours, with all that helps to mend it and nothing that tells about this machine. */
function bugReport(error: unknown, { environment, baseDir }: Console): string {
  const secrets = Object.keys(environment)
    .filter(isSecret)
    .flatMap((key) => secretsIn(environment[key]?.trim() ?? ''));
  const redact = createRedactor(
    [...secrets, ...secretsOfDatabase(environment.DATABASE_URL?.trim())],
    [baseDir, homedir()],
  );
  return redact(`A fault of the tracker itself: ${Bun.inspect(error, { colors: false })}`);
}

const isSecret = (key: string) =>
  (TOKEN_KEYS as readonly string[]).includes(key) || key === 'HEARTBEAT_URL' || key.startsWith('ALERT_');

/** Of a hook the parts that make it one: the rest of an address is in many a sentence. */
function secretsIn(text: string): readonly string[] {
  const url = URL.parse(text);
  return url === null || url.host === '' ? [text] : secretsInUrl(url);
}

function readArguments(command: Command, args: readonly string[]) {
  try {
    const parsed = parseArgs({ args: [...args], options: command.options, allowPositionals: true });
    const { min, max } = command.words;
    const count = parsed.positionals.length;
    if (count < min || count > max)
      throw new UsageError(
        count < min ? 'something is missing' : `too many words: ${parsed.positionals.slice(max).join(' ')}`,
      );
    return parsed as { values: Record<string, string | boolean | undefined>; positionals: string[] };
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message.split('. ')[0] ?? 'unknown option');
    throw error;
  }
}

const usageLine = (command: Command) => `usage: bun run index.ts ${command.usage}\n`;

function help(): string {
  const commands = [...COMMANDS.values()];
  const width = Math.max(...commands.map(({ usage }) => usage.length));
  const lines = commands.map(({ usage, about }) => `  ${usage.padEnd(width)}  ${about}\n`);
  return `Measures inference providers and publishes every request.\n\nbun run index.ts [command]\n\n${lines.join('')}\nSettings: .env.example and README.md. Exit codes: 0 done, 1 failed, 2 wrong use, 78 wrong settings.\n`;
}
