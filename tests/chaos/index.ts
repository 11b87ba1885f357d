import { parseArgs } from 'node:util';
import { wantsColour } from '../../src/observe/colour.ts';
import { createProgress } from '../../src/observe/progress.ts';
import { renderTable } from '../../src/observe/render-table.ts';
import { type ChaosResult, runChaos } from './chaos.ts';
import { SABOTAGES } from './plan.ts';

/** `npm run chaos -- --kills 1000 [--seed S] [--control mark-first|random-names]`; fails when something was lost, doubled or otherwise wrong. */
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '100' }, seed: { type: 'string' }, control: { type: 'string' } },
});
const kills = Number(values.kills);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const sabotage = SABOTAGES.find((name) => name === values.control) ?? null;
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed) || (values.control && sabotage === null)) {
  process.stderr.write(`usage: npm run chaos -- [--kills N] [--seed S] [--control ${SABOTAGES.join('|')}]\n`);
  process.exit(2);
}

const progress = createProgress(process.stderr);
progress.start(kills);
const result = await runChaos({ kills, seed, sabotage, killed: (step) => progress.tick(step) });
progress.done();
process.stdout.write(report(result));
process.exit(result.lost + result.doubled + result.problems.length > 0 ? 1 : 0);

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
