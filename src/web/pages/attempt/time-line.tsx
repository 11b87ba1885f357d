/** @jsxImportSource hono/jsx */
import { formatMs, UNKNOWN } from '../../../lib/format.ts';
import { ChunkStrip, chunksFigure } from '../../charts/chunk-strip.tsx';
import { AsTable, type Chart, Exports } from '../../charts/figure.tsx';
import { linear } from '../../charts/scale.ts';
import { figureAddress } from '../exports.ts';
import { attemptPath } from '../links.ts';
import { Section } from '../parts.tsx';
import type { AttemptRow } from './content.ts';
import { momentsOf, type Phase, phasesOf } from './moments.ts';

/** A bar this thin is still seen. */
const LEAST_WIDTH = 0.4;

/** Every moment that is known; null: there is none. */
export function momentsFigure(attempt: AttemptRow): Chart | null {
  const phases = phasesOf(attempt);
  const { attempt_id, sent_ms } = attempt;
  if (phases.length === 0) return null;
  return {
    name: `Attempt ${attempt_id}. ${longestOf(phases, phases.at(-1)!.toMs)}`,
    table: {
      columns: [
        { name: 'moment', word: 'Moment' },
        { name: 'since_call_ms', word: 'Since the call', text: formatMs },
        { name: 'since_sent_ms', word: 'Since the request was written', text: formatMs },
      ],
      rows: momentsOf(attempt).map(({ word, atMs }) => [
        word,
        atMs,
        sent_ms === null || atMs < sent_ms ? null : atMs - sent_ms,
      ]),
    },
  };
}

/** Where the time went, from the call to the last byte. */
export function TimeLine({ attempt }: { readonly attempt: AttemptRow }) {
  const phases = phasesOf(attempt);
  const endMs = phases.at(-1)?.toMs ?? 0;
  const moments = momentsFigure(attempt);
  if (moments === null) return null;
  return (
    <Section title="Where the time went" beside={<p class="note">{formatMs(endMs)} from the call to the last byte</p>}>
      <div class="time-line">
        <table aria-label={longestOf(phases, endMs)}>
          <thead class="vh">
            <tr>
              <th scope="col">Stretch</th>
              <th scope="col">When</th>
              <th scope="col">Length</th>
              <th scope="col">Its end, since the call</th>
            </tr>
          </thead>
          <tbody>
            {phases.map((phase) => (
              <PhaseOf phase={phase} endMs={endMs} isTheirs={attempt.outcome === 'target_error'} />
            ))}
          </tbody>
        </table>
      </div>
      <AsTable words="Show every moment as table" table={moments.table} />
      <Exports address={figureAddress(attemptPath(attempt.attempt_id), 'moments')} />
    </Section>
  );
}

/** Only what is the target's fault is red. */
function PhaseOf(props: { readonly phase: Phase; readonly endMs: number; readonly isTheirs: boolean }) {
  const { phase, endMs, isTheirs } = props;
  const { name, fromMs, toMs, ends } = phase;
  const x = linear(0, endMs);
  const width = Math.max(LEAST_WIDTH, x(toMs) - x(fromMs));
  const className = ends === null && isTheirs ? 'lost' : name === 'Writing' ? 'writing' : undefined;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="bar">
        <svg width="100%" height="14" aria-hidden="true">
          <rect class="track" width="100%" height="14" rx="2" />
          <rect class={className} x={`${Math.min(x(fromMs), 100 - width)}%`} width={`${width}%`} height="14" rx="2" />
        </svg>
      </td>
      <td class="n">{formatMs(toMs - fromMs)}</td>
      <td class="at">
        {ends ?? 'the end'} at {formatMs(toMs)}
      </td>
    </tr>
  );
}

function longestOf(phases: readonly Phase[], endMs: number): string {
  const longest = phases.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))[0]!;
  return `Of ${formatMs(endMs)} most went to: ${longest.name.toLowerCase()}, ${formatMs(longest.toMs - longest.fromMs)}`;
}

/** Null: none is known, or none any more. */
function stripOf({ chunk_at_ms, sent_ms, closed_ms }: AttemptRow) {
  const zero = sent_ms ?? 0;
  if (chunk_at_ms === null || chunk_at_ms.length === 0) return null;
  return { atMs: chunk_at_ms.map((at) => at - zero), endMs: (closed_ms ?? zero) - zero };
}

export function stripFigure(attempt: AttemptRow): Chart | null {
  const strip = stripOf(attempt);
  return strip && chunksFigure(strip);
}

/** Each chunk that holds text, when it came. */
export function Chunks({ attempt }: { readonly attempt: AttemptRow }) {
  const { attempt_id, chunks, reads, tokens_per_chunk, gap_p50_ms, gap_max_ms } = attempt;
  if (chunks === null || chunks === 0) return null;
  const strip = stripOf(attempt);
  const unreliable = tokens_per_chunk !== null && tokens_per_chunk > 1.25;
  return (
    <Section title="Chunk by chunk" beside={<p class="note">Since the request was written</p>}>
      <p class="finding">
        {chunks} {chunks === 1 ? 'chunk' : 'chunks'} in {reads ?? UNKNOWN} {reads === 1 ? 'read' : 'reads'}
        {gap_p50_ms !== null && (
          <>
            , <b>{formatMs(gap_p50_ms)}</b> between two, {formatMs(gap_max_ms)} at most
          </>
        )}
        .{unreliable && ' A chunk holds several tokens, so the gaps say little of how even it writes.'}
      </p>
      {strip === null ? (
        <p class="note">The moments of single chunks are not kept here any more.</p>
      ) : (
        <ChunkStrip {...strip} address={figureAddress(attemptPath(attempt_id), 'chunks')} />
      )}
    </Section>
  );
}
