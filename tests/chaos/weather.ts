import type { Random } from '../../src/lib/random.ts';
import type { World } from '../../src/sim/world.ts';

type Fault = Parameters<World['hubScript']>;

const status = (code: number, when: 'before' | 'after' = 'before', headers = {}) =>
  ({ kind: 'status', status: code, when, headers }) as const;

/** What the Hub does to us, each as likely as any other. */
const FAULTS: readonly Fault[] = [
  ['commit', status(500, 'after')],
  ['commit', status(500, 'after'), 2],
  ['commit', status(503)],
  ['commit', status(429, 'before', { 'retry-after': '2' })],
  ['commit', status(412)],
  ['commit', { kind: 'cut', when: 'before' }],
  ['commit', { kind: 'cut', when: 'after' }],
  ['commit', { kind: 'delay', ms: 30_000 }],
  ['paths-info', { kind: 'stale' }, 3],
  ['paths-info', status(401), 3],
  ['paths-info', status(429, 'before', { ratelimit: '"api";r=0;t=3' })],
  ['paths-info', { kind: 'cut', when: 'before' }],
  ['preupload', status(401), 2],
  ['preupload', { kind: 'delay', ms: 20_000 }],
  ['lfs-batch', status(503)],
  ['lfs-upload', status(500, 'after')],
  ['lfs-upload', { kind: 'cut', when: 'before' }],
  ['lfs-upload', { kind: 'cut', when: 'after' }],
];

/** How likely the Hub misbehaves while a child lives; sometimes twice. */
const BAD_DAYS = 0.5;

export function changeWeather(world: World, random: Random): void {
  while (random() < BAD_DAYS) world.hubScript(...FAULTS[Math.floor(random() * FAULTS.length)]!);
}
