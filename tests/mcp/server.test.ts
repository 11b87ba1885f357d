import { describe, expect, test } from 'bun:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { Incident } from '../../src/domain/incident.ts';
import type { ModelVerdict } from '../../src/domain/verdict.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import { createAssistantServer } from '../../src/mcp/server.ts';
import type { Told } from '../../src/mcp/source.ts';
import { StoreError } from '../../src/store/errors.ts';
import { TOKEN } from '../support/builders.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryIncidents, MemoryKnowledge } from '../support/memory-knowledge.ts';
import { aModelVerdict, anEndpointVerdict, anIncident } from '../support/verdict-builders.ts';

const NOW_MS = Date.parse('2026-08-01T12:00:00.000Z');
const MODEL = 'acme/Thinker-7B';

interface World {
  readonly models?: readonly ModelVerdict[];
  readonly incidents?: readonly Incident[];
  readonly current?: () => Promise<Told>;
}

/** An assistant's own client, speaking to our server without a process between. */
async function openAssistant({ models, incidents = [anIncident()], current }: World = {}) {
  const knowledge = new MemoryKnowledge(() => NOW_MS, models);
  const told = { knowledge, incidents: new MemoryIncidents(incidents) };
  const log = recordingLog();
  const source = { current: current ?? (async () => told), [Symbol.asyncDispose]: async () => {} };
  const { server } = createAssistantServer({ source, version: '0.1.0', redact: createRedactor([TOKEN]), log });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '1' });
  await Promise.all([server.connect(ours), client.connect(theirs)]);
  await client.listTools(); // from here on it holds every answer against its schema
  return {
    client,
    knowledge,
    log,
    async ask(name: string, given: Record<string, unknown> = {}) {
      const { isError = false, structuredContent, content } = await client.callTool({ name, arguments: given });
      const text = (content as { text: string }[]).map((part) => part.text).join('\n');
      return { isError, data: structuredContent as Record<string, unknown>, text };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

test('every tool says that it only reads, and has a schema for what goes in and what comes out', async () => {
  await using assistant = await openAssistant();

  const { tools } = await assistant.client.listTools();

  expect(tools.map(({ name }) => name)).toEqual([
    'list_models',
    'recommend_provider',
    'endpoint_state',
    'compare_providers',
    'list_incidents',
  ]);
  for (const { annotations, inputSchema, outputSchema, description } of tools) {
    expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false, openWorldHint: false });
    expect([inputSchema.type, outputSchema?.type]).toEqual(['object', 'object']);
    expect(description).toMatch(/\.$/);
  }
  expect(assistant.client.getInstructions()).toContain('null is unknown, never zero');
});

describe('an answer is data under the names of the API, and the same in words', () => {
  test('which models are measured', async () => {
    await using assistant = await openAssistant();
    const { data, text } = await assistant.ask('list_models');

    expect(data).toMatchObject({
      models: [{ model_id: MODEL, providers: 2, recommended: 'swiftcloud', states: { healthy: 2, down: 0 } }],
    });
    expect(text).toBe('acme/Thinker-7B: 2 providers, use swiftcloud.');
  });

  test('whom to use, for a goal and under needs', async () => {
    await using assistant = await openAssistant();
    const needs = { tools: true, context_length: 65_536 };
    const { data, text } = await assistant.ask('recommend_provider', { model: MODEL, goal: 'cheapest', needs });

    expect(data).toMatchObject({ goal: 'cheapest', provider: 'swiftcloud', runner_up: 'cobalt', n: 48 });
    expect(text).toBe(
      'Use swiftcloud. It starts soonest.\nRunner-up: cobalt, as good within noise.\nAvoid halcyon: it is down.',
    );
    expect(assistant.knowledge.asked.at(-1)).toBe(
      `recommend ${MODEL} for cheapest under {"tools":true,"structuredOutput":false,"contextLength":65536}`,
    );
  });

  test('how one endpoint is, over a window of the asker', async () => {
    await using assistant = await openAssistant();
    const given = { model: MODEL, provider: 'cobalt', since: '36h' };
    const { data, text } = await assistant.ask('endpoint_state', given);

    expect(data).toMatchObject({ provider: 'cobalt', state: { state: 'healthy' }, ttft_ms: { n: 48, p50: 218 } });
    expect(text).toStartWith('● cobalt has answered as usual since 31 Jul 12:00 UTC (4 of its last 48 probes).\n');
    expect(text).toContain('uptime 97.9% (89.1–99.6), n = 48; first token 218 ms; output 250 tok/s;');
    expect(assistant.knowledge.asked.at(-1)).toBe(`model ${MODEL} over 36 h`);
  });

  test('which of two is better', async () => {
    await using assistant = await openAssistant();
    const { data, text } = await assistant.ask('compare_providers', { model: MODEL, a: 'swiftcloud', b: 'cobalt' });

    expect(data).toMatchObject({ metric: 'ttft_ms', better: 'a', ratio: { pairs: 48 }, difference: { median: 31 } });
    expect(text).toBe('swiftcloud starts 31 ms sooner than cobalt (24–38; 48 pairs).');
  });

  test('what happened', async () => {
    const ended = { endedAtMs: Date.parse('2026-08-01T11:30:00.000Z'), endReason: 'recovered' } as const;
    await using assistant = await openAssistant({
      incidents: [anIncident(), anIncident({ incidentId: 'second', ...ended })],
    });
    const all = await assistant.ask('list_incidents');
    const open = await assistant.ask('list_incidents', { open: true });

    expect(all.data.incidents).toHaveLength(2);
    expect(open.data.incidents).toMatchObject([{ started_at: '2026-08-01T10:00:00.000Z', ended_at: null }]);
    expect(all.text.split('\n')).toEqual([
      '✕ Since 1 Aug 10:00 UTC: swiftcloud is down for acme/Thinker-7B: 4 of 4 attempts failed.',
      '○ 1 Aug 10:00–11:30 UTC (1 h 30 min): swiftcloud is down for acme/Thinker-7B: 4 of 4 attempts failed. It is over.',
    ]);
  });

  test('that alerts are silenced is told to nobody', async () => {
    const silenced = { atMs: NOW_MS, reason: 'we know' };
    await using assistant = await openAssistant({ incidents: [anIncident({ silenced })] });

    expect(JSON.stringify(await assistant.ask('list_incidents'))).not.toContain('we know');
  });
});

test('an assistant may ask from another place, and is told from where it is seen', async () => {
  await using assistant = await openAssistant();
  Object.assign(assistant.knowledge, { places: ['eu', 'us'], here: 'eu' });
  expect((await assistant.ask('list_models')).text).toContain('Seen from eu; places are eu and us.');
  expect((await assistant.ask('list_models', { location: 'us' })).text).toContain('Seen from us;');
  const { isError, text } = await assistant.ask('list_models', { location: 'mars' });
  expect([isError, text]).toEqual([true, expect.stringContaining('nothing is known from mars; places are: eu and us')]);
});

describe('what cannot be answered is said so that one can ask better', () => {
  test.each([
    [
      'recommend_provider',
      { model: 'acme/Thinkr-7B' },
      'model acme/Thinkr-7B is not known here; closest: acme/Thinker-7B',
    ],
    ['recommend_provider', { model: 'no/such' }, 'model no/such is not known here; list_models tells which are'],
    [
      'endpoint_state',
      { model: MODEL, provider: 'slate' },
      `slate is not known to serve ${MODEL}; these are: cobalt and swiftcloud`,
    ],
    ['compare_providers', { model: MODEL, a: 'cobalt', b: 'cobalt' }, 'b must be another provider than a'],
    ['recommend_provider', { model: 'Thinker' }, 'must be a model as org/name'],
    ['recommend_provider', { model: MODEL, goal: 'best' }, 'must be one of balanced, fastest_start'],
    ['recommend_provider', { model: MODEL, since: 'noon' }, 'must be a length before now as 90m, 24h or 7d'],
    ['recommend_provider', { model: MODEL, since: '2y' }, 'must be a length before now'],
    ['recommend_provider', { model: MODEL, since: '400d' }, 'must lie at most 30 days before until'],
    ['list_models', { verbose: true }, 'there is an argument that is not known here; known: location'],
  ])('%s %p', async (name, given, message) => {
    await using assistant = await openAssistant();
    const { isError, text, data } = await assistant.ask(name, given);

    expect(isError).toBe(true);
    expect(text).toContain(message);
    expect(data).toBeUndefined();
  });

  test('a missing store is said, and the next question is answered once there is one', async () => {
    let there = false;
    const told = { knowledge: new MemoryKnowledge(() => NOW_MS), incidents: new MemoryIncidents([]) };
    await using assistant = await openAssistant({
      async current() {
        if (!there) throw new StoreError('there is no store in DATA_DIR yet');
        return told;
      },
    });

    expect(await assistant.ask('list_models')).toMatchObject({
      isError: true,
      text: 'there is no store in DATA_DIR yet',
    });
    there = true;
    expect(await assistant.ask('list_models')).toMatchObject({ isError: false });
  });

  test('a fault of our own is logged, and tells the assistant nothing of us', async () => {
    const fault = new RangeError('/secret/path');
    await using assistant = await openAssistant({ current: () => Promise.reject(fault) });
    const { isError, text } = await assistant.ask('list_models');

    expect(isError).toBe(true);
    expect(text).toBe('a fault of the tracker itself; what it wrote to standard error tells more');
    expect(assistant.log.of('an assistant could not be answered')).toMatchObject([{ fields: { error: fault } }]);
  });

  test('hostile arguments are refused, and not repeated', async () => {
    await using assistant = await openAssistant();
    for (const hostile of HOSTILE_TEXTS) {
      const given = { model: hostile, provider: hostile, since: hostile };
      const { isError, text } = await assistant.ask('endpoint_state', given);

      expect(isError).toBe(true);
      expect(text.length).toBeLessThan(600);
      if (hostile.trim().length > 4) expect(text).not.toContain(hostile);
    }
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`argument${i}`, i]));
    expect(await assistant.ask('list_models', many)).toMatchObject({ isError: true });
    expect(await assistant.ask('__proto__')).toMatchObject({ isError: true });
  });
});

test('what providers wrote reaches an assistant harmless: no control characters, no token, in data and words', async () => {
  const flag = anEndpointVerdict().flags[0]!;
  const endpoint = anEndpointVerdict({ flags: [{ ...flag, says: `It says \u001b[2J\u202e${TOKEN}` }] });
  await using assistant = await openAssistant({ models: [aModelVerdict({ endpoints: [endpoint] })] });
  const { text, data } = await assistant.ask('endpoint_state', { model: MODEL, provider: 'swiftcloud' });

  expect(text).toContain('It says \\x1b[2J\\u202e[MASKED]');
  expect(JSON.stringify(data)).not.toContain(TOKEN);
});
