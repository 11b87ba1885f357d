import type { ConformanceFlag } from '../domain/outcome.ts';
import type { Exchange, Reply } from './types.ts';

/** What the reply must agree with. */
export interface Promised {
  readonly provider: string;
  /** Names under which the model may rightly answer: its id on the Hub and on the provider's side. */
  readonly requestedModels: readonly string[];
}

/**
 * What a good reply still got wrong:
 * - `no_usage`: no usage with a count in it. `usage_mismatch`: counts that contradict each other or the reply, see {@link isUsageWrong}.
 * - `no_finish_reason`: none, or empty. `no_done`: a stream without `[DONE]`.
 * - `bad_content_type`: a stream that is not `text/event-stream`, a plain reply that is not JSON; none at all included.
 * - `role_missing`: the first delta has no role.
 * - `unclean_close`: the reply said that it was over, and then the exchange broke or did not end.
 * - `unrequested_encoding`: a content encoding, though we asked for `identity`.
 * - `served_by_mismatch`: `x-inference-provider` names another provider. `model_mismatch`: see {@link isSameModel}.
 * - `chunks_after_done`: events with data after `[DONE]`, other than a second `[DONE]`.
 * - `null_content`: `content: null` in a delta that is neither role-only nor a tool call.
 * - `usage_on_every_chunk`: at least two chunks with output, and each of them with usage.
 * - `cut_by_prober`: see {@link isCutByProber}. What the rest might have brought (usage, finish reason, `[DONE]`) is then not missed.
 *
 * What a reply does not tell (no model, no `x-inference-provider`) is no mismatch.
 */
export function conformanceOf(exchange: Exchange, promised: Promised): readonly ConformanceFlag[] {
  const { headers, reply, ending } = exchange;
  if (reply === null) return [];
  const isStream = reply.mode === 'stream';
  const isCut = isCutByProber(exchange);
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  const servedBy = headers['x-inference-provider']?.trim() ?? '';
  const found: Readonly<Record<ConformanceFlag, boolean>> = {
    no_usage: reply.usage === null && !isCut,
    usage_mismatch: isUsageWrong(reply),
    no_finish_reason: reply.finishReason === null && !isCut,
    no_done: isStream && reply.doneMs === null && !isCut,
    bad_content_type: !isContentTypeRight(reply.mode, headers['content-type'] ?? ''),
    role_missing: reply.habits.roleFirst === false,
    unclean_close: ending.kind !== 'complete' && !isCut,
    unrequested_encoding: encoding !== '' && encoding !== 'identity',
    served_by_mismatch: servedBy !== '' && servedBy.toLowerCase() !== promised.provider.toLowerCase(),
    model_mismatch: reply.model !== null && !promised.requestedModels.some((name) => isSameModel(reply.model!, name)),
    chunks_after_done: reply.habits.chunksAfterDone,
    null_content: reply.habits.nullContent,
    usage_on_every_chunk: reply.habits.usageOnEveryChunk,
    cut_by_prober: isCut,
  };
  return (Object.keys(found) as ConformanceFlag[]).filter((flag) => found[flag]);
}

/** A silence longer than this is no flowing output, however long the reply has run. */
const LONGEST_SILENCE_MS = 30_000;

/**
 * Our total time ran out while output still flowed: a stream, not yet over, whose last output is not older than a quarter of
 * the time since the request was sent, and not older than 30 s.
 */
export function isCutByProber({ ending, reply, sentMs, closedMs }: Exchange): boolean {
  if (ending.kind !== 'limit' || ending.limit !== 'total_timeout') return false;
  if (reply?.mode !== 'stream' || reply.lastTokenMs === null || reply.problem !== null) return false;
  if (reply.finishReason !== null || reply.doneMs !== null) return false;
  const silenceMs = closedMs - reply.lastTokenMs;
  return silenceMs <= Math.min(LONGEST_SILENCE_MS, (closedMs - (sentMs ?? 0)) / 4);
}

function isContentTypeRight(mode: Reply['mode'], contentType: string): boolean {
  const type = contentType.split(';')[0]!.trim().toLowerCase();
  return mode === 'stream' ? type === 'text/event-stream' : /^application\/(?:[\w.-]+\+)?json$/.test(type);
}

/** A total that is not the sum, no prompt token, no completion token in a reply with output, or a part larger than its whole. */
function isUsageWrong({ usage, content, reasoning, hasToolCall }: Reply): boolean {
  if (usage === null) return false;
  const { promptTokens, completionTokens, totalTokens, reasoningTokens, cachedTokens } = usage;
  const exceeds = (part: number | null, whole: number | null) => part !== null && whole !== null && part > whole;
  const sum = promptTokens === null || completionTokens === null ? null : promptTokens + completionTokens;
  const hasOutput = content !== '' || reasoning !== '' || hasToolCall;
  return (
    (sum !== null && totalTokens !== null && sum !== totalTokens) ||
    promptTokens === 0 ||
    (completionTokens === 0 && hasOutput) ||
    exceeds(reasoningTokens, completionTokens) ||
    exceeds(cachedTokens, promptTokens)
  );
}

/**
 * Providers answer under many spellings of a name. Two names are the same when their last path segments are, without case, `:policy`
 * and `_` for `-`; or when one goes on where the other ends, at a `-` (`gemma-3-27b` and `gemma-3-27b-fp8`, but not `deepseek-v3` and `deepseek-v3.1`).
 */
function isSameModel(a: string, b: string): boolean {
  const [shorter, longer] = [spelling(a), spelling(b)].sort((x, y) => x.length - y.length) as [string, string];
  return shorter !== '' && (longer === shorter || longer.startsWith(`${shorter}-`) || longer.endsWith(`-${shorter}`));
}

function spelling(name: string): string {
  const segment = name.toLowerCase().split('/').at(-1)!;
  return segment.split(':')[0]!.replaceAll('_', '-').trim();
}
