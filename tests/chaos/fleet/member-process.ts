import { DIES_WITH_US } from '../../support/postgres.ts';
import { Lines } from '../lines.ts';
import type { MemberPlan } from './plan.ts';

/** One process from its start to its end. */
interface Life {
  /** What it bills to: by it the world tells whose a request is. */
  readonly tag: string;
  readonly asking: readonly string[];
  readonly stored: readonly string[];
  readonly planned: readonly string[];
  /** How often something befell it, its end included, at which what was under way may have been dropped. */
  shocks: number;
  wasKilled: boolean;
}

/** One place in the fleet, held by one process after another on the same folder. */
export interface Member {
  readonly name: string;
  readonly life: Life;
  readonly lives: readonly Life[];
  /** Resolves once the process that lives now logged that; false: it ended without. */
  said(pattern: RegExp): Promise<boolean>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** SIGKILL, and another process at once. */
  killAndStart(): Promise<void>;
  kill(): Promise<void>;
  /** Told to stop, it has `HUNG_AFTER_MS`. */
  stop(): Promise<void>;
  start(): void;
  /** What none of its processes should say. */
  readonly complaints: readonly string[];
}

export interface MemberOptions {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly plan: MemberPlan;
  /** Lines that are logged as errors and should be. */
  readonly expected?: RegExp;
}

const HUNG_AFTER_MS = 20_000;
const PROGRAM = Bun.fileURLToPath(import.meta.resolve('./member.ts'));

export function startMember({ name, environment, plan, expected = /(?!)/ }: MemberOptions): Member {
  const lives: Life[] = [];
  const complaints: string[] = [];
  let running: ReturnType<typeof spawn> | null = null;

  function spawn(tag: string) {
    const child = Bun.spawn([...DIES_WITH_US, process.execPath, PROGRAM], {
      env: {
        ...environment,
        HF_BILL_TO: tag,
        PATH: process.env.PATH,
        BUN_JSC_useDFGJIT: '0',
        CHAOS: JSON.stringify(plan),
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const said = new Lines(child.stdout);
    const logged = new Lines(child.stderr);
    const after = (word: string) =>
      said.all.flatMap((line) => (line.startsWith(`${word} `) ? [line.split(' ')[1]!] : []));
    const life: Life = {
      tag,
      get asking() {
        return after('asking');
      },
      get stored() {
        return after('stored');
      },
      get planned() {
        return after('planned');
      },
      shocks: 0,
      wasKilled: false,
    };
    lives.push(life);
    const ended = Promise.all([child.exited, said.ended, logged.ended]).then(() => {
      const errors = logged.all.filter((line) => /"level":"(error|fatal)"/.test(line) && !expected.test(line));
      complaints.push(...errors.map((line) => `${tag} logged: ${line}`));
      if (!life.wasKilled && !said.all.includes('ended')) {
        complaints.push(
          [`${tag} came to no end (${child.signalCode ?? child.exitCode}):`, ...logged.all.slice(-12)].join('\n    '),
        );
      }
    });
    const hasLogged = async (pattern: RegExp) => {
      for (let isOver = false; !logged.all.some((line) => pattern.test(line)); await Bun.sleep(20)) {
        if (isOver) return false;
        isOver = child.exitCode !== null || child.signalCode !== null;
      }
      return true;
    };
    return { child, life, ended, hasLogged };
  }

  const start = () => {
    running = spawn(`${name}.${lives.length + 1}`);
  };
  const kill = async () => {
    const { child, life, ended } = running!;
    life.wasKilled = true;
    life.shocks++;
    child.kill('SIGKILL');
    await ended;
  };
  start();
  return {
    name,
    complaints,
    lives,
    get life() {
      return running!.life;
    },
    said: (pattern) => running!.hasLogged(pattern),
    signal: (signal) => running!.child.kill(signal),
    start,
    kill,
    async killAndStart() {
      await kill();
      start();
    },
    async stop() {
      const { child, life, ended } = running!;
      life.shocks++;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), HUNG_AFTER_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
