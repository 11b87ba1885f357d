import { describe, expect, test } from 'bun:test';
import { Glob } from 'bun';
import { INCIDENT_KINDS, SCOPES } from '../../src/domain/incident.ts';
import { CLASSES, CONFORMANCE_FLAGS, OUTCOMES } from '../../src/domain/outcome.ts';
import { COLUMN_NAMES, dataName } from '../../src/domain/record.ts';
import { FEATURES, FLAG_KINDS, GOALS, METRICS, STATES } from '../../src/domain/verdict.ts';
import { snake } from '../../src/web/data-names.ts';
import { anchorOf } from '../../src/web/pages/method/method.tsx';
import { readPage } from './pages/read-page.ts';
import { aSetup, openWeb } from './rig.ts';

const method = async (world = {}) => readPage(await openWeb(world).ask('/method'));

describe('the page of the method', () => {
  test.each([
    ['outcome', OUTCOMES],
    ['failure class', Object.values(CLASSES).flat()],
    ['state', STATES],
    ['metric', METRICS.map(snake)],
    ['goal', GOALS],
    ['feature', FEATURES],
    ['sign of another model', FLAG_KINDS],
    ['kind of incident', INCIDENT_KINDS],
    ['reach', SCOPES],
    ['break of the protocol', CONFORMANCE_FLAGS],
    ['column', COLUMN_NAMES.map(dataName)],
  ])('names every %s', async (_, names) => {
    const { html } = await method();
    expect(names.filter((name) => !html.includes(`<code>${name}</code>`))).toEqual([]);
  });

  test('says TTFT and TPOT, and how they are defined', async () => {
    const { text } = await method();
    expect(text).toContain('time to first token (TTFT)');
    expect(text).toContain('time per output token (TPOT)');
    expect(text).toContain('first_token_ms - sent_ms');
    expect(text).toContain('p10 from 20, p50 from 5, p90 from 20, p95 from 40, p99 from 200');
  });

  test('has a section for every rule that a verdict names', async () => {
    const sources = [...new Glob('src/verdict/*.ts').scanSync()].map((file) => Bun.file(file).text());
    const rules = (await Promise.all(sources)).flatMap((source) => [
      ...source.matchAll(/(?:RULE =|rule:) '([A-Z][^']*)'/g),
    ]);
    const { elements } = await method();
    const ids = elements.filter(({ tag }) => tag === 'section').map(({ attributes }) => attributes.id);

    expect(rules.length).toBeGreaterThan(6);
    expect(rules.map(([, rule]) => anchorOf(rule!)).filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('tells the question as it is set', async () => {
    const { text } = await method({
      parts: { setup: aSetup({ prompt: 'Six times seven?', expected: '42', maxTokens: 99 }) },
    });
    expect(text).toContain('Six times seven?');
    expect(text).toContain('Right is 42');
    expect(text).toContain('at most 99 output tokens');
  });

  test('says how wrong we are ourselves, or that it is not known', async () => {
    expect((await method({ health: { instrumentErrorP99Ms: 1.4 } })).text).toContain(
      '99 of 100 moments were within 1.4 ms',
    );
    expect((await method({ health: { instrumentErrorP99Ms: null } })).text).toContain(
      'No such comparison has finished yet.',
    );
  });
});

describe('the page of the data', () => {
  test('says where the dataset is, how much there is, and how to load it', async () => {
    const { h1, text, links } = await readPage(await openWeb().ask('/data'));
    expect(h1).toBe('Yes, all of it.');
    expect(text).toContain('The dataset is acme/metrics on the Hugging Face Hub');
    expect(text).toContain('1 attempt since 1 Aug 2026, the newest 30 min old');
    expect(text).toContain('load_dataset(&quot;acme/metrics&quot;, &quot;attempts&quot;, split=&quot;train&quot;)');
    expect(links).toContain('https://huggingface.co/datasets/acme/metrics');
  });

  test('without a dataset says that it is kept here', async () => {
    const { h1, text } = await readPage(await openWeb({ parts: { setup: aSetup({ dataset: null }) } }).ask('/data'));
    expect(h1).toBe('Yes, from here: it is kept on this machine.');
    expect(text).not.toContain('load_dataset');
  });

  test('names every column with its type and meaning', async () => {
    const { html } = await readPage(await openWeb().ask('/data'));
    expect(COLUMN_NAMES.filter((name) => !html.includes(`<code>${dataName(name)}</code></th>`))).toEqual([]);
    expect(html).toContain('<code>ttft_ms</code></th><td>number, null</td><td>ms</td>');
  });
});
