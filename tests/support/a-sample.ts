import type { Sample } from '../../src/domain/sample.ts';
import { DUE_AT_MS } from './builders.ts';

export const CYCLE_MS = 30 * 60 * 1000;
export const DAY_MS = 24 * 3600 * 1000;

/** A good reply of a standard probe, sent once. */
export const A_SAMPLE: Sample = {
  dueAtMs: DUE_AT_MS,
  modelId: 'acme/Thinker-7B',
  providerName: 'swiftcloud',
  providerModelId: 'acme-thinker-7b',
  location: 'local',
  questionId: 'q0123456789abcde',
  probeKind: 'standard',
  attemptId: 'a0',
  attempt: 1,
  final: true,
  outcome: 'ok',
  errorClass: null,
  ttftMs: 300,
  ttfatMs: 300,
  tpotMs: 12,
  e2eMs: 7_500,
  gapP50Ms: 12,
  gapP95Ms: 20,
  chunks: 600,
  tokensPerChunk: 1,
  promptTokens: 30,
  completionTokens: 600,
  reasoningTokens: null,
  cachedTokens: null,
  finishReason: 'stop',
  answerCorrect: true,
  answerValue: 1771.2,
  repeatedShare: null,
  feature: null,
  featureWorks: null,
  servedBy: null,
  responseModel: 'acme-thinker-7b',
  systemFingerprint: null,
  priceInputUsdPerMtok: 0.5,
  priceOutputUsdPerMtok: 1.5,
  costUsd: 0.000915,
  claimedTtftMs: 300,
  claimedTps: 80,
  contextLength: 131_072,
  supportsTools: true,
  supportsStructuredOutput: false,
};

export const aSample = (overrides: Partial<Sample> = {}): Sample => ({ ...A_SAMPLE, ...overrides });

/** One sample a cycle, the first due at `DUE_AT_MS`'s midnight. */
export function cyclesOf(count: number, of: (cycle: number) => Partial<Sample> = () => ({})): readonly Sample[] {
  const firstAtMs = DUE_AT_MS - (DUE_AT_MS % DAY_MS);
  return Array.from({ length: count }, (_, cycle) =>
    aSample({ dueAtMs: firstAtMs + cycle * CYCLE_MS, attemptId: `a${cycle}`, ...of(cycle) }),
  );
}

/** Holds whatever `cyclesOf` makes. */
export const ALWAYS = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER };
