import { describe, expect, test } from 'bun:test';
import type { ProbeKind } from '../../src/domain/probe-kind.ts';
import type { Feature } from '../../src/domain/verdict.ts';
import { featureWorks, type Tried } from '../../src/probe/feature-verdict.ts';
import { aRecord, aReply } from '../support/builders.ts';

const kind = (feature: Feature, part: 1 | 2 = 1): ProbeKind => ({ name: 'feature', feature, part });
const said = (answerText: string, overrides: Partial<Tried> = {}): Tried => aRecord({ answerText, ...overrides });
const answering = (feature: Feature, text: string, overrides: Partial<Tried> = {}) =>
  featureWorks(kind(feature), said(text, overrides), aReply(), null);

describe('a tool call works', () => {
  const calling = (name: string, given: string) => {
    const message = { role: 'assistant', content: null, tool_calls: [{ function: { name, arguments: given } }] };
    const reply = aReply({ completion: { choices: [{ index: 0, message }] } });
    return featureWorks(kind('tool_call'), said('', { finishReason: 'tool_calls' }), reply, null);
  };

  test('where the tool is called with arguments of its schema', () => {
    expect(calling('get_weather', '{"city":"Paris, France","unit":"celsius"}')).toBe(true);
  });

  test.each([
    ['another tool', 'weather', '{"city":"Paris","unit":"celsius"}'],
    ['a missing argument', 'get_weather', '{"city":"Paris"}'],
    ['an argument too many', 'get_weather', '{"city":"Paris","unit":"celsius","when":"now"}'],
    ['a value that is not allowed', 'get_weather', '{"city":"Paris","unit":"kelvin"}'],
    ['another city', 'get_weather', '{"city":"Rome","unit":"celsius"}'],
    ['arguments that are no JSON', 'get_weather', '{"city":'],
  ])('not with %s', (_what, name, given) => {
    expect(calling(name, given)).toBe(false);
  });

  test('not where the answer is text', () => {
    expect(answering('tool_call', 'It is sunny in Paris.')).toBe(false);
  });
});

describe('a JSON Schema works', () => {
  const city = { name: 'Tokyo', country: 'Japan', population_millions: 37.4, coastal: true };
  test('where the whole answer is JSON that follows it', () => {
    expect(answering('json_schema', JSON.stringify(city, null, 2))).toBe(true);
  });

  test.each([
    ['prose', 'Tokyo is the capital of Japan.'],
    ['JSON in a fence', `\`\`\`json\n${JSON.stringify(city)}\n\`\`\``],
    ['a key too few', '{"name":"Tokyo","country":"Japan","coastal":true}'],
    ['a key too many', JSON.stringify({ ...city, mayor: 'x' })],
    ['another type', JSON.stringify({ ...city, population_millions: '37' })],
    ['a list', '[]'],
  ])('not where it is %s', (_what, answer) => {
    expect(answering('json_schema', answer)).toBe(false);
  });
});

test.each([
  ['PELICAN', true],
  ['**Pelican.**', true],
  ['The capital of France is Paris.', false],
  ['PELICAN. But it is Paris.', false],
  ['', false],
])('a system prompt that is answered by "%s" is obeyed: %p', (answer, works) => {
  expect(answering('system_prompt', answer)).toBe(works);
});

test.each([
  ['one two three four', true],
  ['One Two Three Four five', true],
  ['one two three four five six seven', false],
  ['I would rather not.', null],
])('a reply that was to stop at "five" and is "%s" did: %p', (answer, works) => {
  expect(answering('stop', answer)).toBe(works);
});

describe('a seed', () => {
  const second = (first: Tried, row: Tried) => featureWorks(kind('seed', 2), row, aReply(), first);

  test('works where the same is said again', () => {
    expect(second(said('Amber, Birch'), said('Amber, Birch'))).toBe(true);
    expect(second(said('Amber, Birch'), said('Copper, Delta'))).toBe(false);
  });

  test('is not judged by the first of the two, nor across two backends, nor by what was cut or not said', () => {
    expect(featureWorks(kind('seed'), said('Amber'), aReply(), null)).toBeNull();
    expect(second(said('Amber'), said('Birch', { systemFingerprint: 'fp_2' }))).toBeNull();
    expect(second(said('Amber'), said('Birch', { servedBy: 'gale' }))).toBeNull();
    expect(second(said('Amber', { finishReason: 'length' }), said('Birch'))).toBeNull();
    expect(second(said(''), said(''))).toBeNull();
  });
});

describe('a cache is honest', () => {
  const sent = (cachedTokens: number | null, ttftMs: number | null, overrides: Partial<Tried> = {}) =>
    said('120', { promptTokens: 1_300, cachedTokens, ttftMs, finishReason: 'length', ...overrides });
  const second = (first: Tried, row: Tried) => featureWorks(kind('cache', 2), row, aReply(), first);

  test('where what it claims of the second sending came sooner', () => {
    expect(second(sent(0, 400), sent(1_280, 250))).toBe(true);
    expect(second(sent(null, 400), sent(1_280, 250))).toBe(true);
    expect(second(sent(32, 400), sent(1_280, 250))).toBe(true); // of the chat template, before the nonce
  });

  test('not where it claims a nonce that nobody sent before', () => {
    expect(second(sent(1_280, 400), sent(1_280, 250))).toBe(false);
  });

  test('or nobody can tell: it claims nothing, one pair came no sooner, or one of them failed', () => {
    expect(second(sent(null, 400), sent(null, 250))).toBeNull();
    expect(second(sent(0, 400), sent(0, 250))).toBeNull();
    expect(second(sent(0, 400), sent(1_280, 450))).toBeNull();
    expect(second(sent(0, 400), sent(1_280, null))).toBeNull();
    expect(second(sent(0, 400), sent(1_280, 250, { outcome: 'rate_limited' }))).toBeNull();
    expect(featureWorks(kind('cache'), sent(1_280, 400), aReply(), null)).toBeNull();
  });
});

describe('no feature is judged', () => {
  const FEATURES = ['tool_call', 'json_schema', 'system_prompt', 'stop'] as const;
  test.each(['rate_limited', 'target_error', 'router_error', 'account_error', 'prober_error'] as const)(
    'by a request that ended in %s',
    (outcome) => {
      expect(FEATURES.map((feature) => answering(feature, '', { outcome }))).toEqual([null, null, null, null]);
    },
  );

  test('by a reply that was cut, by its length or by us', () => {
    expect(FEATURES.map((feature) => answering(feature, 'x', { finishReason: 'length' }))).toEqual(Array(4).fill(null));
    expect(answering('system_prompt', 'x', { conformance: ['cut_by_prober'] })).toBeNull();
  });

  test('of a probe that tries none', () => {
    expect(featureWorks({ name: 'standard' }, said('PELICAN'), aReply(), null)).toBeNull();
  });
});

test('a target that calls a good question bad does not take the feature', () => {
  const refused = { outcome: 'target_error', errorClass: 'http_4xx' } as const;
  expect(answering('tool_call', '', { ...refused, responseStatusCode: 400 })).toBe(false);
  expect(answering('seed', '', { ...refused, responseStatusCode: 422 })).toBe(false);
  expect(answering('tool_call', '', { ...refused, responseStatusCode: 404 })).toBeNull();
});
