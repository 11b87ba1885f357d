import type { ErrorClass, ErrorPhase, Outcome } from './outcome.ts';

/** Rises when a column is added. A later version only adds columns, so files of every version read as one table. */
export const SCHEMA_VERSION = 2;

interface Values {
  readonly text: string;
  readonly timestamp: string; // ISO 8601 UTC with milliseconds
  readonly integer: number;
  readonly number: number;
  readonly boolean: boolean;
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

/** The shape of one column, from which the store, Parquet, CSV, JSON lines, the card and spec.md are generated. */
export interface Column<Kind extends keyof Values = keyof Values, Nullable extends boolean = boolean> {
  readonly kind: Kind;
  readonly nullable: Nullable;
  /** Few distinct values: dictionary-coded where the format can. */
  readonly repeats: boolean;
  /** Large text, kept apart from the metrics and compressed. */
  readonly body: boolean;
  readonly about: string;
}

const column =
  <Nullable extends boolean>(nullable: Nullable, traits: { repeats?: boolean; body?: boolean } = {}) =>
  <Kind extends keyof Values>(kind: Kind, about: string): Column<Kind, Nullable> => ({
    kind,
    nullable,
    repeats: traits.repeats ?? false,
    body: traits.body ?? false,
    about,
  });

const always = column(false);
const alwaysOneOf = column(false, { repeats: true });
const maybe = column(true);
const maybeOneOf = column(true, { repeats: true });
const maybeBody = column(true, { body: true });

/** Every column in the order of every export. The first fourteen are the CSV. Null is "unknown", never zero. */
export const COLUMNS = {
  cycleTimestampIso: always('timestamp', 'When the cycle was due (UTC).'),
  modelId: maybeOneOf('text', 'The model on the Hub, `org/name`; null only in a `no_catalogue` row.'),
  providerName: maybeOneOf('text', 'The inference provider; null only in a `no_catalogue` row.'),
  providerModelId: maybeOneOf('text', "The model's id on the provider's side."),
  requestUrl: maybeOneOf('text', 'Where the request went; null when none was sent.'),
  requestBody: maybeBody('text', 'The request body as sent (JSON text).'),
  requestHeadersSanitized: maybeBody('text', 'Request headers as JSON text; credentials masked.'),
  requestStartIso: maybe('timestamp', 'The call that opened the request: the zero of every `*_ms` moment.'),
  responseEndIso: maybe('timestamp', '`request_start_iso` + `duration_ms`.'),
  durationMs: maybe('number', 'From the call to the last byte, connection included; this attempt alone.'),
  responseStatusCode: maybe('integer', 'HTTP status; -1 where no status line arrived.'),
  responseBodyRaw: maybeBody(
    'text',
    'The reply: reassembled when good, as received otherwise; redacted, then capped at 64 KiB.',
  ),
  responseHeadersSanitized: maybeBody('text', 'Response headers on our allow-list, as JSON text.'),
  errorMessage: always('text', 'Empty exactly when the outcome is `ok`.'),

  schemaVersion: always('integer', 'Version of this schema; a later one only adds columns.'),
  trackerVersion: alwaysOneOf('text', 'Version of the program.'),
  writer: alwaysOneOf('text', 'The store that wrote the row; an id born with it.'),
  location: alwaysOneOf('text', 'The place probed from, as its operator names it.'),
  cycleId: alwaysOneOf('text', 'hash(writer, due time).'),
  probeId: always('text', 'hash(cycle_id, location, target, kind): one question to one target in one cycle.'),
  attemptId: always('text', 'hash(probe_id, attempt): unique; drop duplicates by it.'),
  probeKind: alwaysOneOf(
    'text',
    '`standard`; `confirm` (re-asking a target that failed) and `feature` enter no figure of these.',
  ),
  questionId: alwaysOneOf('text', 'hash(prompt, max_tokens, mode): rows with another one are another series.'),
  attempt: always('integer', 'From 1; a retry is a further attempt; 0 when nothing was sent.'),
  final: always('boolean', 'No retry follows; exactly one per probe.'),

  route: maybeOneOf(
    'text',
    '`provider`: its own path on the router; `unified`: the one endpoint with `model:provider`.',
  ),
  servedBy: maybeOneOf('text', 'Header `x-inference-provider`.'),
  requestId: maybe('text', 'Header `x-request-id`.'),
  responseModel: maybeOneOf('text', '`model` as the reply states it.'),
  systemFingerprint: maybeOneOf('text', '`system_fingerprint` as the reply states it.'),
  remoteIp: maybeOneOf('text', 'Address the socket was connected to; null behind a proxy.'),

  scheduledAtIso: always('timestamp', 'When this probe was due; all providers of a model are due together.'),
  dispatchDelayMs: maybe('number', 'Request start minus due time; the wait for a free slot is in it.'),

  dnsMs: maybe('number', 'Length of the name lookup.'),
  tcpMs: maybe('number', 'Length of the TCP connect that succeeded.'),
  tlsMs: maybe('number', 'Length of the TLS handshake; null over plain HTTP and behind a proxy.'),

  sentMs: maybe('number', 'Moment: the request is fully written. Every latency starts here.'),
  headersMs: maybe('number', 'Moment: status and headers received.'),
  firstEventMs: maybe('number', 'Moment: first SSE event of any kind, comments included.'),
  firstTokenMs: maybe('number', 'Moment: first chunk with non-empty output (content, reasoning or tool call).'),
  firstAnswerMs: maybe('number', 'Moment: first chunk of answer text, outside reasoning and `<think>`.'),
  lastTokenMs: maybe('number', 'Moment: last chunk with non-empty output.'),
  usageMs: maybe('number', 'Moment: chunk that brought the last non-null usage.'),
  doneMs: maybe('number', 'Moment: `[DONE]`.'),
  closedMs: maybe('number', 'Moment: the exchange is over.'),
  chunkAtMs: maybe('numbers', 'Moment of each non-empty chunk, to 1/64 ms.'),

  ttftMs: maybe('number', 'Time to first token: `first_token_ms - sent_ms`.'),
  ttfatMs: maybe('number', 'Time to first answer token: `first_answer_ms - sent_ms`.'),
  e2eMs: maybe('number', '`last_token_ms - sent_ms`.'),
  tpotMs: maybe('number', 'Time per output token: `(last_token_ms - first_token_ms) / (completion_tokens - 1)`.'),
  ttstMs: maybe('number', 'Second non-empty chunk minus first; exposes a flushed fake early token.'),
  gapP50Ms: maybe('number', 'Median gap between successive non-empty chunks (chunks, not tokens).'),
  gapP95Ms: maybe('number', '95th percentile of those gaps (nearest rank).'),
  gapMaxMs: maybe('number', 'Longest of those gaps.'),

  decodeTps: maybe('number', 'Output tokens per second while decoding: `1000 / tpot_ms`.'),
  e2eTps: maybe('number', 'Output tokens per second overall: `1000 * completion_tokens / e2e_ms`.'),
  chunks: maybe('integer', 'Non-empty chunks.'),
  reads: maybe('integer', 'Socket reads; bytes of one read share one moment.'),
  tokensPerChunk: maybe('number', '`completion_tokens / chunks`; above 1.25 the gap percentiles are unreliable.'),

  promptTokens: maybe('integer', 'As the provider reports it.'),
  completionTokens: maybe('integer', 'As the provider reports it; includes reasoning tokens.'),
  reasoningTokens: maybe('integer', 'As the provider reports it; inside `completion_tokens`.'),
  cachedTokens: maybe('integer', 'Prompt tokens served from a cache, as the provider reports it.'),

  finishReason: maybeOneOf('text', '`finish_reason` as the reply states it.'),
  answerText: maybeBody('text', 'Visible answer, `<think>` taken out; redacted.'),
  answerCorrect: maybe('boolean', 'The answer ends in the expected number; null when cut before an answer.'),
  responseBodyBytes: maybe('integer', 'Length of `response_body_raw` in UTF-8 bytes before the cap.'),
  responseBodyTruncated: maybe('boolean', '`response_body_raw` was capped.'),
  conformance: maybe('texts', 'What an `ok` reply still got wrong.'),

  outcome: alwaysOneOf(
    'text',
    'Whose fault: ok, target_error, router_error, rate_limited, account_error, prober_error, skipped.',
  ),
  errorClass: maybeOneOf('text', 'What went wrong; null exactly when the outcome is `ok`.'),
  errorPhase: maybeOneOf('text', 'connect, send, headers, first_token, stream or close.'),

  priceInputUsdPerMtok: maybe('number', 'Catalogue price in the same cycle, USD per million tokens.'),
  priceOutputUsdPerMtok: maybe('number', 'Catalogue price in the same cycle, USD per million tokens.'),
  costUsd: maybe('number', 'usage x price; null when either is unknown.'),

  claimedTtftMs: maybe('number', 'First-token latency the catalogue claimed in the same cycle.'),
  claimedTps: maybe('number', 'Throughput the catalogue claimed in the same cycle.'),
  contextLength: maybe('integer', 'Context length the catalogue claimed.'),
  supportsTools: maybe('boolean', 'As the catalogue claimed.'),
  supportsStructuredOutput: maybe('boolean', 'As the catalogue claimed.'),
  trendingRank: maybe(
    'integer',
    "The model's place on the Hub's trending list, from 1; null when it was only asked for by name.",
  ),

  instrumentErrorP99Ms: maybe('number', 'p99 error of our own moments in the last finished calibration.'),
  loopLagMs: maybe('number', 'Worst event-loop delay of the prober during the attempt.'),

  answerValue: maybe('number', 'The number the answer settles on, right or wrong: to compare answers by.'),
  repeatedShare: maybe(
    'number',
    'Share of the output, 0 to 1, that says again what it said before; null for short ones.',
  ),
  feature: maybeOneOf('text', 'Of a `feature` probe: what it tries (`tool_call`, `json_schema`, …).'),
  featureWorks: maybe('boolean', 'Of a `feature` probe: it did what was asked; null where the reply cannot tell.'),
} as const;

export type ColumnName = keyof typeof COLUMNS;
type ValueOf<C> =
  C extends Column<infer Kind, infer Nullable> ? Values[Kind] | (Nullable extends true ? null : never) : never;

/** One row of the dataset: one attempt, settled. Keys are the column names in camelCase. */
export type AttemptRecord = {
  readonly [Name in ColumnName]: Name extends 'outcome'
    ? Outcome
    : Name extends 'errorClass'
      ? ErrorClass | null
      : Name extends 'errorPhase'
        ? ErrorPhase | null
        : ValueOf<(typeof COLUMNS)[Name]>;
};

export const COLUMN_NAMES = Object.keys(COLUMNS) as readonly ColumnName[];

/** The fourteen columns of the CSV, in their fixed order. */
export const CSV_COLUMN_NAMES = COLUMN_NAMES.slice(0, 14);

/** `e2eMs` → `e2e_ms`: a column's name in data. */
export function dataName(name: ColumnName): string {
  return name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

/** The CSV holds final attempts of standard probes that were really sent. */
export function isCsvRow(record: Pick<AttemptRecord, 'final' | 'probeKind' | 'attempt' | 'outcome'>): boolean {
  return record.final && record.probeKind === 'standard' && record.attempt > 0 && record.outcome !== 'skipped';
}
