import { attemptId, cycleId, probeId, questionId } from '../../src/domain/ids.ts';
import type { FoundIncident } from '../../src/domain/incident.ts';
import { kindText, STANDARD } from '../../src/domain/probe-kind.ts';
import { type AttemptRecord, COLUMNS, SCHEMA_VERSION } from '../../src/domain/record.ts';
import type { ProbeSettings } from '../../src/domain/settings.ts';
import type {
  Calibration,
  Catalog,
  Cycle,
  Identity,
  MomentError,
  PlannedProbe,
  Target,
} from '../../src/domain/types.ts';
import type { Exchange, Reply } from '../../src/probe/types.ts';

/** Valid values for tests: each takes what the test is about and fills in the rest. */

export const DUE_AT_MS = Date.parse('2026-08-03T12:00:00.000Z');
/** Looks like a real one, and is nobody's. */
export const TOKEN = 'hf_AbCdEfGhIjKlMnOpQrStUvWxYz31415926';

export function aTarget(overrides: Partial<Target> = {}): Target {
  return {
    modelId: 'acme/Thinker-7B',
    provider: 'swiftcloud',
    providerModelId: 'acme-thinker-7b',
    priceInputUsdPerMtok: 0.5,
    priceOutputUsdPerMtok: 1.5,
    claimedTtftMs: 400,
    claimedTps: 80,
    contextLength: 131_072,
    supportsTools: true,
    supportsStructuredOutput: false,
    trendingRank: 1,
    ...overrides,
  };
}

export function anIdentity(overrides: Partial<Identity> = {}): Identity {
  return { writer: 'w0123456789abcdef', location: 'local', trackerVersion: '0.1.0', ...overrides };
}

export function aCycle(overrides: Partial<Cycle> = {}): Cycle {
  const dueAtMs = overrides.dueAtMs ?? DUE_AT_MS;
  return { cycleId: cycleId(anIdentity().writer, dueAtMs), dueAtMs, ...overrides };
}

/** Its `probeId` follows from cycle and target, as in a real plan. */
export function aPlannedProbe(overrides: Partial<PlannedProbe> = {}): PlannedProbe {
  const cycle = overrides.cycle ?? aCycle();
  const target = overrides.target ?? aTarget();
  const kind = overrides.kind ?? STANDARD;
  return {
    probeId: probeId(cycle.cycleId, anIdentity().location, target.modelId, target.provider, kindText(kind)),
    cycle,
    target,
    kind,
    scheduledAtMs: cycle.dueAtMs,
    skip: null,
    ...overrides,
  };
}

export function aCatalog(overrides: Partial<Catalog> = {}): Catalog {
  return { fetchedAtMs: DUE_AT_MS, source: 'api', targets: [aTarget()], delisted: [], ...overrides };
}

export function aCalibration(overrides: Partial<Calibration> = {}): Calibration {
  return {
    cycleId: aCycle().cycleId,
    trackerVersion: anIdentity().trackerVersion,
    finishedAtMs: DUE_AT_MS + 4_000,
    clockBoundMs: 0.02,
    errors: [aMomentError(), aMomentError({ moment: 'headers_ms', n: 210, p99Ms: 0.9 })],
    ...overrides,
  };
}

export function aMomentError(overrides: Partial<MomentError> = {}): MomentError {
  return { moment: 'all', n: 3090, p50Ms: 0.1, p99Ms: 1.25, maxMs: 5.5, ...overrides };
}

export function probeSettings(overrides: Partial<ProbeSettings> = {}): ProbeSettings {
  return {
    token: TOKEN,
    billTo: null,
    routerEndpoint: 'https://router.huggingface.co',
    mapping: new Map([
      ['swiftcloud', 'https://router.huggingface.co/swiftcloud/v1/chat/completions'],
      ['*', 'https://router.huggingface.co/v1/chat/completions'],
    ]),
    mode: 'stream',
    prompt: 'Solve this: 123/2*3.2*9',
    expected: '1771.2',
    maxTokens: 4096,
    retries: 2,
    limits: { connectMs: 10_000, firstTokenMs: 120_000, stallMs: 30_000, totalMs: 300_000 },
    controlUrls: ['https://huggingface.co'],
    loopLagLimitMs: 50,
    ...overrides,
  };
}

/** A good streamed reply: "1771.2" in three chunks. */
export function aReply(overrides: Partial<Reply> = {}): Reply {
  return {
    mode: 'stream',
    text: 'data: {"choices":[{"index":0,"delta":{"content":"1771.2"}}]}\n\ndata: [DONE]\n\n',
    reads: 4,
    events: 5,
    firstEventMs: 250,
    firstTokenMs: 300,
    firstAnswerMs: 300,
    lastTokenMs: 500,
    usageMs: 510,
    doneMs: 511,
    chunkAtMs: [300, 400, 500],
    content: '1771.2',
    reasoning: '',
    answer: '1771.2',
    hasToolCall: false,
    finishReason: 'stop',
    model: 'acme-thinker-7b',
    systemFingerprint: 'fp_1',
    usage: { promptTokens: 20, completionTokens: 5, totalTokens: 25, reasoningTokens: null, cachedTokens: null },
    completion: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_785_758_400,
      model: 'acme-thinker-7b',
      choices: [{ index: 0, message: { role: 'assistant', content: '1771.2' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
    },
    problem: null,
    habits: { roleFirst: true, nullContent: false, usageOnEveryChunk: false, chunksAfterDone: false },
    ...overrides,
  };
}

/** A complete exchange with a good streamed reply. */
export function anExchange(overrides: Partial<Exchange> = {}): Exchange {
  return {
    requestStartAtMs: DUE_AT_MS + 12,
    requestStartMonotonicMs: 5_000,
    dnsMs: 3,
    tcpMs: 10,
    tlsMs: 20,
    sentMs: 40,
    headersMs: 200,
    closedMs: 512,
    status: 200,
    headers: {
      'content-type': 'text/event-stream',
      'x-inference-provider': 'swiftcloud',
      'x-request-id': 'Root=1-abc',
    },
    remoteIp: '203.0.113.7',
    ending: { kind: 'complete' },
    reply: aReply(),
    loopLagMs: 1,
    deadlineLagMs: null,
    ...overrides,
  };
}

const GOOD_COMPLETION =
  '{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"1771.2"},"finish_reason":"stop"}]}';

/** A final, good attempt of a standard probe. Ids follow from the values they are hashes of, unless they are given too. */
export function aRecord(overrides: Partial<AttemptRecord> = {}): AttemptRecord {
  const { modelId = 'acme/Thinker-7B', providerName = 'swiftcloud' } = overrides;
  const { cycleTimestampIso = new Date(DUE_AT_MS).toISOString() } = overrides;
  const { writer = anIdentity().writer, location = anIdentity().location, probeKind = 'standard' } = overrides;
  const cycle = overrides.cycleId ?? cycleId(writer, Date.parse(cycleTimestampIso));
  const probe = overrides.probeId ?? probeId(cycle, location, modelId ?? '', providerName ?? '', probeKind);
  const attempt = overrides.attempt ?? 1;
  const startAtMs = Date.parse(overrides.requestStartIso ?? cycleTimestampIso) + (overrides.requestStartIso ? 0 : 12);
  const durationMs = overrides.durationMs ?? 512;
  return {
    cycleTimestampIso,
    modelId,
    providerName,
    providerModelId: 'acme-thinker-7b',
    requestUrl: 'https://router.huggingface.co/swiftcloud/v1/chat/completions',
    requestBody:
      '{"messages":[{"role":"user","content":"Solve this: 123/2*3.2*9"}],"max_tokens":4096,"model":"acme-thinker-7b","stream":true,"stream_options":{"include_usage":true}}',
    requestHeadersSanitized: '{"authorization":"Bearer [MASKED]","content-type":"application/json"}',
    requestStartIso: new Date(startAtMs).toISOString(),
    responseEndIso: new Date(startAtMs + durationMs).toISOString(),
    durationMs,
    responseStatusCode: 200,
    responseBodyRaw: GOOD_COMPLETION,
    responseHeadersSanitized: '{"content-type":"text/event-stream"}',
    errorMessage: '',
    schemaVersion: SCHEMA_VERSION,
    trackerVersion: '0.1.0',
    writer,
    location,
    cycleId: cycle,
    probeId: probe,
    attemptId: attemptId(probe, attempt),
    probeKind,
    questionId: questionId('Solve this: 123/2*3.2*9', 4096, 'stream'),
    attempt,
    final: true,
    route: 'provider',
    servedBy: 'swiftcloud',
    requestId: 'Root=1-abc',
    responseModel: 'acme-thinker-7b',
    systemFingerprint: 'fp_1',
    remoteIp: '203.0.113.7',
    scheduledAtIso: cycleTimestampIso,
    dispatchDelayMs: 12,
    dnsMs: 3,
    tcpMs: 10,
    tlsMs: 20,
    sentMs: 40,
    headersMs: 200,
    firstEventMs: 250,
    firstTokenMs: 300,
    firstAnswerMs: 300,
    lastTokenMs: 500,
    usageMs: 510,
    doneMs: 511,
    closedMs: durationMs,
    chunkAtMs: [300, 400, 500],
    ttftMs: 260,
    ttfatMs: 260,
    e2eMs: 460,
    tpotMs: 50,
    ttstMs: 100,
    gapP50Ms: 100,
    gapP95Ms: 100,
    gapMaxMs: 100,
    decodeTps: 20,
    e2eTps: 10.87,
    chunks: 3,
    reads: 4,
    tokensPerChunk: 1.667,
    promptTokens: 20,
    completionTokens: 5,
    reasoningTokens: null,
    cachedTokens: null,
    finishReason: 'stop',
    answerText: '1771.2',
    answerCorrect: true,
    responseBodyBytes: Buffer.byteLength(overrides.responseBodyRaw ?? GOOD_COMPLETION),
    responseBodyTruncated: false,
    conformance: [],
    outcome: 'ok',
    errorClass: null,
    errorPhase: null,
    priceInputUsdPerMtok: 0.5,
    priceOutputUsdPerMtok: 1.5,
    costUsd: 0.0000175,
    claimedTtftMs: 400,
    claimedTps: 80,
    contextLength: 131_072,
    supportsTools: true,
    supportsStructuredOutput: false,
    trendingRank: 1,
    instrumentErrorP99Ms: null,
    loopLagMs: 1,
    answerValue: 1771.2,
    repeatedShare: null,
    feature: null,
    featureWorks: null,
    ...overrides,
  };
}

/** A row of a probe that was not sent: request and reply columns are null. */
export function aSkippedRecord(overrides: Partial<AttemptRecord> = {}): AttemptRecord {
  const nothing = Object.fromEntries(
    Object.entries(COLUMNS).flatMap(([name, { nullable }]) =>
      nullable && !KNOWN_WHEN_SKIPPED.has(name) ? [[name, null]] : [],
    ),
  );
  return aRecord({
    ...nothing,
    attempt: 0,
    outcome: 'skipped',
    errorClass: 'shutdown',
    errorMessage: 'not asked: shutting down',
    ...overrides,
  });
}

const KNOWN_WHEN_SKIPPED = new Set<string>([
  'modelId',
  'providerName',
  'providerModelId',
  'errorClass',
  'priceInputUsdPerMtok',
  'priceOutputUsdPerMtok',
  'claimedTtftMs',
  'claimedTps',
  'contextLength',
  'supportsTools',
  'supportsStructuredOutput',
  'trendingRank',
] satisfies (keyof AttemptRecord)[]);

/** A target that does not answer, and it lasts. */
export function aFoundIncident(overrides: Partial<FoundIncident> = {}): FoundIncident {
  return {
    incidentId: 'incident-1',
    kind: 'outage',
    scope: 'endpoint',
    modelId: 'acme/Thinker-7B',
    provider: 'swiftcloud',
    endpoints: [{ modelId: 'acme/Thinker-7B', provider: 'swiftcloud' }],
    location: 'local',
    startedAtMs: DUE_AT_MS,
    noticedAtMs: DUE_AT_MS + 120_000,
    endedAtMs: null,
    endReason: null,
    cause: 'http_5xx',
    says: 'swiftcloud does not answer for acme/Thinker-7B.',
    figures: { failures: 2, n: 2 },
    evidence: ['attempt-1'],
    ...overrides,
  };
}
