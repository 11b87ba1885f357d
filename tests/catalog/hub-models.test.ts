import { describe, expect, test } from 'bun:test';
import { isModelId, parseApiModel, parseJsonModel } from '../../src/catalog/hub-models.ts';
import { apiModel, jsonModel, jsonProvider, live } from './hub-double.ts';

const leftOutOf = (mapping: unknown) => {
  const parsed = parseApiModel(apiModel('acme/one', mapping));
  return parsed.ok ? parsed.model.leftOut : [parsed.leftOut];
};
const liveOf = (parsed: ReturnType<typeof parseApiModel>) => (parsed.ok ? parsed.model.live : null);

describe('a model of the documented list', () => {
  test('may map providers by name', () => {
    expect(liveOf(parseApiModel(apiModel('acme/one', { fast: live('a'), slow: live('b') })))).toEqual([
      { provider: 'fast', providerModelId: 'a' },
      { provider: 'slow', providerModelId: 'b' },
    ]);
  });

  test('may list providers, each under `provider` or `name`', () => {
    const list = [live('a', { provider: 'fast' }), live('b', { name: 'slow' })];
    expect(liveOf(parseApiModel(apiModel('acme/one', list)))).toEqual([
      { provider: 'fast', providerModelId: 'a' },
      { provider: 'slow', providerModelId: 'b' },
    ]);
  });

  test('may have no mapping: nobody serves it', () => {
    expect(liveOf(parseApiModel({ id: 'acme/one' }))).toEqual([]);
  });

  test('with a mapping of another kind cannot be read', () => {
    expect(leftOutOf('live')).toEqual([expect.objectContaining({ reason: 'model_unreadable' })]);
  });

  test('shows a provider without a name as unreadable, not as undefined', () => {
    expect(leftOutOf([live('a')])).toEqual([expect.objectContaining({ reason: 'provider_unreadable' })]);
  });

  test('shows a provider without a status as unreadable, not as live', () => {
    expect(leftOutOf({ fast: live('a', { status: undefined }) })).toEqual([
      { reason: 'provider_unreadable', text: 'fast' },
    ]);
  });

  test('has a provider once', () => {
    const list = [live('a', { provider: 'fast' }), live('b', { provider: 'fast' })];
    expect(leftOutOf(list)).toEqual([{ reason: 'provider_listed_twice', text: 'fast' }]);
  });
});

test('a provider of the website list is live only if it and the model there are', () => {
  const providers = [
    jsonProvider({ provider: 'a' }),
    jsonProvider({ provider: 'b', providerStatus: 'error' }),
    jsonProvider({ provider: 'c', modelStatus: 'staging' }),
  ];
  expect(liveOf(parseJsonModel(jsonModel('acme/one', providers)))).toEqual([{ provider: 'a', providerModelId: 'x' }]);
});

test.each(['acme/one', 'deepseek-ai/DeepSeek-V4-Pro', 'google/gemma-3-27b-it', 'a_b/Qwen2.5'])(
  '%s is a model id',
  (id) => {
    expect(isModelId(id)).toBe(true);
  },
);

test.each(['gpt2', 'a/b/c', '../etc', 'a/..', 'a/b?c', 'a/b c', 'a/', '/b', `a/${'b'.repeat(97)}`, 'a/b\n', 'ä/b'])(
  '%j is no model id',
  (id) => expect(isModelId(id)).toBe(false),
);

test.each(['accounts/fireworks/models/x', '@cf/meta/llama-3', 'zai.glm-4:0', 'llama3.1-8b'])(
  'a model may be called %s by its provider',
  (id) => {
    expect(leftOutOf({ fast: live(id) })).toEqual([]);
  },
);

test.each(['', '..', 'a/../b', '/a', 'a//b', 'a/.', 'a?b', 'a#b', 'a b', 'a%2e', 'a\nb', 'x'.repeat(257)])(
  'a model may not be called %j by its provider',
  (id) => expect(leftOutOf({ fast: live(id) })).toEqual([{ reason: 'provider_model_id_invalid', text: id }]),
);
