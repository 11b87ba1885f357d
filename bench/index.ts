import { parseArgs } from 'node:util';
import type { Figure } from './bench.ts';
import { BENCHES } from './benches.ts';
import { startChild } from './child.ts';
import { describeMachine, load, type StallWatch, watchStalls } from './machine.ts';
import { JSON_LINES, MARKDOWN, type Report, TEXT, tally } from './report.ts';
import type { Introduction, RunOrder } from './run-one.ts';

const USAGE = `usage: npm run bench -- [name …] [--quick] [--markdown | --json]

Runs all benches, or those named, one after the other: ${Object.keys(BENCHES).join(', ')}.
--quick shows in minutes that they work; its figures are no basis for anything.
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean' },
      markdown: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const unknown = positionals.filter((name) => !Object.hasOwn(BENCHES, name));
  if (values.help || unknown.length > 0) {
    process.stderr.write(unknown.length > 0 ? `There is no bench ${unknown.join(', ')}.\n${USAGE}` : USAGE);
    return unknown.length > 0 ? 2 : 0;
  }
  const look = values.json ? JSON_LINES : values.markdown ? MARKDOWN : TEXT;
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  process.stdout.write(look.head(describeMachine()));

  using stalls = watchStalls();
  const reports: Report[] = [];
  for (const name of names) {
    const report = await runOne(name, { quick: values.quick === true }, stalls);
    reports.push(report);
    process.stdout.write(look.table(report));
  }
  const { met, missed, unjudged } = tally(reports);
  if (look === TEXT) process.stdout.write(`\n${met} goals met, ${missed} missed, ${unjudged} not judged\n`);
  return 0;
}

async function runOne(name: string, order: RunOrder, stalls: StallWatch): Promise<Report> {
  const loadBefore = load();
  const stalled = stalls.start();
  const began = performance.now();
  const module = new URL('./run-one.ts', import.meta.url);
  const [child, bench] = await startChild<Introduction, RunOrder, readonly Figure[]>(module, [name]);
  await using _child = child;
  const figures = await child.ask(order);
  const seconds = (performance.now() - began) / 1000;
  return { name, bench, figures, seconds, load: [loadBefore, load()], stalls: stalled() };
}

// Bun's `fetch` holds requests beyond 256 back without a word: that shall not be what the peers lose by at 1,000 streams.
process.env.BUN_CONFIG_MAX_HTTP_REQUESTS ??= '4000';
process.exit(await main());
