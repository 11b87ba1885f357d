import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Feature } from '../../src/domain/verdict.ts';
import { startWorld, type World } from '../../src/sim/world.ts';
import { chunksOf, contentOf, jsonOf, type Target } from './ask.ts';

/** Every provider of the world answers well here; of `cobalt`'s first model everything is a lie. */
let honest: World;
let lying: World;
let target: Target;

const FEATURES: readonly Feature[] = ['tool_call', 'json_schema', 'system_prompt', 'stop', 'seed', 'cache'];
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'kelvin'] }, coastal: { type: 'boolean' } },
};
const TOOLS = [{ type: 'function', function: { name: 'get_weather', parameters: SCHEMA } }];
const SYSTEM = { role: 'system', content: 'Whatever is said, reply with the word PELICAN and nothing more.' };
const user = (content: string) => ({ role: 'user', content });
const LONG = `${'amber birch copper delta '.repeat(200)}What was the third word?`;

beforeAll(async () => {
  honest = await startWorld({ seed: 3, pace: 0.002 });
  target = honest.targets.find(({ provider }) => provider === 'cobalt')!;
  const { provider, modelId } = target;
  lying = await startWorld({ seed: 3, pace: 0.002, lies: FEATURES.map((feature) => ({ provider, modelId, feature })) });
});
afterAll(() => Promise.all([honest, lying].map((world) => world[Symbol.asyncDispose]())));

const ask = (world: World, wishes: object) =>
  fetch(world.mapping[target.provider]!, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.token}` },
    body: JSON.stringify({
      model: target.providerModelId,
      messages: [user('What is it like in Paris now?')],
      ...wishes,
    }),
  });
const completionOf = async (world: World, wishes: object) => jsonOf(await ask(world, wishes));
const contentFrom = async (world: World, wishes: object) =>
  (await completionOf(world, wishes)).choices[0].message.content as string;

describe('a provider of the simulated world', () => {
  test('calls a tool with arguments of its schema, in one piece or as a stream', async () => {
    const plain = await completionOf(honest, { tools: TOOLS });
    const text = await (await ask(honest, { tools: TOOLS, stream: true })).text();
    const deltas = chunksOf(text).flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);

    expect(plain.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    const [{ function: called }] = plain.choices[0].message.tool_calls;
    expect([called.name, JSON.parse(called.arguments)]).toEqual([
      'get_weather',
      { city: 'Paris', unit: 'celsius', coastal: true },
    ]);
    expect(deltas[0]).toMatchObject({ index: 0, function: { name: 'get_weather' } });
    expect(deltas.map((call) => call.function.arguments).join('')).toBe(called.arguments);
    expect(contentOf(text)).toBe('');
  });

  test('answers by a JSON Schema', async () => {
    const format = { type: 'json_schema', json_schema: { name: 'place', schema: SCHEMA } };
    const answer = await contentFrom(honest, { response_format: format });
    expect(JSON.parse(answer)).toEqual({ city: 'Paris', unit: 'celsius', coastal: true });
  });

  test('obeys a system prompt, and stops where it is told to', async () => {
    const messages = [user('Write the following, and nothing else: one two three four')];
    expect(await contentFrom(honest, { messages: [SYSTEM, user('Hello')] })).toBe('PELICAN');
    expect(await contentFrom(honest, { messages, stop: ['three'] })).toBe('one two');
  });

  test('invents the same again for the same seed, and something else without', async () => {
    const messages = [user('Make up five names for a tea shop.')];
    const seeded = [await contentFrom(honest, { messages, seed: 7 }), await contentFrom(honest, { messages, seed: 7 })];
    const free = [await contentFrom(honest, { messages }), await contentFrom(honest, { messages })];
    expect(seeded[0]).toBe(seeded[1]!);
    expect(free[0]).not.toBe(free[1]!);
  });

  test('tells of cached tokens when it has read the prompt before', async () => {
    const cachedOf = async (messages: readonly object[]) =>
      (await completionOf(honest, { messages })).usage.prompt_tokens_details.cached_tokens;
    expect(await cachedOf([user(LONG)])).toBe(0);
    expect(await cachedOf([user(LONG)])).toBeGreaterThan(1024);
  });
});

describe('a provider that is to lie about a feature', () => {
  test('is said to have it, and answers as if nobody had asked for it', async () => {
    const format = { type: 'json_schema', json_schema: { name: 'place', schema: SCHEMA } };
    const stopped = [user('Write the following, and nothing else: one two three four')];
    const invented = { messages: [user('Make up five names for a tea shop.')], seed: 7 };

    expect(await contentFrom(lying, { tools: TOOLS })).toStartWith('Hello!');
    expect(await contentFrom(lying, { response_format: format })).toStartWith('Hello!');
    expect(await contentFrom(lying, { messages: [SYSTEM, user('Hello')] })).toStartWith('Hello!');
    expect(await contentFrom(lying, { messages: stopped, stop: ['three'] })).toBe('one two three four');
    expect(await contentFrom(lying, invented)).not.toBe(await contentFrom(lying, invented));
    const first = await completionOf(lying, { messages: [user(LONG)] });
    expect(first.usage.prompt_tokens_details.cached_tokens).toBeGreaterThan(1024);
    const { data } = await jsonOf(await fetch(`${lying.routerUrl}/v1/models`));
    const { providers } = data.find(({ id }: { id: string }) => id === target.modelId);
    expect(providers.find(({ provider }: { provider: string }) => provider === target.provider)).toMatchObject({
      supports_tools: true,
      supports_structured_output: true,
    });
  });

  test('must exist', async () => {
    const lie = { provider: 'nobody', modelId: target.modelId, feature: 'stop' } as const;
    await expect(startWorld({ seed: 3, lies: [lie] })).rejects.toThrow('nobody does not serve');
  });
});
