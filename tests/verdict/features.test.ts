import { expect, test } from 'bun:test';
import type { Sample } from '../../src/domain/sample.ts';
import type { Feature } from '../../src/domain/verdict.ts';
import { featureVerdicts } from '../../src/verdict/features.ts';

const DAY_MS = 86_400_000;
const WINDOW = { sinceMs: 0, untilMs: 1_000 * DAY_MS };

/** One trial a day. */
const trials = (
  feature: Feature,
  results: readonly (boolean | null)[],
  says: Partial<Sample> = {},
): readonly Sample[] =>
  results.map(
    (featureWorks, day) =>
      ({
        ...{ dueAtMs: day * DAY_MS, probeKind: 'feature', feature, featureWorks },
        ...{ supportsTools: null, supportsStructuredOutput: null },
        ...says,
      }) as Sample,
  );

const verdictOf = (samples: readonly Sample[], feature: Feature) =>
  featureVerdicts(samples, WINDOW).find((verdict) => verdict.feature === feature)!;

const TOOLS = { supportsTools: true };
const NO_TOOLS = { supportsTools: false };

test.each<[string, readonly (boolean | null)[], Partial<Sample>, string]>([
  ['that is promised and did what was asked works', [true, true], TOOLS, 'works'],
  ['that slipped once in thirty trials works', [false, ...Array(29).fill(true)], TOOLS, 'works'],
  ['that works on some days does so sometimes', [true, false, true], TOOLS, 'sometimes'],
  ['that is promised and never did fails', [false, false, false], TOOLS, 'fails'],
  ['that failed twice may have had bad luck', [false, false], TOOLS, 'unknown'],
  ['that is not promised and never did is not offered', [false, false, false], NO_TOOLS, 'not_offered'],
  ['that is not promised and works all the same works', [true, true, true], NO_TOOLS, 'works'],
  ['of which the catalogue says nothing and that never did is not offered', [false, false, false], {}, 'not_offered'],
  ['whose replies cannot tell is unknown', [null, null, null], TOOLS, 'unknown'],
])('a feature %s', (_name, results, says, verdict) => {
  expect(verdictOf(trials('tool_call', results, says), 'tool_call').verdict as string).toBe(verdict);
});

test('a feature that was never tried is unknown, or not offered where the catalogue says so', () => {
  const standard = [{ dueAtMs: 0, probeKind: 'standard', feature: null, featureWorks: null, ...NO_TOOLS } as Sample];
  expect(verdictOf(standard, 'tool_call')).toMatchObject({ verdict: 'not_offered', advertised: false, n: 0, works: 0 });
  expect(verdictOf(standard, 'seed')).toMatchObject({ verdict: 'unknown', advertised: null, n: 0 });
});

test('a cache promises itself: claims that are false fail', () => {
  expect(verdictOf(trials('cache', [false, false, false]), 'cache').verdict).toBe('fails');
});

test('a verdict counts what could tell, within the window, and names its rule', () => {
  const samples = trials('tool_call', [true, null, true, true], TOOLS);
  const window = { sinceMs: DAY_MS, untilMs: 3 * DAY_MS };
  expect(featureVerdicts(samples, window)[0]).toEqual({
    ...{ feature: 'tool_call', advertised: true, verdict: 'works', works: 1, n: 1 },
    ...{ rule: 'Features advertised and true', ...window },
  });
});
