import { join } from 'node:path';
import { config } from 'dotenv';
import { main } from './src/cli.ts';

const baseDir = import.meta.dir;
config({ path: join(baseDir, '.env'), quiet: true }); // the real environment wins over the file

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(1); // asked twice: at once; what was stored is safe
    stop.abort(signal);
  });
}

const { argv, env, stdout, stderr } = process;
process.exit(await main(argv.slice(2), { environment: env, baseDir, stdout, stderr, stop: stop.signal }));
