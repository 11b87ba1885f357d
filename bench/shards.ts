import { join } from 'node:path';
import { csvHeader, csvText } from '../src/domain/csv.ts';
import type { AttemptRecord } from '../src/domain/record.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import { SYSTEM_CLOCK } from '../src/parts.ts';
import { buildShard } from '../src/push/shard.ts';
import { openStore } from '../src/store/open-store.ts';
import { aRecord } from '../tests/support/builders.ts';
import { tempDir } from '../tests/support/temp-dir.ts';
import type { Bench } from './bench.ts';
import { peakRssMb } from './memory.ts';

export const shards: Bench = {
  about:
    'one shard of 10,000 records with replies of about 3 KB and their chunk moments, built from the store by a process of its own',
  goals: { 'share of the CSV': { atMost: 0.3 }, 'peak memory': { atMost: 450 } },
  async run({ quick, progress }) {
    const count = quick ? 1_000 : 10_000;
    using folder = tempDir();
    progress(`storing ${count} records`);
    const csvBytes = await fill(folder.path, count);
    progress('building their shard');
    const built = await buildInChild(folder.path);
    const gzip = csvBytes.gzip / count;
    const csv = csvBytes.plain / count;
    return [
      { name: 'size', unit: 'bytes/record', ours: built.bytes / count, peers: { CSV: csv, 'CSV, gzip': gzip } },
      {
        name: 'share of the CSV',
        unit: 'of its bytes',
        ours: built.bytes / count / csv,
        peers: { 'CSV, gzip': gzip / csv },
      },
      { name: 'CPU', unit: 's/10,000 records', ours: (built.cpuMs / count) * 10 },
      { name: 'peak memory', unit: 'MB', ours: built.peakMb },
    ];
  },
};

interface Built {
  readonly bytes: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

/** Records of forty models and five providers as a day of cycles brings them. @returns what they would take as one CSV */
async function fill(dataDir: string, count: number) {
  using store = openIn(dataDir);
  const random = seededRandom('shards');
  const gzip = new CompressionStream('gzip');
  const gzipped = new Response(gzip.readable).arrayBuffer();
  const writer = gzip.writable.getWriter();
  let plain = 0;
  const add = (text: string) => {
    const bytes = Buffer.from(text);
    plain += bytes.length;
    return writer.write(bytes);
  };
  await add(csvHeader());
  for (let from = 0; from < count; from += 100) {
    const records = Array.from({ length: Math.min(100, count - from) }, (_, i) => recordOf(from + i, random));
    await store.append(records);
    await add(csvText(records));
  }
  await writer.close();
  return { plain, gzip: (await gzipped).byteLength };
}

async function buildInChild(dataDir: string): Promise<Built> {
  const child = Bun.spawn([process.execPath, import.meta.path, dataDir], { stdout: 'pipe', stderr: 'inherit' });
  return JSON.parse(await new Response(child.stdout).text()) as Built;
}

/** As a push does it: the batch's records are read from the store while the shard is written. */
async function build(dataDir: string): Promise<Built> {
  using store = openIn(dataDir);
  const [batch] = await store.seal(Date.now());
  const before = process.cpuUsage();
  const { length } = await buildShard(store.recordsOf(batch!.name));
  const { user, system } = process.cpuUsage(before);
  return { bytes: length, cpuMs: (user + system) / 1000, peakMb: peakRssMb() };
}

const openIn = (dataDir: string) =>
  openStore({ dataDir, csvPath: join(dataDir, 'buffer.csv') }, { clock: SYSTEM_CLOCK });

const CYCLE_MS = 30 * 60 * 1000;
const TARGETS = 200;
const PROVIDERS = 5;

/** The same question, answered by forty models in their own words, each time a little differently. */
function recordOf(i: number, random: Random): AttemptRecord {
  const target = i % TARGETS;
  const dueAtMs = Date.UTC(2026, 7, 3) + Math.floor(i / TARGETS) * CYCLE_MS;
  const model = Math.floor(target / PROVIDERS);
  const answer = `${textOf(model, 6, random)} **1771.2**`;
  const message = { role: 'assistant', content: answer, reasoning: textOf(model, 10 + random() * 40, random) };
  const completionTokens = Math.round((message.reasoning.length + answer.length) / 3.8);
  const usage = { prompt_tokens: 24, completion_tokens: completionTokens, total_tokens: completionTokens + 24 };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  const reply = {
    id: `chatcmpl-${hex(random, 24)}`,
    object: 'chat.completion',
    created: dueAtMs / 1000,
    choices,
    usage,
  };
  const firstMs = 200 + random() * 400;
  const chunks = Math.ceil(completionTokens / (1 + (target % PROVIDERS))); // by the provider one to five tokens a chunk
  const chunkAtMs = Array.from(
    { length: chunks },
    (_, chunk) => Math.round((firstMs + chunk * 12 + random() * 8) * 64) / 64,
  );
  return aRecord({
    cycleTimestampIso: new Date(dueAtMs).toISOString(),
    requestStartIso: new Date(dueAtMs + Math.floor(random() * 900)).toISOString(),
    modelId: `acme/Model-${model}-Instruct`,
    providerName: `provider-${target % PROVIDERS}`,
    requestId: `Root=1-${hex(random, 8)}-${hex(random, 24)}`,
    responseBodyRaw: JSON.stringify(reply),
    responseHeadersSanitized: JSON.stringify({ 'content-type': 'text/event-stream', 'x-request-id': hex(random, 32) }),
    answerText: answer,
    durationMs: rounded(chunkAtMs.at(-1)! + 5),
    chunkAtMs,
    completionTokens,
    chunks,
    ttftMs: rounded(firstMs),
    tpotMs: rounded(10 + random() * 5),
  });
}

const rounded = (ms: number) => Math.round(ms * 1000) / 1000;
const hex = (random: Random, length: number) =>
  Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');

const STEPS = [
  '123/2 = 61.5',
  '61.5*3.2 = 196.8',
  '196.8*9 = 1771.2',
  '3.2*9 = 28.8',
  '61.5*28.8 = 1771.2',
  '123*28.8/2',
];
const WORDS =
  'we first then divide multiply by the result which gives left to right order of operations so let me check again hmm wait that is equal and therefore next step compute product value of expression carefully as decimal half sixty one point five times nine rounding nothing needed final answer should be'.split(
    ' ',
  );

/** Sentences of a model: it has two hundred of its own, and a step of the sum follows each. */
function textOf(model: number, sentences: number, random: Random): string {
  return Array.from({ length: sentences }, () => {
    const own = seededRandom(`model ${model} sentence ${Math.floor(random() * 200)}`);
    const words = Array.from({ length: 6 + own() * 10 }, () => WORDS[Math.floor(own() * WORDS.length)]);
    return `${words.join(' ')}: ${STEPS[Math.floor(random() * STEPS.length)]}.`;
  }).join(random() < 0.5 ? ' ' : '\n');
}

// The process that builds. Argument: the folder of the store.
if (import.meta.main) console.log(JSON.stringify(await build(process.argv[2]!)));
