import { parseArgs } from 'node:util';
import { type Command, type Console, EXIT, UsageError } from './commands/command.ts';
import { demo } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { once } from './commands/once.ts';
import { probe } from './commands/probe.ts';
import { push } from './commands/push.ts';
import { rebuild } from './commands/rebuild.ts';
import { run } from './commands/run.ts';
import { targets } from './commands/targets.ts';
import { ConfigError } from './config.ts';
import { startWorld } from './sim/world.ts';
import { StoreError } from './store/errors.ts';

const COMMANDS: Readonly<Record<string, Command>> = {
  run,
  once,
  probe,
  targets,
  push,
  export: exportCommand,
  rebuild,
  doctor: doctorCommand,
  demo: demo(startWorld),
};

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 wrong use, 78 wrong settings */
export async function main(argv: readonly string[], console: Console): Promise<number> {
  const [name = 'run', ...rest] = argv[0]?.startsWith('-') ? ['run', ...argv] : argv;
  if (['help', '--help', '-h'].some((word) => argv.includes(word))) {
    console.stdout.write(help());
    return EXIT.done;
  }
  const command = COMMANDS[name];
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
    if (error instanceof StoreError) {
      console.stderr.write(`${error.message}\n`);
      return EXIT.failed;
    }
    throw error;
  }
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
  const commands = Object.values(COMMANDS);
  const width = Math.max(...commands.map(({ usage }) => usage.length));
  const lines = commands.map(({ usage, about }) => `  ${usage.padEnd(width)}  ${about}\n`);
  return `Measures inference providers and publishes every request.\n\nbun run index.ts [command]\n\n${lines.join('')}\nSettings: .env.example and README.md. Exit codes: 0 done, 1 failed, 2 wrong use, 78 wrong settings.\n`;
}
