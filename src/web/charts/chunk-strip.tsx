/** @jsxImportSource hono/jsx */
import { formatMs } from '../../lib/format.ts';
import { type Address, type Chart, Drawn, Figure, Stretched, type Table } from './figure.tsx';
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

export interface StripProps {
  /** When each chunk that holds text came, in ms since the request was sent. */
  readonly atMs: readonly number[];
  readonly endMs: number;
}

export function chunksFigure({ atMs, endMs }: StripProps) {
  const chunks = chunksOf(atMs);
  return {
    name: nameOf(chunks),
    table: tableOf(chunks),
    drawing: {
      look: 'plot chunks',
      width: 820,
      height: 52,
      room: { top: 0, right: 0, bottom: 24, left: 0 },
      marks: <Marks chunks={chunks} endMs={endMs} />,
    },
  } satisfies Chart;
}

/** Each chunk a line, those after a pause longer. */
export function ChunkStrip(props: StripProps & { readonly address?: Address }) {
  const { name, table, drawing } = chunksFigure(props);
  const isCut = table.rows.length > MOST_ROWS;
  return (
    <Figure
      table={isCut ? { ...table, rows: table.rows.slice(0, MOST_ROWS) } : table}
      words={isCut ? `Show the first ${MOST_ROWS} as table` : undefined}
      address={props.address}
    >
      <Drawn name={name} drawing={drawing} />
    </Figure>
  );
}

function Marks({ chunks, endMs }: { readonly chunks: readonly Chunk[]; readonly endMs: number }) {
  const x = linear(0, Math.max(endMs, chunks.at(-1)?.atMs ?? 0, 1));
  const pauses = chunks.filter(({ isAfterPause }) => isAfterPause);
  const width = Math.max(0.5, Math.min(1.6, (0.6 * WIDTH) / Math.max(1, chunks.length)));
  // Lines nearer than a tenth of a per cent are one on any screen.
  const lines = (some: readonly Chunk[], top: number) =>
    [...new Set(some.map((chunk) => Math.round(10 * x(chunk.atMs)) / 10))].map((at) => `M${at} ${top}V100`).join('');
  return (
    <>
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
    </>
  );
}

function nameOf(chunks: readonly Chunk[]): string {
  if (chunks.length === 0) return 'No chunk with text came';
  const pauses = chunks.filter(({ isAfterPause }) => isAfterPause).map(({ gapMs }) => gapMs!);
  const count = `${chunks.length} ${chunks.length === 1 ? 'chunk' : 'chunks'}`;
  if (pauses.length === 0) return `${count}, no pause`;
  return `${count}, ${pauses.length} after a pause, the longest ${formatMs(pauses.reduce((a, b) => Math.max(a, b)))}`;
}

function tableOf(chunks: readonly Chunk[]): Table {
  return {
    columns: [
      { name: 'chunk', word: 'Chunk' },
      { name: 'at_ms', word: 'Came after', text: formatMs },
      { name: 'gap_ms', word: 'Gap before', text: formatMs },
      { name: 'is_after_pause', word: 'Pause' },
    ],
    rows: chunks.map(({ atMs, gapMs, isAfterPause }, index) => [index + 1, atMs, gapMs, isAfterPause]),
  };
}
