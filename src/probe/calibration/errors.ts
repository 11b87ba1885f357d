import { percentile } from '../../domain/statistics.ts';
import type { MomentError } from '../../domain/types.ts';
import { roundedEach } from '../rounded.ts';
import type { Exchange } from '../types.ts';
import { type Schedule, writesBehind } from './schedules.ts';
import type { Stamps } from './stamps.ts';

/** How far one of our figures was from the truth. */
export interface ErrorSample {
  /** Its column. */
  readonly column: string;
  /** Ours minus the truth, ms. */
  readonly errorMs: number;
}

/** Above it a machine is too busy to be an instrument. */
export const ERROR_BOUND_MS = 5;

/** Differences of two moments: they are told, and counted in no other figure. */
const LENGTHS: readonly string[] = ['ttft_ms', 'e2e_ms'];

/**
 * The error of every moment that one reply showed, and of the lengths between them.
 *
 * @param offsetMs the server's monotonic clock minus that of the thread that asked
 * @returns null where the reply was not understood as it was sent
 */
export function errorsOf(
  exchange: Exchange,
  schedule: Schedule,
  { requestAtMs, writtenAtMs }: Stamps,
  offsetMs: number,
): readonly ErrorSample[] | null {
  const { reply, requestStartMonotonicMs, sentMs, headersMs, closedMs } = exchange;
  const behind = writesBehind(schedule);
  if (reply === null || requestStartMonotonicMs === null) return null;
  if (writtenAtMs.length !== schedule.writes.length + 1 || reply.chunkAtMs.length !== behind.chunkAt.length)
    return null;

  const onOurs = (serverAtMs: number) => serverAtMs - offsetMs - requestStartMonotonicMs;
  const writtenMs = (index: number) => onOurs(writtenAtMs[index]!);
  const sentTruthMs = onOurs(requestAtMs);
  const pairs: readonly (readonly [column: string, oursMs: number | null, truthMs: number])[] = [
    ['sent_ms', sentMs, sentTruthMs],
    ['headers_ms', headersMs, writtenMs(behind.headers)],
    ['first_event_ms', reply.firstEventMs, writtenMs(behind.firstEvent)],
    ['first_token_ms', reply.firstTokenMs, writtenMs(behind.firstToken)],
    ['first_answer_ms', reply.firstAnswerMs, writtenMs(behind.firstAnswer)],
    ['last_token_ms', reply.lastTokenMs, writtenMs(behind.lastToken)],
    ['usage_ms', reply.usageMs, writtenMs(behind.usage)],
    ['done_ms', reply.doneMs, writtenMs(behind.done)],
    ['closed_ms', closedMs, writtenMs(behind.closed)],
    ...behind.chunkAt.map((index, chunk) => ['chunk_at_ms', reply.chunkAtMs[chunk]!, writtenMs(index)] as const),
    ['ttft_ms', between(sentMs, reply.firstTokenMs), writtenMs(behind.firstToken) - sentTruthMs],
    ['e2e_ms', between(sentMs, reply.lastTokenMs), writtenMs(behind.lastToken) - sentTruthMs],
  ];
  const samples = pairs.flatMap(([column, oursMs, truthMs]) =>
    oursMs === null ? [] : [{ column, errorMs: oursMs - truthMs }],
  );
  return samples.length === pairs.length ? samples : null;
}

/** The size of the errors by column, and of all moments together under `all`. Percentiles are nearest-rank and need enough samples; to three decimals. */
export function summarize(samples: readonly ErrorSample[]): readonly MomentError[] {
  const byColumn = Map.groupBy(samples, ({ column }) => column);
  const moments = samples.filter(({ column }) => !LENGTHS.includes(column));
  return [['all', moments] as const, ...byColumn].map(([moment, of]) => {
    const sizesMs = of.map(({ errorMs }) => Math.abs(errorMs));
    const figures = {
      p50Ms: percentile(sizesMs, 50),
      p99Ms: percentile(sizesMs, 99),
      maxMs: sizesMs.reduce((largest, sizeMs) => Math.max(largest, sizeMs), 0),
    };
    return { moment, n: sizesMs.length, ...roundedEach(figures) };
  });
}

/** The figures of every moment together. */
export const ofAllMoments = (errors: readonly MomentError[]): MomentError =>
  errors.find(({ moment }) => moment === 'all')!;

const between = (fromMs: number | null, toMs: number | null) =>
  fromMs === null || toMs === null ? null : toMs - fromMs;
