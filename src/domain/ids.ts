import { hash as digest } from 'node:crypto';

/** 128 bits as hex: the parts joined by a separator that none of them can hold. */
function hash(...parts: readonly (string | number)[]): string {
  return digest('sha256', parts.join('\u0000'), 'hex').slice(0, 32);
}

export const cycleId = (writer: string, dueAtMs: number) => hash(writer, dueAtMs);

/** @param kind as `kindText` writes it */
export const probeId = (cycle: string, location: string, modelId: string, provider: string, kind: string) =>
  hash(cycle, location, modelId, provider, kind);

/** A target as a key: neither of the two has a space in it. */
export const targetKey = ({ modelId, provider }: { readonly modelId: string; readonly provider: string }) =>
  `${modelId} ${provider}`;

/** Says nothing, and was never said before: what a prompt begins with that no cache can hold. */
export const nonce = (cycle: string, modelId: string, provider: string) => hash(cycle, modelId, provider, 'nonce');

export const attemptId = (probe: string, attempt: number) => hash(probe, attempt);

/** The idempotency key of a message: what is told to whom, and when. */
export const noticeId = (channel: string, kind: string, atMs: number, keys: readonly string[]) =>
  hash(channel, kind, atMs, ...keys);

/** Changing the question, its allowance or its mode starts a new series. */
export const questionId = (prompt: string, maxTokens: number, mode: string) =>
  hash(prompt, maxTokens, mode).slice(0, 16);

export const incidentId = (kind: string, scope: string, whom: string, location: string, startedAtMs: number) =>
  hash('incident', kind, scope, whom, location, startedAtMs);
