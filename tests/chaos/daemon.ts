import { writeSync } from 'node:fs';
import { loadSettings } from '../../src/commands/load-settings.ts';
import { runDaemon, type Watcher } from '../../src/daemon.ts';
import { withGrace } from '../../src/lib/with-grace.ts';
import { openParts } from '../../src/parts.ts';
import { fastClock } from './fast-clock.ts';
import type { ChildPlan } from './plan.ts';
import { sabotaged } from './sabotage.ts';

/**
 * The child that is killed: what `run` does, with a clock that runs faster and an end after some cycles. Logs go to stderr; each line on stdout
 * is said once the program has been told the same: `planned <probe>`, `stored <attempt>`, `built <batch> <sha256>`, and `ended`.
 */
const plan = JSON.parse(process.env.CHAOS!) as ChildPlan;
const say = (...words: readonly string[]) => writeSync(1, `${words.join(' ')}\n`);
const output = { write: (text: string) => writeSync(2, text) };
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const { config, log, redact } = loadSettings(
  { environment: process.env, baseDir: import.meta.dir, stdout: output, stderr: output, stop: stop.signal },
  { inference: true, hub: true },
);
{
  const clock = fastClock(plan.startAtMs);
  await using parts = await openParts(config, { log, redact }, clock);
  const { store } = parts;
  const reporting: typeof store = {
    ...store,
    async append(records) {
      await store.append(records);
      for (const { attemptId } of records) say('stored', attemptId);
    },
    async built(batchName, sha256) {
      await store.built(batchName, sha256);
      say('built', batchName, sha256);
    },
  };
  let cycles = 0;
  const watcher: Watcher = {
    planned(probes) {
      for (const { probeId } of probes) say('planned', probeId);
    },
    cycleEnded() {
      if (++cycles === plan.setBack?.afterCycles) clock.setBack(plan.setBack.byMs);
    },
  };
  // A calibration takes three seconds of the world's time, which is longer than any life here.
  const calibrator: typeof parts.calibrator = { start() {}, settled: async () => {}, instrumentErrorP99Ms: () => null };
  const spoilt = sabotaged({ ...parts, calibrator, store: reporting }, plan.sabotage);
  await runDaemon(spoilt, withGrace(stop.signal, config.schedule.shutdownGraceMs), watcher, plan.maxCycles);
}
say('ended');
