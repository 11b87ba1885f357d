import { describe, expect, test } from 'bun:test';
import { askTarget } from '../../src/probe/request.ts';
import { aPlannedProbe, aTarget, probeSettings, TOKEN } from '../support/builders.ts';

const ask = (target = aTarget(), settings = probeSettings()) => askTarget(aPlannedProbe({ target }), settings, '0.1.0');
const settingsWith = (url: string) => probeSettings({ mapping: new Map([['swiftcloud', url]]) });

describe('the standard request', () => {
  test('is one user message with the prompt, a token limit, the model, streaming with usage, and nothing else', () => {
    expect(ask().question.body).toBe(
      '{"messages":[{"role":"user","content":"Solve this: 123/2*3.2*9"}],"max_tokens":4096,' +
        '"model":"acme-thinker-7b","stream":true,"stream_options":{"include_usage":true}}',
    );
  });

  test('asks for no stream and has no stream options in plain mode', () => {
    const { body, headers, mode } = ask(aTarget(), probeSettings({ mode: 'plain' })).question;

    expect(JSON.parse(body)).toEqual({
      messages: [{ role: 'user', content: 'Solve this: 123/2*3.2*9' }],
      max_tokens: 4096,
      model: 'acme-thinker-7b',
      stream: false,
    });
    expect(headers.Accept).toBe('application/json');
    expect(mode).toBe('plain');
  });

  test('says who asks, and with which token', () => {
    expect(ask().question.headers).toEqual({
      Authorization: `Bearer ${TOKEN}`,
      'Content-Type': 'application/json',
      Accept: 'text/event-stream',
      'User-Agent': 'inference-providers-metrics-tracker/0.1.0',
    });
  });

  test('names the organisation to bill, where one is set', () => {
    expect(ask(aTarget(), probeSettings({ billTo: 'acme-org' })).question.headers['X-HF-Bill-To']).toBe('acme-org');
  });

  test('has the two headers besides that the route of zai-org wants', () => {
    const mapping = new Map([['zai-org', 'https://router.huggingface.co/zai-org/api/paas/v4/chat/completions']]);
    const { headers } = ask(aTarget({ provider: 'zai-org' }), probeSettings({ mapping })).question;

    expect(headers).toMatchObject({ 'x-source-channel': 'hugging_face', 'accept-language': 'en-US,en' });
  });

  test('takes its deadlines from the settings', () => {
    expect(ask().question.limits).toEqual(probeSettings().limits);
  });

  test('is told with its credentials masked', () => {
    const { headersSanitized } = ask(aTarget(), probeSettings({ billTo: 'acme-org' }));

    expect(JSON.parse(headersSanitized)).toEqual({
      Authorization: 'Bearer [MASKED]',
      'X-HF-Bill-To': '[MASKED]',
      'Content-Type': 'application/json',
      Accept: 'text/event-stream',
      'User-Agent': 'inference-providers-metrics-tracker/0.1.0',
    });
  });
});

describe('the route', () => {
  test("of a provider that the mapping knows is the provider's own path, with the provider's name of the model", () => {
    const { question, route, modelNames } = ask();

    expect(route).toBe('provider');
    expect(question.url).toBe('https://router.huggingface.co/swiftcloud/v1/chat/completions');
    expect(modelNames).toEqual(['acme-thinker-7b', 'acme/Thinker-7B']);
  });

  test('of any other provider is the unified endpoint, with the provider behind the model', () => {
    const { question, route, modelNames } = ask(aTarget({ provider: 'newcomer' }));

    expect(route).toBe('unified');
    expect(question.url).toBe('https://router.huggingface.co/v1/chat/completions');
    expect(JSON.parse(question.body).model).toBe('acme/Thinker-7B:newcomer');
    expect(modelNames).toEqual(['acme/Thinker-7B:newcomer', 'acme/Thinker-7B', 'acme-thinker-7b']);
  });

  test('has the model in its path where the mapping says so, its parts encoded', () => {
    const settings = settingsWith('https://router.huggingface.co/hf-inference/models/{providerId}/v1/chat/completions');
    const { question } = ask(aTarget({ providerModelId: 'acme/Thinker 7B?#$&' }), settings);

    expect(question.url).toBe(
      'https://router.huggingface.co/hf-inference/models/acme/Thinker%207B%3F%23%24%26/v1/chat/completions',
    );
  });

  test('cannot be left by a model that is called like a path', () => {
    const settings = settingsWith('https://router.huggingface.co/hf-inference/models/{providerId}/v1/chat/completions');

    expect(() => ask(aTarget({ providerModelId: '../../other/route' }), settings)).toThrow('no path');
    expect(ask(aTarget({ providerModelId: 'a\\..\\..\\b' }), settings).question.url).toContain(
      'models/a%5C..%5C..%5Cb/',
    );
  });

  test('is never one without encryption, but on this machine', () => {
    expect(() => ask(aTarget(), settingsWith('http://router.huggingface.co/v1'))).toThrow('may not be called');
    expect(() => ask(aTarget(), settingsWith('file:///etc/passwd'))).toThrow('may not be called');
    expect(() => ask(aTarget(), settingsWith('https://me:password@router.huggingface.co/v1'))).toThrow(
      'may not be called',
    );
    expect(ask(aTarget(), settingsWith('http://127.0.0.1:8080/v1')).question.url).toBe('http://127.0.0.1:8080/v1');
  });
});

describe('the token', () => {
  const headersAt = (url: string) => {
    const settings = { ...settingsWith(url), billTo: 'acme-org' };
    return ask(aTarget(), settings).question.headers;
  };

  test.each([
    'https://router.huggingface.co/swiftcloud/v1/chat/completions',
    'https://ROUTER.huggingface.co:443/swiftcloud',
    'http://127.0.0.1:8080/v1',
    'http://[::1]:8080/v1',
    'http://localhost:8080/v1',
  ])('goes to the router and to this machine: %s', (url) => {
    expect(headersAt(url).Authorization).toBe(`Bearer ${TOKEN}`);
  });

  test.each([
    'https://api.swiftcloud.example/v1/chat/completions',
    'https://router.huggingface.co.evil.example/v1',
    'https://router.huggingface.co:8443/v1',
    'https://evil.example/router.huggingface.co/v1',
    'https://127.0.0.1.evil.example/v1',
    'https://huggingface.co/v1',
  ])('goes nowhere else, whatever the mapping says: %s', (url) => {
    const { question, headersSanitized } = ask(aTarget(), { ...settingsWith(url), billTo: 'acme-org' });

    expect(JSON.stringify(question)).not.toContain(TOKEN.slice(0, 8));
    expect(question.headers).not.toHaveProperty('Authorization');
    expect(question.headers).not.toHaveProperty('X-HF-Bill-To');
    expect(headersSanitized).not.toContain('MASKED');
  });
});
