import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { startWorld, type World } from '../../src/sim/world.ts';
import { ask, bodyFor, chunksOf, contentOf, jsonOf, type Target } from './ask.ts';

let world: World;
let target: Target;
const targetOf = (provider: string, among: World = world) => among.targets.find((one) => one.provider === provider)!;

beforeAll(async () => {
  world = await startWorld({ seed: 3, pace: 0.005 });
  world.script({ times: Number.POSITIVE_INFINITY }, { kind: 'reply' }); // chance has its own tests below
  target = targetOf('aster');
});
afterAll(() => world[Symbol.asyncDispose]());

const post = (
  path: string,
  body: string,
  headers: Record<string, string> = { authorization: `Bearer ${world.token}` },
) => fetch(`${world.routerUrl}${path}`, { method: 'POST', headers, body });

describe('a streamed reply', () => {
  test('is an event stream that works the question out and ends with usage and [DONE]', async () => {
    world.script(target, { kind: 'reply', habits: { correct: true } });
    const response = await ask(world, target);
    const text = await response.text();

    expect(response.headers.get('content-type')).toStartWith('text/event-stream');
    expect(response.headers.get('x-inference-provider')).toBe('aster');
    expect(response.headers.get('x-request-id')).toStartWith('Root=1-');
    expect(contentOf(text)).toContain('1771.2');
    expect(chunksOf(text).at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) } });
    expect(text).toEndWith('data: [DONE]\n\n');
  });

  test('can be wrong', async () => {
    world.script(target, { kind: 'reply', habits: { correct: false } });
    const answer = contentOf(await (await ask(world, target)).text());
    expect(answer).not.toMatch(/1771\.2\b/);
    expect(answer).toContain('196.8');
  });

  test('stops at max_tokens, and says so', async () => {
    const chunks = chunksOf(await (await ask(world, target, { maxTokens: 5 })).text());
    expect(chunks.at(-1).usage.completion_tokens).toBe(5);
    expect(chunks.at(-2).choices[0].finish_reason).toBe('length');
  });

  test('shows reasoning in the field, or the tag, that the provider uses', async () => {
    world.script(target, { kind: 'reply', habits: { reasoning: 'reasoning_text' } });
    world.script(target, { kind: 'reply', habits: { reasoning: 'think' } });
    const inField = await (await ask(world, target)).text();
    const inTag = await (await ask(world, target)).text();

    expect(
      chunksOf(inField)
        .map((chunk) => chunk.choices[0]?.delta.reasoning_text ?? '')
        .join(''),
    ).toContain('Okay');
    expect(contentOf(inField)).not.toContain('Okay');
    expect(contentOf(inTag)).toMatch(/^<think>\nOkay[\s\S]+<\/think>\n\n/);
  });

  test('counts reasoning that it hides', async () => {
    world.script(target, { kind: 'reply', habits: { reasoning: 'hidden' } });
    const text = await (await ask(world, target)).text();
    expect(text).not.toContain('Okay');
    expect(chunksOf(text).at(-1).usage.completion_tokens_details.reasoning_tokens).toBeGreaterThan(10);
  });
});

test('a plain reply is one chat.completion with a length', async () => {
  const response = await ask(world, target, { stream: false });
  const completion = await jsonOf(response);
  expect(response.headers.get('content-length')).not.toBeNull();
  expect(completion).toMatchObject({ object: 'chat.completion', choices: [{ finish_reason: 'stop' }] });
  expect(completion.usage.total_tokens).toBe(completion.usage.prompt_tokens + completion.usage.completion_tokens);
});

test('every provider answers on the path that the mapping gives, one has none and answers on the unified path', async () => {
  const providers = [...new Set(world.targets.map((one) => one.provider))];
  const statuses = await Promise.all(
    providers.map(async (provider) => {
      const response = await ask(world, targetOf(provider));
      await response.text();
      return response.headers.get('x-inference-provider');
    }),
  );
  expect(statuses).toEqual(providers);
  expect(providers.filter((provider) => !(provider in world.mapping))).toEqual(['kestrel']);
});

describe('the router refuses', () => {
  test('a request without a token that looks like one', async () => {
    const path = new URL(world.mapping['*']!).pathname;
    expect((await post(path, '{}', {})).status).toBe(401);
    expect((await post(path, '{}', { authorization: 'Bearer sk-other' })).status).toBe(401);
  });

  test('a body that is no question', async () => {
    const bad = [
      '{',
      '[]',
      'null',
      '{"model":"x"}',
      '{"model":"x","messages":[]}',
      '{"model":"x","messages":[{"role":"user","content":"y"}],"max_tokens":0}',
    ];
    const statuses = await Promise.all(bad.map(async (body) => (await post('/v1/chat/completions', body)).status));
    expect(statuses).toEqual(bad.map(() => 400));
  });

  test('a model that it does not know, in the form of each route', async () => {
    const unified = await post('/v1/chat/completions', bodyFor('no-such/model:aster'));
    const own = await post('/aster/v1/chat/completions', bodyFor('no-such-model'));
    expect([unified.status, own.status]).toEqual([400, 400]);
    expect(await unified.json()).toMatchObject({ error: { code: 'model_not_supported' } });
    expect(await own.json()).toEqual({ error: 'Model not supported by provider aster' });
  });

  test('a path that it does not have', async () => {
    expect((await post('/nobody/v1/chat/completions', bodyFor('x'))).status).toBe(404);
    expect((await fetch(`${world.routerUrl}/aster/v1/chat/completions`)).status).toBe(405);
    expect((await fetch(`${world.routerUrl}/else`)).status).toBe(404);
  });
});

describe('a script', () => {
  const statusesOf = async (among: World, target: Target, count: number) =>
    Array.fromAsync({ length: count }, async () => {
      const response = await ask(among, target);
      await response.body?.cancel();
      return response.status;
    });

  test('applies to as many requests as it says, in the order it was given', async () => {
    world.script({ ...target, times: 2 }, { kind: 'status', status: 503 });
    world.script(target, { kind: 'status', status: 429 });
    expect(await statusesOf(world, target, 4)).toEqual([503, 503, 429, 200]);
  });

  test('for one target goes before one for all', async () => {
    world.script({}, { kind: 'status', status: 500 });
    world.script({ provider: 'aster' }, { kind: 'status', status: 402 });
    expect(await statusesOf(world, target, 3)).toEqual([402, 500, 200]);
  });
});

describe('chance', () => {
  const outcomes = async (order: readonly string[]) => {
    await using fresh = await startWorld({ seed: 11, pace: 0.001 });
    const asked = await Promise.all(
      order.map(async (provider) => {
        const said = await ask(fresh, targetOf(provider, fresh)).then(
          (response) => response.text(),
          () => 'lost',
        );
        return [provider, said.replace(/"created":\d+/g, '')] as const;
      }),
    );
    return Map.groupBy(asked, ([provider]) => provider);
  };

  test('falls the same way for the same seed, whatever other targets are asked', async () => {
    const alone = await outcomes(['aster']);
    const inCompany = await outcomes(['cobalt', 'fathom', 'aster', 'borealis']);
    expect(inCompany.get('aster')).toEqual(alone.get('aster')!);
  });

  test('makes some providers fail and others not', async () => {
    await using fresh = await startWorld({ seed: 5, pace: 0.0005 });
    const tried = async (provider: string) => {
      const replies = Array.from({ length: 40 }, () =>
        ask(fresh, targetOf(provider, fresh)).then(
          async (response) => (await response.text()).includes('"finish_reason":"stop"'),
          () => false,
        ),
      );
      return (await Promise.all(replies)).filter((whole) => !whole).length;
    };
    expect(await tried('drift')).toBeGreaterThan(0);
    expect(await tried('cobalt')).toBe(0);
  });
});

test('the journal keeps what was asked, and how much at once', async () => {
  await using fresh = await startWorld({ seed: 3, pace: 0.02 });
  const wanted = targetOf('cobalt', fresh);
  await Promise.all([ask(fresh, wanted), ask(fresh, wanted)].map(async (asked) => (await asked).text()));

  expect(fresh.requests.counts).toEqual({ 'router chat': 2 });
  expect(fresh.requests.peak('cobalt')).toBe(2);
  expect(fresh.requests.received[0]).toMatchObject({ side: 'router', provider: 'cobalt', modelId: wanted.modelId });
  expect(fresh.requests.received[0]!.headers.get('authorization')).toBe(`Bearer ${fresh.token}`);
});

test('a world that is closed ends what is under way', async () => {
  const closing = await startWorld({ seed: 3 });
  closing.script({}, { kind: 'stall', at: 'after-headers' });
  const response = await ask(closing, targetOf('aster', closing));
  const reading = response.text().then(
    () => 'whole',
    () => 'cut',
  );
  await closing[Symbol.asyncDispose]();
  expect(await reading).toBe('cut');
});
