import { expect, test } from 'bun:test';
import type { EndpointVerdict } from '../../../src/domain/verdict.ts';
import type { Document } from '../../../src/observe/report/document.ts';
import { type Facts, reportOf } from '../../../src/observe/report/report.ts';
import { reportAsText } from '../../../src/observe/report/text.ts';
import {
  aComparison,
  aModelVerdict,
  anEndpointVerdict,
  anIncident,
  aRate,
  aRecommendation,
  aSilentEndpoint,
} from '../../support/verdict-builders.ts';

const NOW_MS = Date.parse('2026-08-01T12:00:00.000Z');
const MODEL = 'acme/Thinker-7B';
const QUIET = { features: [], flags: [], changes: [], claims: [] } as const;

function facts(endpoints: readonly EndpointVerdict[], overrides: Partial<Facts> = {}): Facts {
  const recommendations = [
    aRecommendation({
      order: [
        { provider: 'swiftcloud', from: 1, to: 2, score: 0.8 },
        { provider: 'cobalt', from: 1, to: 2, score: 0.7 },
      ],
    }),
    aRecommendation({ goal: 'cheapest', provider: 'cobalt' }),
  ];
  return {
    nowMs: NOW_MS,
    window: { sinceMs: NOW_MS - 86_400_000, untilMs: NOW_MS },
    intervalMs: 1_800_000,
    models: [aModelVerdict({ endpoints, recommendations, policies: [] })],
    incidents: [],
    comparisons: new Map([[MODEL, [aComparison()]]]),
    ...overrides,
  };
}

const headings = ({ blocks }: Document) => blocks.flatMap((block) => (block.kind === 'heading' ? block.text : []));

/** What stands below a heading. */
function below(document: Document, heading: string): readonly string[] {
  const at = document.blocks.findIndex((block) => block.kind === 'heading' && block.text === heading);
  const block = document.blocks[at + 1];
  return block?.kind === 'list' ? block.items.map(({ text }) => text) : block?.kind === 'paragraph' ? [block.text] : [];
}

const tableOf = ({ blocks }: Document, caption: string) => {
  const found = blocks.flatMap((block) => (block.kind === 'table' && block.caption === caption ? [block] : []))[0];
  return found?.rows.map((cells) => cells.map(({ text }) => text));
};

test('sentences come before tables, and each question has its own', () => {
  const report = reportOf(facts([anEndpointVerdict({ provider: 'cobalt' }), anEndpointVerdict()]));

  expect(headings(report)).toEqual([
    ...['What is going on', 'What happened', MODEL, 'Which provider?', 'What changed?', 'Features that fail'],
    ...['Is it the same model?', 'Do the claims hold?'],
  ]);
  const firstTable = report.blocks.findIndex(({ kind }) => kind === 'table');
  expect(report.blocks.slice(firstTable).every(({ kind }) => kind === 'table')).toBe(true);
  expect(below(report, 'Which provider?')).toEqual([
    'Use swiftcloud. It starts soonest.',
    'Runner-up: cobalt, as good within noise.',
    'Avoid halcyon: it is down.',
    'swiftcloud starts 31 ms sooner than cobalt (24–38; 48 pairs).',
    'By another goal: cobalt (cheapest).',
  ]);
});

test('where nothing is to be told it says so, with its n', () => {
  const report = reportOf(facts([anEndpointVerdict(QUIET)]));

  expect(below(report, 'What is going on')).toEqual(['The only endpoint answers as usual.']);
  expect(below(report, 'What happened')).toEqual(['No incident in this time.']);
  expect(below(report, 'What changed?')).toEqual(['No change we can tell from noise (n = 48).']);
  expect(below(report, 'Is it the same model?')).toEqual(['Nothing seen that another model would explain (n = 48).']);
  expect(headings(report)).not.toContain('Features that fail');
});

test('a change before the window is not told again', () => {
  const old = anEndpointVerdict().changes.map((change) => ({ ...change, atMs: NOW_MS - 2 * 86_400_000 }));
  const report = reportOf(facts([anEndpointVerdict({ ...QUIET, changes: old })]));

  expect(below(report, 'What changed?')).toEqual(['No change we can tell from noise (n = 48).']);
});

test('incidents of the window have their times', () => {
  const report = reportOf(facts([anEndpointVerdict()], { incidents: [anIncident()] }));

  expect(below(report, 'What happened')).toEqual([
    '✕ Since 1 Aug 10:00 UTC: swiftcloud is down for acme/Thinker-7B: 4 of 4 attempts failed.',
  ]);
});

test('when nobody answers, or too little is known, the report does not fall silent', () => {
  const { state } = anEndpointVerdict();
  const down = reportOf(facts([anEndpointVerdict({ state: { ...state, state: 'down' } }), aSilentEndpoint()]));
  const unknown = reportOf({
    ...facts([]),
    models: [aModelVerdict({ endpoints: [aSilentEndpoint(QUIET)], recommendations: [] })],
  });

  expect(below(down, MODEL)).toEqual(['No provider is answering as it should.']);
  expect(below(unknown, MODEL)).toEqual([]);
  expect(below(unknown, 'Which provider?')).toEqual(['Too little data to recommend anybody.']);
});

test('tables go by place, a shared one with its bounds; unknown is unknown and a handful has no interval', () => {
  const { availability } = anEndpointVerdict();
  const few = { ...availability, firstTry: aRate(4, 4) };
  const report = reportOf(
    facts([
      anEndpointVerdict({ provider: 'amber', availability: few, ttftMs: aSilentEndpoint().ttftMs }),
      anEndpointVerdict({ provider: 'cobalt' }),
      aSilentEndpoint({ provider: 'slate' }),
      anEndpointVerdict(),
    ]),
  );

  expect(tableOf(report, 'How reliable, how quick to start')).toEqual([
    ['1–2', 'swiftcloud', '● Healthy', '97.9% (89.1–99.6)', '48', '100%', '218 ms', '327 ms'],
    ['1–2', 'cobalt', '● Healthy', '97.9% (89.1–99.6)', '48', '100%', '218 ms', '327 ms'],
    ['–', 'amber', '● Healthy', '100%', '4', '100%', '–', '–'],
    ['–', 'slate', '○ No data', '–', '0', '100%', '–', '–'],
  ]);
  expect(tableOf(report, 'Features')?.[0]).toEqual(['swiftcloud', '~', '?', '?', '?', '?', '?']);
  expect(tableOf(report, 'Compared with swiftcloud')).toEqual([['cobalt', '+14% (11–17)', '–', '–', '–', '48']]);
  expect(tableOf(report, 'Claims')?.[0]).toEqual(['swiftcloud', 'first token', '1.30', '1.20–1.40', '48']);
});

test('as text it fits 80 columns, whatever the names are', () => {
  const modelId = `acme/${'very-long-'.repeat(9)}`;
  const provider = '供应商'.repeat(12);
  const models = [
    aModelVerdict({ modelId, endpoints: [anEndpointVerdict({ modelId, provider }), anEndpointVerdict()] }),
  ];
  const text = reportAsText(reportOf({ ...facts([]), models, incidents: [anIncident()] }), {
    width: 80,
    colour: false,
  });

  const wide = text.split('\n').filter((line) => Bun.stringWidth(line) > 80);
  expect(wide.filter((line) => !line.includes('very-long-'))).toEqual([]);
});
