import { test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTING_KEYS } from '../../src/environment.ts';
import type { World } from '../../src/sim/world.ts';

export const ROOT = join(import.meta.dir, '../..');
/** No child outlives this, whatever goes wrong. */
const LONGEST_MS = 60_000;
/** Tests that run side by side: each has a process or two, and mostly waits. */
const AT_ONCE = 4;
/** The turns of all others are in it. */
const PATIENT_MS = 300_000;

let underWay = 0;
const waiting: (() => void)[] = [];

/** A test that starts the program. The tests of a file run side by side, a few at a time, in their order. */
export function programTest(name: string, run: () => Promise<void>): void {
  const inTurn = async () => {
    if (underWay === AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else underWay++;
    try {
      await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else underWay--;
    }
  };
  test.concurrent(name, inTurn, PATIENT_MS);
}

type Environment = Readonly<Record<string, string>>;

/** The real program in a process of its own; killed when disposed. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** Everything so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code, once all output was read; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Resolves once standard output holds this that often. @throws when the program ends without */
  said(text: string, times?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Neither a `.env` beside the program nor the environment of the tests has a say: what is not given is blank. */
export function childEnvironment(environment: Environment): Record<string, string> {
  const blank = Object.fromEntries(SETTING_KEYS.map((key) => [key, '']));
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, ...blank, ALERTS_PATH: 'off', PORT: '0', ...environment };
}

/** @param stdin ends after this text */
export function startProgram(args: readonly string[], environment: Environment, stdin = ''): Program {
  const child = Bun.spawn([process.execPath, 'run', join(ROOT, 'index.ts'), ...args], {
    cwd: ROOT,
    stdin: new Blob([stdin]),
    env: childEnvironment(environment),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const bound = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  const output = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  const follow = async (name: 'stdout' | 'stderr') => {
    const decoder = new TextDecoder();
    for await (const bytes of child[name]) {
      output[name] += decoder.decode(bytes, { stream: true });
      for (const check of watchers) check();
    }
  };
  const ended = Promise.all([follow('stdout'), follow('stderr'), child.exited]).then(() => {
    clearTimeout(bound);
    return child.exitCode;
  });
  return {
    pid: child.pid,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    ended,
    async said(text, times = 1) {
      const heard = Promise.withResolvers<void>();
      const check = () => {
        if (output.stdout.split(text).length > times) heard.resolve();
      };
      watchers.add(check);
      check();
      const tooEarly = ended.then((code) => {
        check();
        const { stdout, stderr } = output;
        throw new Error(`it ended (${code}) without "${text}"\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
      });
      await Promise.race([heard.promise, tooEarly]);
      tooEarly.catch(() => {});
      watchers.delete(check);
    },
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export async function runProgram(args: readonly string[], environment: Environment, stdin = '') {
  await using program = startProgram(args, environment, stdin);
  const exitCode = await program.ended;
  const { stdout, stderr } = program;
  return { exitCode, stdout, stderr };
}

/** Settings with which the program lives in this world, everything of its own in `folder`. */
export function settingsFor(world: World, folder: string): Environment {
  const mappingPath = join(folder, 'mapping.json');
  writeFileSync(mappingPath, JSON.stringify(world.mapping));
  return {
    ...world.settings,
    PROVIDER_ENDPOINT_MAPPING_PATH: mappingPath,
    DATA_DIR: join(folder, 'data'),
    LOCAL_CSV_PATH: join(folder, 'buffer.csv'),
    SCHEDULE_INTERVAL_SECONDS: '604800',
    MODELS_TO_FETCH: '2',
    SHUTDOWN_GRACE_SECONDS: '1',
  };
}

/** Lines of JSON. */
export function jsonLines(text: string): readonly Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
