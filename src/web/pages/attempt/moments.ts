import type { AttemptRow } from './content.ts';

/** A stretch of an attempt, in ms since the call that opened the request. */
export interface Phase {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** What happened at its end; null: it is what the attempt died of, by the provider's fault. */
  readonly ends: string | null;
}

type Moments = Pick<
  AttemptRow,
  | 'dns_ms'
  | 'tcp_ms'
  | 'tls_ms'
  | 'sent_ms'
  | 'headers_ms'
  | 'first_event_ms'
  | 'first_token_ms'
  | 'first_answer_ms'
  | 'last_token_ms'
  | 'usage_ms'
  | 'done_ms'
  | 'closed_ms'
  | 'outcome'
>;

/** What an attempt spent its time on, one stretch after the other. What is not known is a part of the stretch after it. */
export function phasesOf(moments: Moments): readonly Phase[] {
  const { dns_ms, tcp_ms, tls_ms, closed_ms, outcome } = moments;
  const steps: readonly (readonly [name: string, ends: string, atMs: number | null])[] = [
    ['Name lookup', 'DNS answered', dns_ms],
    ['Connect', 'connected', sum(dns_ms, tcp_ms)],
    ['TLS', 'TLS done', tls_ms === null ? null : sum(dns_ms, tcp_ms, tls_ms)],
    ['Request', 'request written', moments.sent_ms],
    ['Waiting for the first byte', 'status and headers', moments.headers_ms],
    ['Waiting for the first token', 'first token', moments.first_token_ms],
    ['Writing', 'last token', moments.last_token_ms],
  ];
  const phases: Phase[] = [];
  let fromMs = 0;
  for (const [name, ends, atMs] of steps) {
    if (atMs === null) continue;
    phases.push({ name, fromMs, toMs: Math.max(fromMs, atMs), ends });
    fromMs = Math.max(fromMs, atMs);
  }
  if (closed_ms === null) return phases;
  const [name, ends] =
    outcome === 'ok' ? ['Closing', 'closed'] : ['Until it ended', outcome === 'target_error' ? null : 'the end'];
  return [...phases, { name, fromMs, toMs: Math.max(fromMs, closed_ms), ends }];
}

const sum = (...lengths: readonly (number | null)[]) =>
  lengths.at(-1) === null ? null : lengths.reduce<number>((all, each) => all + (each ?? 0), 0);

const MOMENTS = [
  ['sent_ms', 'Request written'],
  ['headers_ms', 'Status and headers (first byte)'],
  ['first_event_ms', 'First event'],
  ['first_token_ms', 'First token'],
  ['first_answer_ms', 'First token of the answer'],
  ['last_token_ms', 'Last token'],
  ['usage_ms', 'Count of tokens'],
  ['done_ms', '[DONE]'],
  ['closed_ms', 'Closed'],
] as const;

/** Every moment that is known, in order of time. */
export function momentsOf(row: Moments): readonly { readonly word: string; readonly atMs: number }[] {
  return MOMENTS.flatMap(([name, word]) => (row[name] === null ? [] : [{ word, atMs: row[name] }])).toSorted(
    (a, b) => a.atMs - b.atMs,
  );
}
