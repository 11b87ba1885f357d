import { parseArgs } from 'node:util';
import { wantsColour } from '../../src/observe/colour.ts';
import { createProgress } from '../../src/observe/progress.ts';
import { renderTable } from '../../src/observe/render-table.ts';
import { type ChaosResult, runChaos } from './chaos.ts';
import { runFleetChaos } from './fleet/fleet-chaos.ts';
import { CONTROLS } from './fleet/plan.ts';
import { fleetReport } from './fleet/report.ts';
import { SABOTAGES } from './plan.ts';

/**
 * `npm run chaos -- [--fleet] --kills 1000 [--seed S] [--control NAME]`; fails when something was lost, doubled or otherwise wrong. With `--fleet`
 * several processes on one PostgreSQL, else one daemon.
 */
const { values } = parseArgs({
  options: {
    fleet: { type: 'boolean', default: false },
    kills: { type: 'string', default: '100' },
    seed: { type: 'string' },
    control: { type: 'string' },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const controls: readonly string[] = values.fleet ? CONTROLS : SABOTAGES;
const isControl = values.control === undefined || controls.includes(values.control);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed) || !isControl) {
  process.stderr.write(`usage: npm run chaos -- [--fleet] [--kills N] [--seed S] [--control ${controls.join('|')}]\n`);
  process.exit(2);
}

const progress = createProgress(process.stderr);
progress.start(kills);
const killed = (what: string) => progress.tick(what);
const [said, isSound] = values.fleet ? await ofFleet() : await ofOneDaemon();
progress.done();
process.stdout.write(said);
process.exit(isSound ? 0 : 1);

async function ofFleet(): Promise<readonly [string, boolean]> {
  const control = CONTROLS.find((name) => name === values.control) ?? null;
  const result = await runFleetChaos({ kills, seed, control, killed });
  return [fleetReport(result, seed), result.lost.length + result.doubled.length + result.problems.length === 0];
}

async function ofOneDaemon(): Promise<readonly [string, boolean]> {
  const sabotage = SABOTAGES.find((name) => name === values.control) ?? null;
  const result = await runChaos({ kills, seed, sabotage, killed });
  return [report(result), result.lost + result.doubled + result.problems.length === 0];
}

function report({ tallies, problems, lost, doubled, acknowledged, shards, missed, seconds }: ChaosResult): string {
  const columns = [
    { title: 'killed at' },
    ...['kills', 'lost', 'doubled'].map((title) => ({ title, align: 'right' as const })),
  ];
  const cells = (...texts: readonly (string | number)[]) => ({ cells: texts.map((text) => ({ text: String(text) })) });
  const rows = [...tallies].map(([step, tally]) => cells(step, tally.kills, tally.lost, tally.doubled));
  const look = { width: process.stdout.columns ?? 80, colour: wantsColour(process.stdout, process.env) };
  return [
    renderTable(columns, [...rows, cells('all', kills, lost, doubled)], look),
    `\n${acknowledged} records acknowledged, ${shards} shards, ${missed} daemons ended before their step; seed ${seed}, ${seconds.toFixed(0)} s\n`,
    ...problems.map((problem) => `- ${problem}\n`),
  ].join('');
}
