import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMapping } from '../src/mapping.ts';

const ROUTER = 'https://router.huggingface.co';
const UNIFIED = `"*": "${ROUTER}/v1/chat/completions"`;
const problemsOf = (text: string, router = ROUTER) => parseMapping(text, router).problems;

describe('the provider mapping', () => {
  test('the file in the box is right, and knows the chat providers and the fallback', () => {
    const shipped = readFileSync(join(import.meta.dir, '../provider_mapping.json'), 'utf8');

    const { mapping, problems, warnings } = parseMapping(shipped, ROUTER);

    expect([...problems, ...warnings]).toEqual([]);
    expect(mapping.size).toBe(16);
    expect(mapping.get('hf-inference')).toBe(`${ROUTER}/hf-inference/models/{providerId}/v1/chat/completions`);
  });

  test('URLs of the default router move to the router that is set, the placeholder untouched', () => {
    const text = `{ "a": "${ROUTER}/a/{providerId}?x=1", "b": "http://127.0.0.1:9/b", ${UNIFIED} }`;

    const { mapping } = parseMapping(text, 'http://127.0.0.1:8081');

    expect([...mapping]).toEqual([
      ['a', 'http://127.0.0.1:8081/a/{providerId}?x=1'],
      ['b', 'http://127.0.0.1:9/b'],
      ['*', 'http://127.0.0.1:8081/v1/chat/completions'],
    ]);
  });

  test('without "*" unknown providers are asked at the unified endpoint, and a warning says so', () => {
    const { mapping, problems, warnings } = parseMapping('{}', 'https://router.example');

    expect(problems).toEqual([]);
    expect(mapping.get('*')).toBe('https://router.example/v1/chat/completions');
    expect(warnings).toEqual([
      'has no "*": providers it does not name are asked at https://router.example/v1/chat/completions',
    ]);
  });

  test('a URL elsewhere is refused, since the token goes to the router alone', () => {
    const text = `{\n  "groq": "https://api.groq.com/openai/v1/chat/completions",\n  ${UNIFIED}\n}`;

    expect(problemsOf(text)).toEqual([
      'line 2: "groq" points at api.groq.com: HF_TOKEN goes to the router (router.huggingface.co) alone, so no other host can be asked',
    ]);
  });

  test('every bad entry is named with its line', () => {
    const text = `{
      "a": 7,
      "b": "router/b",
      "c d": "${ROUTER}/c",

      "e": "http://router.huggingface.co/e", "f": "https://me:pw@router.huggingface.co/f",
      "g": "${ROUTER}/{model}/g",
      "h": "https://{providerId}.huggingface.co/h",
      "i": "${ROUTER}/i#part",
      "j": "${ROUTER}/j",
      "j": "${ROUTER}/j2",
      ${UNIFIED}
    }`;

    expect(problemsOf(text)).toEqual([
      'line 2: "a" must be a URL in double quotes',
      'line 3: "b" must be a URL, like https://router.huggingface.co/groq/openai/v1/chat/completions',
      'line 4: "c d" is no provider name: letters, digits, ".", "_" and "-", or "*"',
      'line 6: "e" must be an https URL (http only to this machine)',
      'line 6: "f" must hold no user name or password',
      'line 7: "g" may hold {providerId} and no other placeholder or space',
      'line 8: "h" may hold {providerId} only after the host',
      'line 9: "i" must have no "#" part',
      'line 11: "j" is given twice',
    ]);
  });

  test.each([
    ['', 'line 1: expected "{", found the end of the file'],
    ['[]', 'line 1: expected "{", found []'],
    ['{\n"a" "b"}', 'line 2: expected ":", found "b"}'],
    [`{\n  ${UNIFIED},\n}`, 'line 3: expected a name in double quotes, found }'],
    [`{\n  ${UNIFIED}\n  "b": ""\n}`, 'line 3: expected "," or "}", found "b": ""'],
    ['{\n"a": {\n"url": "x"}}', 'line 2: expected a text in double quotes, found {'],
    [`{${UNIFIED}}\n\nand more`, 'line 3: expected nothing more, found and more'],
    ['{"a\\q": "b"}', 'line 1: a text holds a line break, a control character or a backslash that JSON does not allow'],
    ['{"a": "\u001b[2J', 'line 1: expected a text in double quotes, found "\\x1b[2J'],
  ])('%j is no JSON object of texts, and the place is named', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });
});
