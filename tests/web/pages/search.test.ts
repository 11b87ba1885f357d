import { describe, expect, test } from 'bun:test';
import { matches } from '../../../src/web/pages/search.tsx';
import { openWeb } from '../rig.ts';
import { readPage } from './read-page.ts';

const read = async (path: string) => readPage(await openWeb().ask(path));

describe('the search', () => {
  test('finds models and providers by a part of their names, in any case', async () => {
    const page = await read('/search?q=CoB');

    expect(page.h1).toBe('1 match for “CoB”.');
    expect(page.links).toContain('/providers/cobalt');
    expect(page.html).toContain('value="CoB"');
    expect((await read('/search?q=think')).links).toContain('/models/acme/Thinker-7B');
  });

  test('without a match says so, and what is like it', async () => {
    const page = await read('/search?q=swiftclod');

    expect(page.h1).toBe('Nothing for “swiftclod”.');
    expect(page.text).toContain('Did you mean one of these? swiftcloud');
    expect((await read('/search?q=Thinkr-7B')).links).toContain('/models/acme/Thinker-7B');
  });

  test('for nothing asks what is meant', async () => {
    expect((await read('/search?q=+')).h1).toBe('Which model or provider?');
  });

  test('without end is refused', async () => {
    expect((await openWeb().ask(`/search?q=${'a'.repeat(101)}`)).status).toBe(400);
  });

  test('is where the form of every page leads', async () => {
    const { elements } = await read('/incidents');

    expect(elements.find(({ attributes }) => attributes.class === 'find')!.attributes.action).toBe('/search');
  });
});

describe('matches', () => {
  const NAMES = ['acme/Big-Flash-9B', 'acme/Flash', 'flash-ai/Mini', 'acme/Unflashy', 'acme/Flash-Next'];

  test('the same name comes first, then what begins so, then a part that does, then the rest', () => {
    expect(matches('flash', NAMES)).toEqual([
      'acme/Flash',
      'flash-ai/Mini',
      'acme/Flash-Next',
      'acme/Big-Flash-9B',
      'acme/Unflashy',
    ]);
  });

  test('every word must be in the name, in any order', () => {
    expect(matches('9b flash', NAMES)).toEqual(['acme/Big-Flash-9B']);
  });
});
