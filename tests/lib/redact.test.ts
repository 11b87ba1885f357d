import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createRedactor } from '../../src/lib/redact.ts';
import { holdsFragment } from '../support/canary.ts';

const SECRET = 'hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567';

const characters = (alphabet: string) => fc.constantFrom(...alphabet);
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const aSecretOf = (alphabet: string) => fc.string({ unit: characters(alphabet), minLength: 8, maxLength: 60 });
const aToken = aSecretOf(`${LETTERS}0123456789_-.~/+=`);
const aPassword = aSecretOf(`${LETTERS}"\\%&'`);

const hex = (character: string, digits: number) => character.charCodeAt(0).toString(16).padStart(digits, '0');
const SPELLINGS: readonly ((character: string) => string)[] = [
  (character) => character,
  (character) => `%${hex(character, 2)}`,
  (character) => `%${hex(character, 2).toUpperCase()}`,
  (character) => `\\u${hex(character, 4)}`,
  (character) => `\\x${hex(character, 2)}`,
  (character) => `&#x${hex(character, 2)};`,
  (character) => `&#${character.charCodeAt(0)};`,
];
const aSpelling = fc.constantFrom(...SPELLINGS);

describe('the redactor', () => {
  test('masks a secret wherever it stands', () => {
    const redact = createRedactor([SECRET]);

    expect(redact(`before ${SECRET} after`)).toBe('before [MASKED] after');
    expect(redact(`${SECRET}${SECRET}`)).toBe('[MASKED]');
    expect(redact(`x${SECRET}y${SECRET}z`)).toBe('x[MASKED]y[MASKED]z');
    expect(redact(SECRET.slice(3, 11))).toBe('[MASKED]');
  });

  test('leaves fragments of less than eight characters, which tell nothing', () => {
    expect(createRedactor([SECRET])(`a ${SECRET.slice(3, 10)} b`)).toBe(`a ${SECRET.slice(3, 10)} b`);
  });

  test('never leaves eight consecutive characters of a secret, however it is cut and surrounded', () => {
    const pieces = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.string({ maxLength: 12 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.oneof(aToken, aPassword), pieces, (secret, cuts) => {
        const text = cuts.map(([from, to, between]) => secret.slice(from % secret.length, to % 99) + between).join('');
        return !holdsFragment(createRedactor([secret])(text), secret);
      }),
    );
  });

  test('never leaves them where any of the characters are escaped, each in its own way', () => {
    const spellings = fc.array(aSpelling, { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(aToken, spellings, fc.string(), (secret, spell, around) => {
        const text = around + [...secret].map((character, at) => spell[at]!(character)).join('') + around;
        return !holdsFragment(createRedactor([secret])(text), secret);
      }),
    );
  });

  test.each([
    ['JSON within JSON within JSON', JSON.stringify(JSON.stringify(JSON.stringify(`"\\${SECRET}"`)))],
    ['URL-encoded twice', encodeURIComponent(encodeURIComponent(`"${[...SECRET].map(SPELLINGS[1]!).join('')}"`))],
    ['escaped JSON in a URL', encodeURIComponent([...SECRET].map(SPELLINGS[3]!).join(''))],
  ])('undoes %s', (_name, text) => {
    const clean = createRedactor([SECRET])(text);

    expect(clean).toContain('[MASKED]');
    expect(holdsFragment(clean, SECRET)).toBe(false);
  });

  test('leaves JSON that parses', () => {
    const redact = createRedactor([SECRET]);
    const text = JSON.stringify({ a: `say "${SECRET}"\n`, b: [SECRET.slice(0, 20), '\\', `é${SECRET}`] });

    expect(JSON.parse(redact(text))).toEqual({ a: 'say "[MASKED]"\n', b: ['[MASKED]', '\\', 'é[MASKED]'] });
  });

  test('masks base64 at every alignment', () => {
    const redact = createRedactor([SECRET]);
    for (const user of ['', 'u', 'us', 'use']) {
      const [clean] = [redact(btoa(`${user}${SECRET}`))];
      const shown = atob(clean.replaceAll('[MASKED]', '').replace(/=/g, ''));
      expect(clean).toContain('[MASKED]');
      expect(holdsFragment(shown, SECRET)).toBe(false);
    }
  });

  test('changes nothing in a text without secrets', () => {
    const redact = createRedactor([SECRET, 'another-secret-of-ours'], ['/srv/tracker']);
    const shapes = /hf_|sk[-_]|bearer|basic|srv/i;
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        (text) => shapes.test(text) || redact(text) === text,
      ),
    );
  });

  test.each([
    'Basic arithmetic: 123 / 2 = 61.5, then 61.5 * 3.2 = 196.8, then 196.8 * 9 = 1771.2',
    'The bearer of internationalization-related certificates carries a risk-assessment-and-mitigation-plan',
    '{"error":{"message":"The requested model \\"acme/x\\" is not supported","code":"model_not_supported"}}',
    'from hf_transformers_configuration_utils import desk_reservation_system',
    'data: {"id":"chatcmpl-8f14e45fceea167a5a36dedd4bea2543","usage":{"total_tokens":77}}\n\n',
  ])('does not mangle ordinary text: %s', (text) => {
    expect(createRedactor([SECRET])(text)).toBe(text);
  });

  test.each([
    ['hf_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz', '[MASKED]'],
    ['q=%22hf_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz%22', 'q=%22[MASKED]%22'],
    ['{"a":"\\nhf_oauth_eyJhbGciOi.JIUzI1NiIsInR5cCI6"}', '{"a":"\\n[MASKED]"}'],
    ['Incorrect API key provided: sk-proj-1234567890abcdefghij.', 'Incorrect API key provided: [MASKED].'],
    ['authorization: Bearer abcdefghijklmnop0123456789', 'authorization: Bearer [MASKED]'],
    ['Basic dXNlcjpwYXNzd29yZDEyMzQ1Njc4OQ==', 'Basic [MASKED]'],
  ])("masks what looks like somebody else's token: %s", (text, clean) => {
    expect(createRedactor([])(text)).toBe(clean);
  });

  test('masks a short secret as a whole, and does not look for one shorter than four characters', () => {
    const redact = createRedactor(['pass12', 'abc', '']);

    expect(redact('user:pass12@host')).toBe('user:[MASKED]@host');
    expect(redact('abc pass1')).toBe('abc pass1');
  });

  test('hides the folders of this machine, and leaves URLs and longer words alone', () => {
    const redact = createRedactor([], ['/app', '/app/data/', '/']);

    expect(redact('at run (/app/src/x.ts:3:1)')).toBe('at run (./src/x.ts:3:1)');
    expect(redact('file:///app/index.ts, /app/data/tracker.db')).toBe('file://./index.ts, ./tracker.db');
    expect(redact('https://host/app/x /application /a/b')).toBe('https://host/app/x /application /a/b');
  });

  test('changes nothing more when it is applied again', () => {
    const redact = createRedactor([SECRET], ['/srv/tracker']);
    const parts = fc.constantFrom(
      SECRET,
      SECRET.slice(0, 12),
      ' ',
      '"',
      '\\u0041',
      '%41',
      'Bearer ',
      'x',
      '/srv/tracker',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), (texts) => {
        const clean = redact(texts.join(''));
        return redact(clean) === clean;
      }),
    );
  });

  test.each([
    ['the secret', SECRET],
    ['almost the secret', SECRET.slice(0, 7)],
    ['escapes', '\\u0041'],
    ['backslashes', '\\'],
    ['percent signs', '%25'],
    ['entities', '&#x000000'],
    ['keys', 'sk-'],
    ['schemes', 'Bearer+'],
    ['spaces', ' '],
    ['folders', '/srv/tracke'],
  ])('takes time linear in the text: a megabyte of %s', (_name, piece) => {
    const redact = createRedactor([SECRET], ['/srv/tracker']);

    // Where any part were quadratic, this would outlast the test's own deadline many times over.
    expect(holdsFragment(redact(`Bearer${piece.repeat(2 ** 20 / piece.length)}`).slice(0, 100_000), SECRET)).toBe(
      false,
    );
  });
});
