import { expect } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../../src/sim/router/fault.ts';
import { startWorld } from '../../src/sim/world.ts';
import { openStore } from '../../src/store/open-store.ts';
import { openRig } from '../daemon/rig.ts';
import { anExchange, aReply } from '../support/builders.ts';
import { holdsFragment } from '../support/canary.ts';
import { queryParquet } from '../support/read-parquet.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { jsonLines, programTest, ROOT, runProgram, settingsFor, startProgram } from './program.ts';

const DAY_MS = 24 * 3600 * 1000;
const HF_TOKEN = 'hf_QzXwVyUtSrPoNmLkJiHgFeDcBa90817263';
const HF_HUB_TOKEN = 'hf_mNbVcXzLkJhGfDsApOiUyTrEwQ57463829';
const PROXY_PASSWORD = 'Gr4n1te/Otter+41=Marble';
const SECRETS = { HF_TOKEN, HF_HUB_TOKEN, PROXY_PASSWORD };

const percent = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
/** Without the characters at either end that depend on what stands beside it. */
const base64At = (text: string, offset: number) =>
  Buffer.from('\0'.repeat(offset) + text)
    .toString('base64')
    .replace(/=+$/, '')
    .slice(offset === 0 ? 0 : offset + 1, -1);
const spellings = (secret: string) => [secret, ...[0, 1, 2].map((offset) => base64At(secret, offset))];

const leaksIn = (text: string): readonly string[] =>
  Object.entries(SECRETS).flatMap(([name, secret]) =>
    spellings(secret).some((spelling) => holdsFragment(text, spelling)) ? [name] : [],
  );

/** What a simulated provider can do with the credentials of a request. */
const ECHOES = [
  'answer',
  'answer-split',
  'reasoning-split',
  'reads-split',
  'url-encoded',
  'header',
  'fields',
  'error-body',
  'error-event',
  'broken-json',
  'location',
  'reason-phrase',
] as const;

/** Whole, escaped, in base64, and cut over two chunks. */
function streamOf(secret: string): string {
  const words = [secret, encodeURIComponent(secret), percent(secret), btoa(`:${secret}`)];
  const cut = [secret.slice(0, secret.length / 2), secret.slice(secret.length / 2)];
  const events = [...words.map((word) => ` ${word} `), ...cut].map((content) =>
    JSON.stringify({ choices: [{ index: 0, delta: { role: 'assistant', content } }] }),
  );
  const end = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  return [...events, end, '[DONE]'].map((event) => `data: ${event}\n\n`).join('');
}

const RAW_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n';
const faultsOf = (secret: string): readonly Fault[] => [
  { kind: 'raw', bytes: RAW_HEAD + streamOf(secret), end: 'fin' },
  { kind: 'raw', bytes: RAW_HEAD + streamOf(secret).slice(0, -40), end: 'reset' },
  {
    kind: 'status',
    status: 500,
    headers: { 'x-request-id': secret, server: btoa(secret) },
    body: `${secret} ${btoa(secret)}`,
  },
  { kind: 'status', status: 402, body: JSON.stringify({ error: { message: percent(secret), code: secret } }) },
];
const FAULTS: readonly Fault[] = [
  ...ECHOES.map((where): Fault => ({ kind: 'echo', where })),
  ...Object.values(SECRETS).flatMap(faultsOf),
];

programTest(
  'tokens and a proxy password that are echoed in every way are in no output, nor does any tell about this machine',
  async () => {
    using folder = tempDir();
    await using world = await startWorld({ seed: 1, pace: 0.01, folder: join(folder.path, 'hub') });
    const targets = world.targets.slice(0, FAULTS.length);
    for (const [i, fault] of FAULTS.entries()) world.script({ ...keyOf(targets[i]!), times: 20 }, fault); // confirms and features of these seconds too
    const environment = {
      ...settingsFor(world, folder.path),
      HF_TOKEN,
      HF_HUB_TOKEN,
      HTTPS_PROXY: `http://operator:${encodeURIComponent(PROXY_PASSWORD)}@127.0.0.1:9`,
      MODELS_TO_FETCH: '7',
      PROBE_RETRIES: '0',
      PUSH_INTERVAL_CYCLES: '1',
    };
    await measureYesterday(folder.path);
    for (const endpoint of ['models', 'preupload'] as const) {
      world.hubScript(endpoint, { kind: 'status', status: 503, body: Object.values(SECRETS).join(' ') });
    }

    const daemon = await (async () => {
      await using program = startProgram([], environment);
      await program.said('"msg":"pushed"');
      program.kill('SIGTERM');
      expect(await program.ended).toBe(0);
      return program;
    })();
    const once = await runProgram(['once', '--json'], environment);
    const table = await runProgram(['probe', targets[0]!.modelId], environment);
    const csv = await runProgram(['export'], environment);
    const buffer = readFileSync(join(folder.path, 'buffer.csv'), 'utf8'); // before a push empties it
    const push = await runProgram(['push'], environment);

    const asked = jsonLines(once.stdout).map(({ model_id, provider_name }) => `${model_id} ${provider_name}`);
    expect(targets.filter(({ modelId, provider }) => !asked.includes(`${modelId} ${provider}`))).toEqual([]);

    const outputs: Record<string, string> = {};
    for (const [name, { stdout, stderr }] of Object.entries({ daemon, once, table, csv, push })) {
      outputs[`${name} stdout`] = stdout;
      outputs[`${name} stderr`] = stderr;
    }
    const dataFiles = readdirSync(join(folder.path, 'data'));
    for (const file of dataFiles) outputs[file] = readFileSync(join(folder.path, 'data', file), 'latin1');
    outputs.buffer = buffer;
    const dataset = join(folder.path, 'hub', world.repo);
    const published = readdirSync(dataset, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const shards: Buffer[] = [];
    for (const { parentPath, name } of published) {
      const bytes = readFileSync(join(parentPath, name));
      const path = join(parentPath, name).slice(dataset.length);
      outputs[path] = bytes.toString('latin1');
      if (/^\/data\/.*\.parquet$/.test(path)) shards.push(bytes);
      else if (name.endsWith('.parquet')) outputs[`${path} read`] = textOf(await queryParquet([bytes]));
    }
    outputs.shards = textOf(await queryParquet(shards));
    outputs.commits = commitsOf(world);
    {
      using store = openStore({ dataDir: join(folder.path, 'data'), csvPath: '/dev/null' }, { clock: new SetClock() });
      outputs.records = JSON.stringify(await Array.fromAsync(store.read()));
    }

    // Everything that should be there is, so that nothing is found for want of looking.
    expect(published.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'metrics.csv',
        expect.stringMatching(/^\d{4}-\d\d-\d\d\.csv$/),
        expect.stringMatching(/\.parquet$/),
      ]),
    );
    expect(shards).toHaveLength(2);
    expect(outputs.commits).toContain('Add ');
    for (const name of ['once stdout', 'records', 'shards', 'csv stdout', 'buffer']) {
      expect(outputs[name]!.split('[MASKED]').length).toBeGreaterThan(FAULTS.length);
    }
    const private_ = [hostname(), homedir(), ROOT, folder.path].filter((text) => text.length > 4);
    for (const [name, text] of Object.entries(outputs)) {
      expect([name, leaksIn(text)]).toEqual([name, []]);
      expect([name, private_.filter((secret) => text.includes(secret))]).toEqual([name, []]);
    }

    // Each token went where it belongs, and nowhere else.
    const received = (side: 'hub' | 'router') =>
      JSON.stringify(
        world.requests.received
          .filter((request) => request.side === side)
          .map(({ headers, path, query }) => [[...headers], path, query]),
      );
    expect(received('router')).toContain(HF_TOKEN);
    expect(received('router')).not.toContain(HF_HUB_TOKEN);
    expect(received('hub')).toContain(HF_HUB_TOKEN);
    expect(received('hub')).not.toContain(HF_TOKEN);
  },
);

const keyOf = ({ modelId, provider }: { modelId: string; provider: string }) => ({ modelId, provider });

/** A day that is over, so that its file is written too. */
async function measureYesterday(folder: string): Promise<void> {
  const text = streamOf(HF_TOKEN);
  const exchange = async () =>
    anExchange({ reply: aReply({ text, content: HF_TOKEN, answer: HF_TOKEN, completion: null }) });
  const environment = { HF_TOKEN, HF_HUB_TOKEN, PUSH: 'off' };
  using rig = openRig({ folder, clock: new SetClock(Date.now() - DAY_MS), environment, exchange });
  await rig.clock.passUntil(rig.run({}, 1));
  expect((await rig.records()).map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
}

/** Titles and descriptions. */
function commitsOf(world: Awaited<ReturnType<typeof startWorld>>): string {
  const bodies = world.requests.received.filter(({ endpoint }) => endpoint === 'commit').map(({ body }) => body);
  return bodies.flatMap((body) => body.split('\n').filter((line) => line.includes('"header"'))).join('\n');
}

const textOf = (rows: readonly Record<string, unknown>[]) =>
  rows.map((row) => Object.values(row).join('\n')).join('\n');
