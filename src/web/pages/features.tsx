/** @jsxImportSource hono/jsx */
import type { z } from 'zod';
import type { Feature } from '../../domain/verdict.ts';
import type { FeatureVerdict } from '../schemas/verdicts.ts';
import type { Tone } from '../words.ts';

type Verdict = z.output<typeof FeatureVerdict>['verdict'];

/** Short enough for the head of a narrow column, and in full. */
export const FEATURE_WORDS: Readonly<Record<Feature, readonly [short: string, full: string]>> = {
  tool_call: ['Tools', 'Tool calls'],
  json_schema: ['JSON', 'Replies by a JSON schema'],
  system_prompt: ['System', 'System prompts'],
  stop: ['Stop', 'Stop words'],
  seed: ['Seed', 'The same answer for the same seed'],
  cache: ['Cache', 'Prompt cache'],
};

export const FEATURE_LOOKS: Readonly<
  Record<Verdict, { readonly sign: string; readonly word: string; readonly tone: Tone }>
> = {
  works: { sign: '✓', word: 'works', tone: 'good' },
  sometimes: { sign: '~', word: 'works sometimes', tone: 'warning' },
  fails: { sign: '✕', word: 'fails', tone: 'bad' },
  not_offered: { sign: '–', word: 'not offered', tone: 'quiet' },
  unknown: { sign: '·', word: 'not tried yet', tone: 'quiet' },
};

/** The sign alone, with its word for who cannot see it. */
export function FeatureSign({ verdict }: { readonly verdict: Verdict }) {
  const { sign, word, tone } = FEATURE_LOOKS[verdict];
  return (
    <>
      <span class={tone} aria-hidden="true">
        {sign}
      </span>
      <span class="vh">{word}</span>
    </>
  );
}
