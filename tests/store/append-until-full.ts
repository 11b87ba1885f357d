import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/store/open-store.ts';
import { aRecord } from '../support/builders.ts';
import { SetClock } from '../support/set-clock.ts';

/**
 * A child process for disk-trouble.test.ts: appends until the disk has refused three times. `stored <attempt>` is
 * said once the store has said it, `refused <code>` when it throws.
 */
const [folder, first] = process.argv.slice(2) as [string, string];
const say = (what: string) => writeSync(1, `${what}\n`);

try {
  using store = openStore({ dataDir: join(folder, 'data'), csvPath: join(folder, 'b.csv') }, { clock: new SetClock() });
  const buffer = store.csvBuffer('unpushed');
  for (let i = 0, refusals = 0; i < 150 && refusals < 3; i++) {
    const record = aRecord({ modelId: `${first}/${i}`, requestId: 'x'.repeat(2_000) });
    try {
      await store.append([record]);
      say(`stored ${record.attemptId}`);
    } catch (error) {
      refusals++;
      say(`refused ${(error as { code?: string }).code}`);
    }
    buffer.refresh();
  }
} catch (error) {
  say(`cannot open: ${(error as Error).message}`);
}
