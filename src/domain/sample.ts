import type { AttemptRecord, ColumnName } from './record.ts';

/** The columns that verdicts look at: those of an attempt's row without its texts, lists and moments. */
export const SAMPLE_COLUMNS = [
  'modelId',
  'providerName',
  'providerModelId',
  'location',
  'questionId',
  'probeKind',
  'attemptId',
  'attempt',
  'final',
  'outcome',
  'errorClass',
  'ttftMs',
  'ttfatMs',
  'tpotMs',
  'e2eMs',
  'gapP50Ms',
  'gapP95Ms',
  'chunks',
  'tokensPerChunk',
  'promptTokens',
  'completionTokens',
  'reasoningTokens',
  'cachedTokens',
  'finishReason',
  'answerCorrect',
  'answerValue',
  'repeatedShare',
  'feature',
  'featureWorks',
  'servedBy',
  'responseModel',
  'systemFingerprint',
  'priceInputUsdPerMtok',
  'priceOutputUsdPerMtok',
  'costUsd',
  'claimedTtftMs',
  'claimedTps',
  'contextLength',
  'supportsTools',
  'supportsStructuredOutput',
] as const satisfies readonly ColumnName[];

/** One attempt as verdicts see it, of any kind of probe. Null is unknown. */
export interface Sample extends Omit<Pick<AttemptRecord, (typeof SAMPLE_COLUMNS)[number]>, 'modelId' | 'providerName'> {
  readonly modelId: string;
  readonly providerName: string;
  /** Unix ms at which its cycle was due: what samples of several providers are paired by. */
  readonly dueAtMs: number;
}

/** Null for the row of a cycle without a catalogue, which tells of no target. */
export function sampleOf(record: AttemptRecord): Sample | null {
  if (record.modelId === null || record.providerName === null) return null;
  const columns = SAMPLE_COLUMNS.map((name) => [name, record[name]]);
  return { dueAtMs: Date.parse(record.cycleTimestampIso), ...Object.fromEntries(columns) } as Sample;
}
