import type { AttemptRecord } from '../../src/domain/record.ts';
import { aRecord } from '../support/builders.ts';
import { HOSTILE_MARKUP } from '../support/hostile-texts.ts';

const HALF_HOUR_MS = 1_800_000;
const ROUNDS = 10;
const FAILED_ROUNDS = 4;
/** Names by which pages are asked for stay. */
export const ASKED = { modelId: 'acme/Thinker-7B', providers: ['swiftcloud', 'cobalt'] } as const;

/** Who asks for what, in which words. `at` is the place of the text in the corpus. */
export type Wording = (text: string, at: number) => string;

/**
 * Every hostile text as the name of a model and of a provider, half of which fail in the end, and in every text of an attempt of a target that has a page.
 *
 * @param untilMs Unix ms: the last round was due then
 */
export function* hostilePast(wording: Wording, untilMs: number): Generator<readonly AttemptRecord[]> {
  const words = HOSTILE_MARKUP.map(wording);
  const dueIso = (roundsAgo: number) => new Date(untilMs - roundsAgo * HALF_HOUR_MS).toISOString();
  for (let ago = ROUNDS - 1; ago >= 0; ago--) {
    const failed = {
      outcome: 'target_error',
      errorClass: 'http_5xx',
      errorPhase: 'headers',
      responseStatusCode: 503,
    } as const;
    yield words.map((word, at) =>
      aRecord({
        ...{ modelId: word, providerName: word, providerModelId: word, cycleTimestampIso: dueIso(ago) },
        ...(ago < FAILED_ROUNDS && at % 2 === 0 ? { ...failed, errorMessage: word } : {}),
      }),
    );
  }
  for (const [at, word] of words.entries()) {
    const ago = words.length - 1 - at;
    yield ASKED.providers.map((providerName) =>
      aRecord({
        ...{ modelId: ASKED.modelId, providerName, providerModelId: word, cycleTimestampIso: dueIso(ago) },
        ...{ requestUrl: word, requestBody: word, requestHeadersSanitized: JSON.stringify({ [word]: word }) },
        ...{
          responseHeadersSanitized: JSON.stringify({ [word]: word }),
          responseBodyRaw: JSON.stringify({ [word]: word }),
        },
        ...{ answerText: word, finishReason: word, servedBy: word, responseModel: word, systemFingerprint: word },
        ...{ requestId: word, remoteIp: word, errorMessage: word, conformance: [word] },
        ...(at % 2 === 0 ? { outcome: 'target_error', errorClass: 'http_5xx', errorPhase: 'close' } : {}),
      }),
    );
  }
}
