import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { loadSettings } from '../../../src/commands/load-settings.ts';
import { runFleet } from '../../../src/fleet-daemon.ts';
import { openFleetParts } from '../../../src/fleet-parts.ts';
import { withGrace } from '../../../src/lib/with-grace.ts';
import { SYSTEM_CLOCK } from '../../../src/parts.ts';
import { type MemberPlan, TIMES } from './plan.ts';
import { spoilt } from './spoilt.ts';

/**
 * One process of the fleet, which is killed: what `run` and `worker` do, with short leases and without calibrations. Logs go to stderr; each line
 * on stdout is said once the program has been told the same: `planned <probe>`, `asking <probe>`, `stored <attempt>`, and `ended`.
 */
const plan = JSON.parse(process.env.CHAOS!) as MemberPlan;
const say = (...words: readonly string[]) => writeSync(1, `${words.join(' ')}\n`);
const output = { write: (text: string) => writeSync(2, text) };
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const { config, log, redact } = loadSettings(
  { environment: process.env, baseDir: import.meta.dir, stdout: output, stderr: output, stop: stop.signal },
  { inference: true, hub: false },
);
{
  const clock = { ...SYSTEM_CLOCK, nowMs: () => Date.now() + plan.aheadMs };
  await using parts = await openFleetParts(config, config.fleet!, { log, redact }, stop.signal, clock);
  if (parts !== null) {
    // A calibration takes three seconds, which is longer than many a life here.
    const calibrator: typeof parts.calibrator = {
      start() {},
      settled: async () => {},
      instrumentErrorP99Ms: () => null,
    };
    await runFleet(
      spoilt({ ...parts, calibrator, times: TIMES }, plan.control, randomUUID),
      config.fleet!.roles,
      withGrace(stop.signal, config.schedule.shutdownGraceMs),
      {
        planned(probes) {
          for (const { probeId } of probes) say('planned', probeId);
        },
        asking: ({ probeId }) => say('asking', probeId),
        stored: ({ attemptId }) => say('stored', attemptId),
      },
    );
  }
}
say('ended');
process.exit(0);
