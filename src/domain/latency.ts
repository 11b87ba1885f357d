import { percentile } from './statistics.ts';

/** When one reply came. Moments are ms since the request was opened, on the monotonic clock; null did not happen or is unknown. */
export interface ReplyTimeline {
  /** The request was fully written. */
  readonly sentMs: number | null;
  readonly firstTokenMs: number | null;
  readonly firstAnswerMs: number | null;
  readonly lastTokenMs: number | null;
  /** One moment per non-empty chunk; null where no stream was read (plain reply, no response). */
  readonly chunkAtMs: readonly number[] | null;
  readonly completionTokens: number | null;
  readonly reasoningTokens: number | null;
  /** Some reasoning was shown, in a field of its own or as `<think>`. */
  readonly sawReasoning: boolean;
  /** Our total time ran out while output still flowed, so the last token seen is not the reply's last. */
  readonly cutByProber: boolean;
}

/** Lengths in ms and rates in tokens per second; null is "unknown", never zero. Keys are the record's columns. */
export interface Latency {
  readonly ttftMs: number | null;
  readonly ttfatMs: number | null;
  readonly e2eMs: number | null;
  readonly tpotMs: number | null;
  readonly ttstMs: number | null;
  readonly gapP50Ms: number | null;
  readonly gapP95Ms: number | null;
  readonly gapMaxMs: number | null;
  readonly decodeTps: number | null;
  readonly e2eTps: number | null;
  readonly chunks: number | null;
  readonly tokensPerChunk: number | null;
}

/**
 * The latencies of one reply, counted from the moment the request was written, so that a cold connection is not model time.
 * TTFT, TPOT: kubernetes-sigs/inference-perf docs/metrics.md. TTFAT: GuideLLM; AIPerf "TTFO". TTST: AIPerf.
 * Percentiles of the gaps are nearest-rank and need 5 (p50) and 40 (p95) gaps.
 */
export function latencyOf(timeline: ReplyTimeline): Latency {
  const { sentMs, firstTokenMs, firstAnswerMs, lastTokenMs, chunkAtMs, completionTokens, cutByProber } = timeline;
  const e2eMs = cutByProber ? null : between(sentMs, lastTokenMs);
  const tpotMs = timePerOutputToken(timeline);
  const gapsMs = gapsOf(chunkAtMs ?? []);
  const chunks = chunkAtMs?.length ?? null;
  return {
    ttftMs: between(sentMs, firstTokenMs),
    ttfatMs: between(sentMs, firstAnswerMs),
    e2eMs,
    tpotMs,
    ttstMs: gapsMs[0] ?? null,
    gapP50Ms: percentile(gapsMs, 50),
    gapP95Ms: percentile(gapsMs, 95),
    gapMaxMs: gapsMs.length === 0 ? null : gapsMs.reduce((longest, gapMs) => Math.max(longest, gapMs)),
    decodeTps: tpotMs === null ? null : 1000 / tpotMs,
    e2eTps: !e2eMs || completionTokens === null ? null : (1000 * completionTokens) / e2eMs,
    chunks,
    tokensPerChunk: !chunks || completionTokens === null ? null : completionTokens / chunks,
  };
}

/**
 * (last token - first token) / (completion tokens - 1). Null unless at least two tokens are known, output came in at least two
 * reads (bytes of one read share one moment, so then first and last differ), and no reasoning stayed hidden: tokens that
 * were thought before the first one we saw must not be divided among those we saw.
 */
function timePerOutputToken(timeline: ReplyTimeline): number | null {
  const { firstTokenMs, lastTokenMs, completionTokens, reasoningTokens, sawReasoning } = timeline;
  const spanMs = between(firstTokenMs, lastTokenMs);
  if (completionTokens === null || completionTokens < 2 || spanMs === null || spanMs <= 0) return null;
  if ((reasoningTokens ?? 0) > 0 && !sawReasoning) return null;
  return spanMs / (completionTokens - 1);
}

function between(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null ? null : toMs - fromMs;
}

function gapsOf(chunkAtMs: readonly number[]): readonly number[] {
  return chunkAtMs.slice(1).map((atMs, i) => atMs - chunkAtMs[i]!);
}
