import { expect, test } from 'bun:test';
import { createLeftOutLog } from '../../src/catalog/left-out.ts';
import { recordingLog } from '../support/log.ts';

const REFUSES = { reason: 'provider_refuses_hf_token', text: 'openai' } as const;
const MISNAMED = { reason: 'provider_name_invalid', text: '../up' } as const;

test('what is left out in every cycle is said once, in whatever order it comes, also after a reading that failed', () => {
  const log = recordingLog();
  const say = createLeftOutLog(log);

  say([REFUSES, MISNAMED]);
  say([MISNAMED, REFUSES]);
  say([]);
  say([REFUSES, MISNAMED]);

  expect(log.lines.map(({ level, fields }) => [level, fields])).toEqual([
    ['warn', { provider_refuses_hf_token: 1, provider_name_invalid: 1, examples: ['openai', '../up'] }],
  ]);
});

test('it is said again when it is something else, and is no warning when only tokens are refused', () => {
  const log = recordingLog();
  const say = createLeftOutLog(log);

  say([REFUSES, MISNAMED]);
  say([REFUSES]);
  say([REFUSES, { ...MISNAMED, text: '../elsewhere' }]);

  expect(log.lines.map(({ level }) => level)).toEqual(['warn', 'info', 'warn']);
});
