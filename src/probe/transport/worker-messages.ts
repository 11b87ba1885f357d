import type { ClockPing, Exchange, Question } from '../types.ts';
import type { TransportOptions } from './transport.ts';

/** What crosses the border to the Worker: plain values only. */
export type ToWorker =
  /** Comes first, once. */
  | { readonly kind: 'open'; readonly options: Omit<TransportOptions, 'createReader'> }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'ping'; readonly id: number; readonly port: number };

export type FromWorker =
  | { readonly kind: 'settled'; readonly id: number; readonly exchange: Exchange }
  /** A bug of ours; `name` is the error's name, its message stays in the Worker. */
  | { readonly kind: 'broken'; readonly id: number; readonly name: string }
  | { readonly kind: 'pinged'; readonly id: number; readonly pings: readonly ClockPing[] };
