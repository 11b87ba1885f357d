import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseFlatJson } from '../../src/lib/flat-json.ts';

const texts = fc.string({ unit: 'binary' }).filter((text) => text !== '__proto__');

test('reads what JSON.parse reads, however it is laid out', () => {
  const objects = fc.dictionary(texts, texts, { noNullPrototype: true });
  const layouts = fc.constantFrom(undefined, 2, '\t');
  fc.assert(
    fc.property(objects, layouts, (object, layout) => {
      const { entries, problem } = parseFlatJson(JSON.stringify(object, null, layout));

      expect(problem).toBeNull();
      expect(entries.map(({ name, value }) => [name, value])).toEqual(Object.entries(object));
    }),
  );
});

test('accepts nothing that JSON.parse refuses, and never throws', () => {
  const nearlyJson = fc.array(
    fc.constantFrom('{', '}', '"a"', '"b"', ':', ',', ' ', '\n', '1', 'null', '[', '\\', '"'),
  );
  fc.assert(
    fc.property(nearlyJson, (parts) => {
      const text = parts.join('');
      const { entries, problem } = parseFlatJson(text);

      if (problem === null && entries.every(({ value }) => value !== null))
        expect(() => JSON.parse(text)).not.toThrow();
      else if (problem !== null) expect(problem).toStartWith('line ');
    }),
    { numRuns: 500 },
  );
});

test('each entry knows the line of its name', () => {
  const { entries } = parseFlatJson('\n{ "a": "x",\n\n"b"\n:\n"y" }');

  expect(entries.map(({ name, line }) => [name, line])).toEqual([
    ['a', 2],
    ['b', 4],
  ]);
});
