import type { Bench, Figure } from './bench.ts';
import { BENCHES } from './benches.ts';
import { serveParent } from './child.ts';

// One bench in a process of its own: its CPU and memory are its own. Argument: its name.

/** What a bench's process says first: the bench without its functions. */
export type Introduction = Pick<Bench, 'about' | 'goals'>;

export interface RunOrder {
  readonly quick: boolean;
}

const bench = await BENCHES[process.argv[2] ?? '']!();
const { about, goals } = bench;
const progress = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
};
serveParent({ about, goals } satisfies Introduction, async ({ quick }: RunOrder): Promise<readonly Figure[]> => {
  const figures = await bench.run({ quick, progress });
  progress('');
  return figures;
});
