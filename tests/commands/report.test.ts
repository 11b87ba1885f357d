import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Flags } from '../../src/commands/command.ts';
import { once } from '../../src/commands/once.ts';
import { factsOf, reportCommand } from '../../src/commands/report.ts';
import { reportLines } from '../../src/commands/report-lines.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import { reportOf } from '../../src/observe/report/report.ts';
import { SYSTEM_CLOCK } from '../../src/parts.ts';
import { openStore } from '../../src/store/open-store.ts';
import { aCatalog, aTarget, TOKEN } from '../support/builders.ts';
import { startCommandWorld } from '../support/command-world.ts';
import { MemoryIncidents, MemoryKnowledge } from '../support/memory-knowledge.ts';
import { tempDir } from '../support/temp-dir.ts';
import { aModelVerdict, anEndpointVerdict, anIncident, someChecks } from '../support/verdict-builders.ts';

const NOW_MS = Date.parse('2026-08-01T12:00:00.000Z');
const MODEL = 'acme/Thinker-7B';
const ASKED = {
  modelId: null,
  window: { sinceMs: NOW_MS - 7 * 86_400_000, untilMs: NOW_MS },
  intervalMs: 1_800_000,
  seen: [],
};

async function typed(flags: Flags, folder: string) {
  const written = { stdout: '', stderr: '' };
  const into = (output: keyof typeof written) => ({
    write(text: string) {
      written[output] += text;
    },
  });
  const exitCode = await reportCommand.run([], flags, {
    environment: { PUSH: 'off', DATA_DIR: join(folder, 'data') },
    baseDir: join(import.meta.dir, '../..'),
    stdout: into('stdout'),
    stderr: into('stderr'),
    stop: new AbortController().signal,
  });
  return { exitCode, ...written };
}

/** A store in which models were seen live a moment ago, and nothing was asked. */
async function storeWithModels(folder: string, ...modelIds: readonly string[]): Promise<void> {
  const settings = { dataDir: join(folder, 'data'), csvPath: join(folder, 'buffer.csv') };
  using store = openStore(settings, { clock: SYSTEM_CLOCK });
  const targets = modelIds.map((modelId) => aTarget({ modelId }));
  await store.save(aCatalog({ fetchedAtMs: Date.now() - 1000, targets }));
}

describe('what a report tells of', () => {
  test('is every model with its incidents, and whom it recommends against each of the others', async () => {
    const knowledge = new MemoryKnowledge(() => NOW_MS, [aModelVerdict(), aModelVerdict({ modelId: 'acme/B' })]);
    const facts = await factsOf(knowledge, new MemoryIncidents([anIncident()]), ASKED);

    expect(facts).toMatchObject({ nowMs: NOW_MS, incidents: [{ kind: 'outage' }] });
    if (typeof facts === 'string') throw new Error(facts);
    expect(facts.models.map(({ modelId }) => modelId)).toEqual([MODEL, 'acme/B']);
    expect(facts.comparisons.get('acme/B')?.map(({ a, b, metric }) => [a.provider, b.provider, metric])).toEqual([
      ['swiftcloud', 'cobalt', 'ttftMs'],
      ['swiftcloud', 'cobalt', 'tpotMs'],
      ['swiftcloud', 'cobalt', 'e2eMs'],
      ['swiftcloud', 'cobalt', 'costUsd'],
    ]);
    expect(knowledge.asked).toContain(`model ${MODEL} over 168 h`);
  });

  test('is one model where one is asked for, also one that was seen but is not on the board any more', async () => {
    const knowledge = new MemoryKnowledge(() => NOW_MS, [aModelVerdict(), aModelVerdict({ modelId: 'acme/B' })]);
    const facts = await factsOf(knowledge, new MemoryIncidents([anIncident()]), { ...ASKED, modelId: 'acme/B' });

    expect(facts).toMatchObject({ models: [{ modelId: 'acme/B' }], incidents: [] });
  });

  test('looks back thirty days at most for verdicts, and all the way for incidents', async () => {
    const knowledge = new MemoryKnowledge(() => NOW_MS, [aModelVerdict()]);
    const incidents = new MemoryIncidents([anIncident()]);
    const window = { sinceMs: NOW_MS - 60 * 86_400_000, untilMs: NOW_MS };
    const facts = await factsOf(knowledge, incidents, { ...ASKED, window });

    expect(facts).toMatchObject({ window, models: [{ sinceMs: NOW_MS - 30 * 86_400_000 }] });
  });

  test('a model without an answer in the window is not told of', async () => {
    const models = [aModelVerdict({ endpoints: [] })];
    const facts = await factsOf(new MemoryKnowledge(() => NOW_MS, models), new MemoryIncidents([]), ASKED);

    expect(facts).toStartWith('Nothing was measured in this time.');
  });

  test('says from where it is seen where there are several places, and what another place sees otherwise', async () => {
    const knowledge = new MemoryKnowledge(() => NOW_MS);
    Object.assign(knowledge, { places: ['eu', 'us'], here: 'eu' });
    const says = "It's down from eu, and answers from us.";
    knowledge.checks = () => someChecks({ finding: 'down_from_here', says });
    const facts = await factsOf(knowledge, new MemoryIncidents([]), ASKED);

    if (typeof facts === 'string') throw new Error(facts);
    expect(facts.places).toMatchObject({ location: 'eu', others: ['us'] });
    const text = JSON.stringify(reportOf(facts).blocks);
    expect(text).toContain('All of it is seen from eu. For us: --location.');
    expect(text).toContain(`${MODEL} at swiftcloud: ${says}`);
  });

  test('nobody is compared where nobody is recommended', async () => {
    const models = [aModelVerdict({ recommendations: [] })];
    const facts = await factsOf(new MemoryKnowledge(() => NOW_MS, models), new MemoryIncidents([]), ASKED);

    expect(facts).toMatchObject({ comparisons: new Map([[MODEL, []]]) });
  });
});

describe('with nothing to tell, `report` fails and says what to do', () => {
  test('without data', async () => {
    using folder = tempDir();
    await storeWithModels(folder.path);

    expect(await typed({}, folder.path)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'Nothing was measured in this time. Start the daemon (`bun run index.ts`) or run `once`, or ask with an earlier --since.\n',
    });
  });

  test('of a model that was seen, and was not asked', async () => {
    using folder = tempDir();
    await storeWithModels(folder.path, MODEL);

    expect((await typed({ model: MODEL }, folder.path)).stderr).toStartWith(`Nothing was measured of ${MODEL} in this`);
  });

  test.each([
    ['acme/thinkr-7b', 'Closest: acme/Thinker-7B.'],
    ['Thinker-7B', 'Closest: acme/Thinker-7B.'],
    ['no/such', 'These are: acme/Thinker-7B and other/Writer.'],
    ['\u001b[2J', 'No model \\x1b[2J is known here.'],
  ])('of the unknown model %p: which ones may have been meant', async (model, words) => {
    using folder = tempDir();
    await storeWithModels(folder.path, MODEL, 'other/Writer');
    const { exitCode, stdout, stderr } = await typed({ model }, folder.path);

    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain(words);
  });
});

test.each<[Flags, string]>([
  [{ format: 'pdf' }, '--format must be text, md or html, not pdf'],
  [{ since: 'noon' }, '--since must be like 36h, 7d'],
  [{ since: '2100-01-01' }, '--since must lie before now'],
  [{ json: true, format: 'md' }, 'choose one of --json and --format'],
])('%p is wrong use', async (flags, message) => {
  using folder = tempDir();
  await expect(typed(flags, folder.path)).rejects.toThrow(message);
});

test('`--json` gives a line for each incident, model and comparison, under the names of the API and redacted', async () => {
  const flag = { ...anEndpointVerdict().flags[0]!, says: `It says ${TOKEN}` };
  const models = [
    aModelVerdict({ endpoints: [anEndpointVerdict({ flags: [flag] }), anEndpointVerdict({ provider: 'cobalt' })] }),
  ];
  const facts = await factsOf(new MemoryKnowledge(() => NOW_MS, models), new MemoryIncidents([anIncident()]), ASKED);
  if (typeof facts === 'string') throw new Error(facts);

  const text = [...reportLines(facts, createRedactor([TOKEN]))].join('');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

  expect(lines.map(({ line }) => line)).toEqual(['incident', 'model', ...Array(4).fill('comparison')]);
  expect(lines[0]).toMatchObject({ kind: 'outage', started_at: '2026-08-01T10:00:00.000Z' });
  expect(lines[1].endpoints[0]).toMatchObject({ provider: 'swiftcloud', ttft_ms: { p50: 218 } });
  expect(lines[2]).toMatchObject({ metric: 'ttft_ms', better: 'a' });
  expect(text).not.toContain(TOKEN);
});

test('after a cycle, `report` tells of whoever was asked, in each form', async () => {
  await using world = await startCommandWorld(7);
  await world.run(once, { json: true });
  const lines = (await world.run(reportCommand, { json: true })).stdout.trimEnd().split('\n');
  const [text, md, html] = await Promise.all(
    ['text', 'md', 'html'].map(async (format) => (await world.run(reportCommand, { format })).stdout),
  );

  const models = lines.map((line) => JSON.parse(line)).filter(({ line }) => line === 'model');
  expect(models).toHaveLength(2);
  for (const { model_id, endpoints } of models) {
    for (const form of [text, md, html]) expect(form).toContain(model_id);
    for (const { provider } of endpoints) expect(text).toMatch(new RegExp(`^  – +${provider} +`, 'm'));
  }
  expect(text).toContain('No change we can tell from noise');
  expect(html).toStartWith('<!doctype html>');
});
