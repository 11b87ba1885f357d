import { writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Cycle, PlannedProbe } from '../../src/domain/types.ts';
import { openStore } from '../../src/store/open-store.ts';
import { aCycle, aPlannedProbe, aRecord, aTarget, DUE_AT_MS } from '../support/builders.ts';
import { SetClock } from '../support/set-clock.ts';

/**
 * A child process for kill.test.ts: cycle after cycle into the store of a folder until killed, a push after every second one.
 * Each line on stdout is said once the store has said it: `planned <probe>`, `stored <attempt>`, `pushed <batch>`.
 */
const PROBES_PER_CYCLE = 7;
const say = (what: string, id: string) => writeSync(1, `${what} ${id}\n`);

const folder = process.argv[2]!;
const store = openStore(
  { dataDir: join(folder, 'data'), csvPath: join(folder, 'buffer.csv') },
  { clock: new SetClock() },
);
const buffer = store.csvBuffer('unpushed');

for (let dueAtMs = ((await store.lastBeganAtMs()) ?? DUE_AT_MS) + 60_000; ; dueAtMs += 60_000) {
  await runCycle(aCycle({ dueAtMs }));
  if (dueAtMs % 120_000 === 0) await push(dueAtMs);
}

async function runCycle(cycle: Cycle): Promise<void> {
  const plan = Array.from({ length: PROBES_PER_CYCLE }, (_, i) =>
    aPlannedProbe({ cycle, target: aTarget({ modelId: `acme/Model-${i}` }) }),
  );
  await store.begin(cycle, plan, cycle.dueAtMs);
  for (const { probeId } of plan) say('planned', probeId);
  await Promise.all(plan.map(ask));
  await store.finish(cycle.cycleId, cycle.dueAtMs + 30_000);
}

/** Up to three attempts; only the last one is final. */
async function ask(probe: PlannedProbe, nth: number): Promise<void> {
  const attempts = 1 + (nth % 3);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { cycle, target, probeId } = probe;
    const record = aRecord({
      probeId,
      cycleId: cycle.cycleId,
      cycleTimestampIso: new Date(cycle.dueAtMs).toISOString(),
      modelId: target.modelId,
      attempt,
      final: attempt === attempts,
      responseBodyRaw: `line one\n"line two" of ${probeId}`,
    });
    await store.append([record]);
    say('stored', record.attemptId);
    buffer.refresh();
  }
}

async function push(nowMs: number): Promise<void> {
  const names = (await store.seal(nowMs)).map(({ name }) => name);
  await store.pushed(names, [], null, nowMs);
  for (const name of names) say('pushed', name);
  buffer.refresh();
}
