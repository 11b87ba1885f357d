import { percentile } from '../src/domain/statistics.ts';
import type { Bench } from './bench.ts';
import { openDatabase, startServer } from './fleet-server.ts';

/** Each looks once a second, and a lock that is free is taken by who looks first. */
const MOST_MS = 2_000;
const DEADLINE_MS = 20_000;

export const fleetFailover: Bench = {
  about:
    'three processes, one of which leads: it is killed (SIGKILL), and another leads; then one is started in its place',
  goals: { 'until another leads': { atMost: [null, MOST_MS] } },
  async run({ quick, progress }) {
    await using server = await startServer();
    await using database = await openDatabase(server, 'failover');
    await using stack = new AsyncDisposableStack();
    const start = () => {
      const leads = Promise.withResolvers<void>();
      const child = Bun.spawn(
        [process.execPath, new URL('./fleet-member.ts', import.meta.url).pathname, database.url],
        {
          stdio: ['ignore', 'inherit', 'inherit'],
          ipc: () => leads.resolve(),
        },
      );
      stack.defer(async () => {
        child.kill('SIGKILL');
        await child.exited;
      });
      return { child, leads: leads.promise };
    };
    const first = (members: readonly Member[]) =>
      Promise.race([...members.map((member) => member.leads.then(() => member)), tooLate()]);

    const members = [start(), start(), start()];
    const tookMs: number[] = [];
    let leader = await first(members);
    for (let kill = 1; kill <= (quick ? 3 : 20); kill++) {
      progress(`kill ${kill}`);
      // the moment of the kill is anywhere between two looks
      await Bun.sleep(1_000 + ((kill * 379) % 1_000));
      members.splice(members.indexOf(leader), 1);
      const beganMs = performance.now();
      leader.child.kill('SIGKILL');
      leader = await first(members);
      tookMs.push(performance.now() - beganMs);
      members.push(start());
    }
    return [
      {
        name: 'until another leads',
        unit: 'ms, p50 / max',
        ours: [percentile(tookMs, 50), Math.max(...tookMs)],
      },
    ];
  },
};

interface Member {
  readonly child: Bun.Subprocess;
  readonly leads: Promise<void>;
}

async function tooLate(): Promise<never> {
  await Bun.sleep(DEADLINE_MS);
  throw new Error(`nobody led within ${DEADLINE_MS / 1000} s`);
}
