import { describe, expect } from 'bun:test';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { COLUMN_NAMES, COLUMNS, dataName } from '../../src/domain/record.ts';
import { fromAfar, storyOf } from '../../src/sim/story.ts';
import { createUniverse } from '../../src/sim/universe.ts';
import { csvRows } from '../daemon/rig.ts';
import { byKind, type Outline, plantedIn } from '../support/planted.ts';
import { queryParquet } from '../support/read-parquet.ts';
import { jsonLines, programTest, ROOT, runProgram, startProgram } from './program.ts';

const KINDS = new Map(COLUMN_NAMES.map((name) => [dataName(name), COLUMNS[name].kind]));

/** A row of the independent reader as the export writes it. */
function asExported(row: Record<string, unknown>): Record<string, unknown> {
  const value = (name: string, given: unknown) => {
    if (given instanceof Date) return given.toISOString();
    return KINDS.get(name) === 'integer' && given !== null ? Number(given) : given;
  };
  return Object.fromEntries(Object.entries(row).map(([name, given]) => [name, value(name, given)]));
}

const byAttempt = (rows: readonly Record<string, unknown>[]) =>
  rows.toSorted((a, b) => String(a.attempt_id).localeCompare(String(b.attempt_id)));

/** The dataset that a demo announced; all of the demo is gone when this is disposed. */
function datasetOf(stdout: string) {
  const path = join(ROOT, /^ {2}(demo-data\/\S+)$/m.exec(stdout)![1]!);
  const folder = dirname(dirname(dirname(path)));
  return { path, folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

type Told = Outline & { readonly model_id: string | null; readonly says: string };

/** Nobody listens there, a moment ago at least. */
function freePort(): number {
  using server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  return server.port!;
}

describe('the demo', () => {
  programTest(
    'ends by itself with a table for each cycle and a dataset that others can read, row for row what it stored',
    async () => {
      const { exitCode, stdout, stderr } = await runProgram(
        ['demo', '--history', '0', '--cycles', '2', '--interval', '10'],
        {},
      );
      using dataset = datasetOf(stdout);

      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout.match(/^\d+ probes {3}● \d+ ok .*cost \$/gm)).toHaveLength(2);
      expect(stdout).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: pushed {2}attempts=\d+ finals=\d+ commit=http/m); // for people
      expect(stdout.match(/entries that cannot be asked were left out/g)).toHaveLength(1);

      const files = readdirSync(dataset.path, { recursive: true }).map(String);
      const shards = files.filter((file) => /^data\/.*\.parquet$/.test(file));
      expect(shards).toHaveLength(2);
      const read = await queryParquet(shards.map((file) => readFileSync(join(dataset.path, file))));
      const exported = await runProgram(['export', '--format', 'jsonl'], { DATA_DIR: join(dataset.folder, 'store') });
      expect(byAttempt(read.map(asExported))).toEqual(byAttempt(jsonLines(exported.stdout)));
      const standard = read.filter(({ probe_kind }) => probe_kind === 'standard'); // a round of confirms may fall between
      expect(new Set(standard.map(({ cycle_id }) => cycle_id)).size).toBe(2);
      expect(new Set(read.map(({ location }) => location))).toEqual(new Set(['demo']));

      const metrics = csvRows(readFileSync(join(dataset.path, 'metrics.csv'), 'utf8')); // checks the fourteen columns
      const sent = standard.filter(({ final, attempt }) => final === true && Number(attempt) > 0);
      expect(metrics).toHaveLength(sent.length);
      expect(csvRows(readFileSync(join(dataset.folder, 'metrics_buffer.csv'), 'utf8'))).toEqual([]);
    },
  );

  programTest('tells of what was planted in its past, and of nothing else', async () => {
    const port = freePort();
    const beganAtMs = Date.now();
    // Three weeks hold all of it; ninety days take longer and tell the same.
    await using demo = startProgram(['demo', '--history', '21'], { PORT: `${port}` });
    await demo.said('INFO: cycle ended');
    using dataset = datasetOf(demo.stdout);
    const url = `http://127.0.0.1:${port}`;
    expect(demo.stdout.slice(0, demo.stdout.indexOf('cycle started'))).toContain(`\n  ${url}/api/v1/now\n`);
    const { incidents } = (await (await fetch(`${url}/api/v1/incidents`)).json()) as { incidents: readonly Told[] };
    const feed = await (await fetch(`${url}/incidents.atom`)).text();
    demo.kill('SIGINT');
    await demo.ended;
    const report = await runProgram(['report'], { DATA_DIR: join(dataset.folder, 'store') });

    const told = incidents.map((incident) => ({ ...incident, modelId: incident.model_id }));
    expect(byKind(told)).toEqual(plantedIn(storyOf(createUniverse(1), 1, beganAtMs)));
    expect(feed.match(/<entry>/g)).toHaveLength(4);
    const happened = /── What happened ──\n(.*?)\n──/s.exec(report.stdout)![1]!;
    expect(happened.match(/^ {2}\S/gm)).toHaveLength(4);
    for (const { says } of incidents) {
      const who = says.slice(0, says.search(/ (advertises|is down|may be|went up)/));
      expect(feed).toContain(who);
      expect(happened.replaceAll(/\s+/g, ' ')).toContain(who);
    }
  });

  programTest('shows several places: one provider is down from the second, and answers from the first', async () => {
    const port = freePort();
    await using demo = startProgram(['demo', '--history', '1', '--locations', 'eu-1,us-1'], { PORT: `${port}` });
    await demo.said('INFO: pushed');
    using _dataset = datasetOf(demo.stdout);
    // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
    const ask = async (path: string): Promise<any> => (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json();
    const { locations } = await ask('locations');
    const universe = createUniverse(1);
    const { cutOff } = fromAfar(storyOf(universe, 1, Date.now()), universe, Date.now());
    const statesFrom = async (place: string): Promise<ReadonlySet<string>> => {
      const { targets } = await ask(`targets?location=${place}`);
      const own = targets.filter((target: { provider: string }) => target.provider === cutOff!.provider);
      return new Set(own.map((target: { state: { state: string } }) => target.state.state));
    };
    const [here, there] = [await statesFrom('eu-1'), await statesFrom('us-1')];
    demo.kill('SIGINT');
    await demo.ended;

    expect(locations.map((place: { location: string }) => place.location)).toEqual(['eu-1', 'us-1']);
    expect(there).toEqual(new Set(['down']));
    expect(here).not.toContain('down');
    expect(here.size).toBeGreaterThan(0);
  });

  programTest('stopped by Ctrl-C pushes what it has and says where it is', async () => {
    await using demo = startProgram(['demo', '--history', '0'], {});
    await demo.said('cycle started');
    using dataset = datasetOf(demo.stdout);
    demo.kill('SIGINT');

    expect(await demo.ended).toBe(0);
    expect(demo.stdout).toContain('stopping: no new probes; asked again, at once');
    expect(demo.stdout).toEndWith(
      `\nThe dataset is in ${relative(ROOT, dataset.path)}\nTo read what it found: DATA_DIR=${relative(ROOT, dataset.folder)}/store bun run index.ts report\n`,
    );
    expect(existsSync(join(dataset.path, 'metrics.csv'))).toBe(true);
  });
});
