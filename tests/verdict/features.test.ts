import { expect, test } from 'bun:test';
import { type Sample, sampleOf } from '../../src/domain/sample.ts';
import type { Feature } from '../../src/domain/verdict.ts';
import { featureVerdicts } from '../../src/verdict/features.ts';
import { aRecord } from '../support/builders.ts';

const DAY_MS = 24 * 3600 * 1000;
const FIRST_MS = Date.parse('2026-06-01T00:00:00.000Z');
const WINDOW = { sinceMs: FIRST_MS, untilMs: FIRST_MS + 28 * DAY_MS };

/** One a day. */
const trials = (feature: Feature, works: readonly (boolean | null)[], more: Partial<Sample> = {}): readonly Sample[] =>
  works.map((featureWorks, day) => ({
    ...{ ...sampleOf(aRecord())!, dueAtMs: FIRST_MS + day * DAY_MS, probeKind: 'feature' as const },
    ...{ feature, featureWorks, supportsTools: true, supportsStructuredOutput: true, ...more },
  }));

const verdictOf = (feature: Feature, samples: readonly Sample[]) =>
  featureVerdicts(samples, WINDOW).find((verdict) => verdict.feature === feature);

test('what was there each time works', () => {
  expect(verdictOf('tool_call', trials('tool_call', [true, true]))).toEqual({
    ...{ feature: 'tool_call', advertised: true, verdict: 'works', works: 2, n: 2, rule: 'Features', ...WINDOW },
  });
});

test('what was there now and then works sometimes', () => {
  expect(verdictOf('stop', trials('stop', [true, false, true]))).toMatchObject({
    verdict: 'sometimes',
    works: 2,
    n: 3,
  });
});

test('what was asked for three times and never there fails; less often, it is unknown', () => {
  expect(verdictOf('json_schema', trials('json_schema', [false, false, false]))!.verdict).toBe('fails');
  expect(verdictOf('json_schema', trials('json_schema', [false, false]))!.verdict).toBe('unknown');
});

test('what the catalogue says no to is not offered, unless it works all the same', () => {
  const no = { supportsTools: false };
  expect(verdictOf('tool_call', trials('tool_call', [], no))!.verdict).toBe('unknown');
  expect(verdictOf('tool_call', trials('tool_call', [false, false, false], no))!.verdict).toBe('not_offered');
  expect(verdictOf('tool_call', trials('stop', [true], no))!.verdict).toBe('not_offered');
  expect(verdictOf('tool_call', trials('tool_call', [true], no))!.verdict).toBe('works');
});

test('the newest word of the catalogue counts, and it has none for most features', () => {
  const samples = [...trials('tool_call', [null], { supportsTools: false }), ...trials('tool_call', [null])];
  expect(featureVerdicts(samples, WINDOW).map(({ feature, advertised }) => [feature, advertised])).toEqual([
    ['tool_call', true],
    ['json_schema', true],
    ['system_prompt', null],
    ['stop', null],
    ['seed', null],
    ['cache', null],
  ]);
});

test('only the newest seven trials that could tell are judged', () => {
  const broken = trials('seed', [true, true, null, false, false, false, null, false, false, false, false]);
  expect(verdictOf('seed', broken)).toMatchObject({ verdict: 'fails', works: 0, n: 7 });
});

test('trials outside the window and other kinds of probe are not judged', () => {
  const samples = trials('cache', [false, false, false]);
  const later = { sinceMs: FIRST_MS + DAY_MS, untilMs: WINDOW.untilMs };
  expect(featureVerdicts(samples, later).find(({ feature }) => feature === 'cache')!.n).toBe(2);
  expect(verdictOf('cache', trials('cache', [false], { probeKind: 'standard' }))!.n).toBe(0);
});
