import { join } from 'node:path';
import { config } from 'dotenv';
import { main } from './src/cli.ts';

const baseDir = import.meta.dir;
config({ path: join(baseDir, '.env'), quiet: true }); // the real environment wins over the file

const { argv, env, stdout, stderr } = process;
// Bun's own fetch would send even what is for this machine through a proxy of the environment.
env.no_proxy = [env.no_proxy ?? env.NO_PROXY, 'localhost', '127.0.0.1', '::1'].filter(Boolean).join(',');

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(1); // asked twice: at once; what was stored is safe
    stop.abort(signal);
  });
}
for (const output of [stdout, stderr]) output.on('error', () => {}); // who read us has left; we go on

const exitCode = await main(argv.slice(2), { environment: env, baseDir, stdout, stderr, stop: stop.signal });
// A pipe takes what its reader takes: the exit waits for the last line.
for (const output of [stdout, stderr]) await new Promise<void>((resolve) => output.end(resolve));
process.exit(exitCode);
