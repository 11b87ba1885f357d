import { Lines } from './lines.ts';
import type { ChildPlan } from './plan.ts';

/** What a child said until it ended. */
export interface ChildEnd {
  readonly wasKilled: boolean;
  /** It said that it came to its end. */
  readonly ended: boolean;
  readonly stored: readonly string[];
  readonly planned: readonly string[];
  readonly built: readonly (readonly [batchName: string, sha256: string])[];
  /** Lines logged as errors; where it neither ended nor was killed, all that it said besides. */
  readonly complaints: readonly string[];
}

interface ChildOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly plan: ChildPlan;
  /** What stands before the command, e.g. a shell that prepares its disk. */
  readonly wrapper?: readonly string[];
}

export interface Child extends AsyncDisposable {
  readonly said: Lines;
  readonly logged: Lines;
  /** A line for what stands before the command. */
  tell(line: string): void;
  kill(): void;
  end(): Promise<ChildEnd>;
}

/** No child takes longer; one that does is hung. */
const HUNG_AFTER_MS = 30_000;
const DAEMON = Bun.fileURLToPath(import.meta.resolve('./daemon.ts'));
const KILL_POINT = Bun.fileURLToPath(import.meta.resolve('./kill-point.ts'));

export function startChild({ environment, plan, wrapper = [] }: ChildOptions): Child {
  const process = Bun.spawn([...wrapper, globalThis.process.execPath, '--preload', KILL_POINT, DAEMON], {
    env: {
      ...environment,
      PATH: globalThis.process.env.PATH,
      BUN_JSC_useDFGJIT: '0', // to optimise what lives for half a second costs a fifth of it
      CHAOS: JSON.stringify(plan),
    },
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const said = new Lines(process.stdout);
  const logged = new Lines(process.stderr);
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    process.kill('SIGKILL');
  }, HUNG_AFTER_MS);
  const end = async () => {
    process.stdin.end();
    await Promise.all([process.exited, said.ended, logged.ended]);
    clearTimeout(timer);
    return endOf(said.all, logged.all, process.signalCode === 'SIGKILL' && !hung);
  };
  return {
    said,
    logged,
    tell(line) {
      process.stdin.write(`${line}\n`);
      process.stdin.flush();
    },
    kill: () => process.kill('SIGKILL'),
    end,
    async [Symbol.asyncDispose]() {
      process.kill('SIGKILL');
      await end();
    },
  };
}

/** @param killAfterMs since its start, whatever it does; null: it ends, or kills itself */
export async function runChild(options: ChildOptions, killAfterMs: number | null = null): Promise<ChildEnd> {
  await using child = startChild(options);
  const timer = killAfterMs === null ? undefined : setTimeout(child.kill, killAfterMs);
  const end = await child.end();
  clearTimeout(timer);
  return end;
}

function endOf(said: readonly string[], logged: readonly string[], wasKilled: boolean): ChildEnd {
  const lines = said.map((line) => line.split(' '));
  const after = (word: string) => lines.flatMap(([first, ...rest]) => (first === word ? [rest] : []));
  const ended = after('ended').length > 0;
  const errors = logged.filter((line) => /"level":"(error|fatal)"/.test(line));
  return {
    wasKilled,
    ended,
    stored: after('stored').map(([id]) => id!),
    planned: after('planned').map(([id]) => id!),
    built: after('built').map(([name, sha256]) => [name!, sha256!]),
    complaints: ended || wasKilled ? errors : ['it came to no end:', ...logged.slice(-20)],
  };
}
