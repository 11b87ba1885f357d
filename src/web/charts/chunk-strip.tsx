/** @jsxImportSource hono/jsx */
import { formatMs } from '../../lib/format.ts';
import { Figure, Stretched } from './figure.tsx';
import { linear, medianOf } from './scale.ts';

const LEAST_PAUSE_MS = 50;
const PAUSE_RATIO = 5;
/** Rows of the table: a stream may have thousands of chunks. */
const MOST_ROWS = 250;
/** As wide as one is drawn at most, in px, when it tells how dense lines are. */
const WIDTH = 600;

export interface Chunk {
  /** Ms since the request was sent. */
  readonly atMs: number;
  /** Ms since the chunk before; null of the first. */
  readonly gapMs: number | null;
  readonly isAfterPause: boolean;
}

/** A pause is longer than 50 ms and than five times the median gap. */
export function chunksOf(atMs: readonly number[]): readonly Chunk[] {
  const gaps = atMs.slice(1).map((at, index) => at - atMs[index]!);
  const pauseMs = Math.max(LEAST_PAUSE_MS, PAUSE_RATIO * (medianOf(gaps) ?? 0));
  return atMs.map((at, index) => {
    const gapMs = index === 0 ? null : gaps[index - 1]!;
    return { atMs: at, gapMs, isAfterPause: gapMs !== null && gapMs > pauseMs };
  });
}

/** @param atMs when each chunk that holds text came, in ms since the request was sent */
export function ChunkStrip({ atMs, endMs }: { readonly atMs: readonly number[]; readonly endMs: number }) {
  const chunks = chunksOf(atMs);
  const x = linear(0, Math.max(endMs, atMs.at(-1) ?? 0, 1));
  const pauses = chunks.filter(({ isAfterPause }) => isAfterPause);
  const longest = Math.max(0, ...pauses.map(({ gapMs }) => gapMs!));
  const width = Math.max(0.5, Math.min(1.6, (0.6 * WIDTH) / Math.max(1, chunks.length)));
  // Lines nearer than a tenth of a per cent are one on any screen.
  const lines = (some: readonly Chunk[], top: number) =>
    [...new Set(some.map((chunk) => Math.round(10 * x(chunk.atMs)) / 10))].map((at) => `M${at} ${top}V100`).join('');
  const words = chunks.length > MOST_ROWS ? `Show the first ${MOST_ROWS} as table` : undefined;
  return (
    <Figure table={tableOf(chunks.slice(0, MOST_ROWS))} words={words}>
      <div class="plot chunks">
        <svg width="100%" height="100%" role="img" aria-label={nameOf(chunks.length, pauses.length, longest)}>
          <Stretched>
            <path
              class="chunk"
              stroke-width={width}
              d={lines(
                chunks.filter(({ isAfterPause }) => !isAfterPause),
                25,
              )}
            />
            <path class="after-pause" stroke-width="1.6" d={lines(pauses, 0)} />
          </Stretched>
          <text class="x start" x="0" y="100%" dy="18">
            0 s
          </text>
          <text class="x end" x="100%" y="100%" dy="18">
            {formatMs(endMs)}
          </text>
        </svg>
      </div>
    </Figure>
  );
}

function nameOf(chunks: number, pauses: number, longestMs: number): string {
  if (chunks === 0) return 'No chunk with text came';
  const count = `${chunks} ${chunks === 1 ? 'chunk' : 'chunks'}`;
  if (pauses === 0) return `${count}, no pause`;
  return `${count}, ${pauses} after a pause, the longest ${formatMs(longestMs)}`;
}

function tableOf(chunks: readonly Chunk[]) {
  return {
    columns: ['Chunk', 'Came after', 'Gap before', 'Pause'],
    rows: chunks.map(({ atMs, gapMs, isAfterPause }, index) => [
      String(index + 1),
      formatMs(atMs),
      formatMs(gapMs),
      isAfterPause ? 'yes' : 'no',
    ]),
  };
}
