import { join } from 'node:path';
import { fsckCommand } from '../../src/commands/fsck.ts';
import { type Random, seededRandom } from '../../src/lib/random.ts';
import type { World } from '../../src/sim/world.ts';
import { tempDir } from '../support/temp-dir.ts';
import { runChild } from './child.ts';
import { Dataset } from './dataset.ts';
import { SPEED } from './fast-clock.ts';
import { isAllPushed, lookAfterKill, lookAtBuffer, lookAtEnd } from './look.ts';
import { settingsIn, startQuickWorld } from './place.ts';
import type { ChildPlan, Sabotage, Step } from './plan.ts';
import { createDealer, describeShot, type Shot, TAKEN_STEPS } from './shots.ts';
import { changeWeather } from './weather.ts';
import { type Findings, Witness } from './witness.ts';

export interface ChaosOptions {
  readonly kills: number;
  readonly seed: number;
  /** The steps to kill at; those that this version of the daemon takes. */
  readonly steps?: readonly Step[];
  readonly sabotage?: Sabotage | null;
  readonly killed?: (step: Step) => void;
}

/** Where the daemon was killed; `clean start`: what the run in peace that ends each store brought to light. */
type Place = Step | 'clean start';

export interface ChaosResult {
  readonly tallies: ReadonlyMap<Place, { kills: number; lost: number; doubled: number }>;
  readonly lost: number;
  readonly doubled: number;
  readonly acknowledged: number;
  readonly shards: number;
  /** Daemons that came to their end before they reached the step at which they were to be killed. */
  readonly missed: number;
  /** Whatever else was not as promised, with what led to it. */
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** Then everything is pushed and checked, and another store begun. */
const KILLS_PER_STORE = 20;
/** Two daemons beside each other, each with a store of its own: one works while the other starts. */
const LANES = 2;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Kills the daemon again and again, starts it again on what it left, and compares what is there with what it had said. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const beganAtMs = performance.now();
  using folder = tempDir();
  await using world = await startQuickWorld(folder.path, options.seed);
  using dataset = await Dataset.open(world.dataset);
  const score = new Score(options);
  const deal = createDealer(options.steps ?? TAKEN_STEPS, seededRandom(`${options.seed} shots`));
  let stores = 0;
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      const random = seededRandom(`${options.seed} lane ${lane}`);
      while (score.left > 0) {
        const home = join(folder.path, `store-${++stores}`);
        await wearOut({
          home,
          metricsPath: `metrics-${lane}.csv`,
          world,
          dataset,
          random,
          deal,
          sabotage: options.sabotage ?? null,
          score,
        });
      }
    }),
  );
  return score.result(dataset.hashes.size, (performance.now() - beganAtMs) / 1000);
}

interface Wear {
  readonly home: string;
  /** Each lane has its own, since only one writer of a dataset writes it. */
  readonly metricsPath: string;
  readonly world: World;
  readonly dataset: Dataset;
  readonly random: Random;
  readonly deal: (storeIsNew: boolean) => Shot;
  readonly sabotage: Sabotage | null;
  readonly score: Score;
}

/** The life of one store: many kills, then two starts in peace and the last look. */
async function wearOut({ home, metricsPath, world, dataset, random, deal, sabotage, score }: Wear): Promise<void> {
  const environment = { ...settingsIn(home, world), HF_DATASET_TARGET_FILENAME: metricsPath };
  const witness = new Witness();
  const scene = { folder: home, dataset, witness };
  const calm = { kill: null, setBack: null, maxCycles: 1, sabotage };
  let nowMs = Date.now();
  let latestMs = nowMs;

  const live = async (
    what: string,
    plan: Omit<ChildPlan, 'startAtMs'>,
    { settings = {}, killAfterMs = null }: { settings?: Record<string, string>; killAfterMs?: number | null } = {},
  ) => {
    const beganAtMs = performance.now();
    const child = { environment: { ...environment, ...settings }, plan: { ...plan, startAtMs: nowMs } };
    const end = await runChild(child, killAfterMs);
    nowMs += Math.ceil((performance.now() - beganAtMs) * SPEED);
    latestMs = Math.max(latestMs, nowMs);
    score.blame(what, witness.hear(end));
    return end;
  };

  for (let shots = 0; shots < KILLS_PER_STORE && score.take(); shots++) {
    const shot = deal(shots === 0);
    changeWeather(world, random);
    if (shot.step === 'prune') nowMs += 3 * DAY_MS; // so that something is old enough
    const setBack = random() < 0.2 ? { afterCycles: 1, byMs: Math.ceil(random() * 30 * HOUR_MS) } : null;
    const kill = shot.step === 'random' ? null : shot.point;
    const what = describeShot(shot);
    const killAfterMs = shot.step === 'random' ? shot.afterMs : null;
    const end = await live(what, { ...calm, kill, setBack, maxCycles: 4 }, { killAfterMs });
    if (!end.wasKilled) {
      score.miss();
      continue;
    }
    score.kill(shot.step, what, await lookAfterKill(scene, nowMs));
    if (random() < 0.2) nowMs += Math.ceil(random() * 20 * HOUR_MS); // it lay dead for a while
    if (setBack !== null && random() < 0.5) nowMs -= setBack.byMs;
  }

  nowMs = (Math.floor(latestMs / DAY_MS) + 1.5) * DAY_MS; // noon: no day ends meanwhile
  await live('clean start with PUSH=off', calm, { settings: { PUSH: 'off' } });
  score.blame('clean start with PUSH=off', await lookAtBuffer(scene, nowMs));
  for (let tries = 0; tries < 10 && (tries === 0 || !(await isAllPushed(scene, nowMs))); tries++) {
    await live('clean start', calm); // what is left of the bad weather may spoil a push
  }
  score.found('clean start', 'clean start', await lookAtEnd(scene, nowMs, metricsPath));
  score.blame('fsck', await fsckSays(environment));
  score.acknowledged += witness.acknowledged.size;
}

/** What `fsck --hub` finds fault with; nothing in a sound store. */
async function fsckSays(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  let said = '';
  const output = { write: (text: string) => (said += text) };
  const console = {
    environment,
    baseDir: import.meta.dir,
    stdout: output,
    stderr: output,
    stop: new AbortController().signal,
  };
  const code = await fsckCommand.run([], { hub: true }, console);
  return code === 0 ? [] : [said];
}

/** What was found, kill by kill. */
class Score {
  left: number;
  acknowledged = 0;
  #missed = 0;
  readonly #problems: string[] = [];
  readonly #tallies: Map<Place, { kills: number; lost: number; doubled: number }>;
  readonly #killed: (step: Step) => void;

  constructor({ kills, steps = TAKEN_STEPS, killed = () => {} }: ChaosOptions) {
    this.left = kills;
    const places: readonly Place[] = [...steps, 'clean start'];
    this.#tallies = new Map(places.map((place) => [place, { kills: 0, lost: 0, doubled: 0 }]));
    this.#killed = killed;
  }

  /** Whether one more is to be killed. */
  take(): boolean {
    return this.left > 0 && this.left-- > 0;
  }

  miss(): void {
    this.left++;
    this.#missed++;
  }

  kill(step: Step, what: string, findings: Findings): void {
    this.#tallies.get(step)!.kills++;
    this.found(step, what, findings);
    this.#killed(step);
  }

  found(place: Place, what: string, { lost, doubled, problems }: Findings): void {
    const tally = this.#tallies.get(place)!;
    tally.lost += lost.length;
    tally.doubled += doubled.length;
    this.blame(what, problems);
  }

  blame(what: string, problems: readonly string[]): void {
    this.#problems.push(...problems.map((problem) => `${what}: ${problem}`));
  }

  result(shards: number, seconds: number): ChaosResult {
    const sum = (of: 'lost' | 'doubled') => this.#tallies.values().reduce((total, tally) => total + tally[of], 0);
    return {
      tallies: this.#tallies,
      lost: sum('lost'),
      doubled: sum('doubled'),
      acknowledged: this.acknowledged,
      shards,
      missed: this.#missed,
      problems: this.#problems,
      seconds,
    };
  }
}
