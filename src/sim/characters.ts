import type { Habits } from './habits.ts';
import type { Fault } from './router/fault.ts';

/** What goes wrong by itself, and how often (0 to 1). The rest of the requests are answered well. */
interface Mishap {
  readonly rate: number;
  readonly fault: Fault;
}

/** One invented provider. */
export interface Character {
  readonly name: string;
  /** Of a model of 70 billion parameters; others are faster or slower. */
  readonly ttftMs: number;
  readonly tokensPerSecond: number;
  /** 1 is the usual price; null: it publishes none. */
  readonly priceFactor: number | null;
  /** Share of wrong answers. */
  readonly wrong: number;
  /** Share of replies whose first token takes three times as long. */
  readonly slow: number;
  readonly mishaps: readonly Mishap[];
  readonly wire: Pick<Habits, 'tokensPerChunk' | 'headers' | 'role' | 'reasoning' | 'usage'> & Partial<Habits>;
  /** How it calls a model. */
  readonly providerId: (modelId: string) => string;
}

const shortId = (modelId: string) => modelId.split('/').at(-1)!.toLowerCase();
const sameId = (modelId: string) => modelId;

const overloaded = (rate: number): Mishap => ({
  rate,
  fault: { kind: 'status', status: 503, headers: { 'retry-after': '2' } },
});
const limited = (rate: number): Mishap => ({
  rate,
  fault: { kind: 'status', status: 429, headers: { 'retry-after': '10', 'x-ratelimit-remaining-requests': '0' } },
});
const truncated = (rate: number): Mishap => ({ rate, fault: { kind: 'truncated', how: 'clean-end' } });
const failing = (rate: number): Mishap => ({ rate, fault: { kind: 'error', form: 'object', at: 'mid-stream' } });
const stalling = (rate: number): Mishap => ({ rate, fault: { kind: 'stall', at: 'mid-stream', forMs: 6_000 } });
const empty = (rate: number): Mishap => ({ rate, fault: { kind: 'empty', as: 'no-output' } });
const dropped = (rate: number): Mishap => ({ rate, fault: { kind: 'cut', by: 'reset', at: 'mid-chunk' } });

/** The ten of every world; the seed shifts the figures, never the manners. */
export const CHARACTERS: readonly Character[] = [
  {
    name: 'aster',
    ttftMs: 320,
    tokensPerSecond: 115,
    priceFactor: 0.8,
    wrong: 0.04,
    slow: 0.01,
    mishaps: [failing(0.005)],
    providerId: sameId,
    wire: { tokensPerChunk: 1, headers: 'at-once', role: 'own-chunk', reasoning: 'reasoning', usage: 'last-chunk' },
  },
  {
    name: 'borealis',
    ttftMs: 150,
    tokensPerSecond: 900,
    priceFactor: 1.7,
    wrong: 0.02,
    slow: 0,
    mishaps: [limited(0.01)],
    providerId: shortId,
    wire: {
      tokensPerChunk: 12,
      headers: 'at-once',
      role: 'first-chunk',
      reasoning: 'reasoning',
      usage: 'finish-chunk',
    },
  },
  {
    name: 'cobalt',
    ttftMs: 220,
    tokensPerSecond: 480,
    priceFactor: 1,
    wrong: 0.02,
    slow: 0,
    mishaps: [],
    providerId: sameId,
    wire: {
      tokensPerChunk: 2,
      headers: 'with-output',
      role: 'own-chunk',
      reasoning: 'reasoning_content',
      usage: 'last-chunk',
      tight: true,
      tellsCached: true,
    },
  },
  {
    name: 'drift',
    ttftMs: 740,
    tokensPerSecond: 45,
    priceFactor: 0.5,
    wrong: 0.06,
    slow: 0.05,
    mishaps: [overloaded(0.14), truncated(0.05), dropped(0.03)],
    providerId: shortId,
    wire: {
      tokensPerChunk: 3,
      headers: 'at-once',
      role: 'own-chunk',
      reasoning: 'think',
      usage: 'none',
      comments: true,
    },
  },
  {
    name: 'ember',
    ttftMs: 640,
    tokensPerSecond: 104,
    priceFactor: 0.75,
    wrong: 0.02,
    slow: 0.02,
    mishaps: [failing(0.02)],
    providerId: sameId,
    wire: {
      tokensPerChunk: 1,
      headers: 'with-output',
      role: 'first-chunk',
      reasoning: 'reasoning_content',
      usage: 'every-chunk',
    },
  },
  {
    name: 'fathom',
    ttftMs: 275,
    tokensPerSecond: 190,
    priceFactor: 1.2,
    wrong: 0.02,
    slow: 0,
    mishaps: [],
    providerId: (id) => `models/${shortId(id)}`,
    wire: {
      tokensPerChunk: 4,
      headers: 'at-once',
      role: 'own-chunk',
      reasoning: 'hidden',
      usage: 'last-chunk',
      lineEnd: '\r\n',
    },
  },
  {
    name: 'gale',
    ttftMs: 585,
    tokensPerSecond: 75,
    priceFactor: null,
    wrong: 0.03,
    slow: 0.2,
    mishaps: [limited(0.05), stalling(0.02)],
    providerId: shortId,
    wire: {
      tokensPerChunk: 1,
      headers: 'at-once',
      role: 'own-chunk',
      reasoning: 'reasoning_text',
      usage: 'last-chunk',
      comments: true,
    },
  },
  {
    name: 'halcyon',
    ttftMs: 340,
    tokensPerSecond: 167,
    priceFactor: 0.8,
    wrong: 0.02,
    slow: 0.01,
    mishaps: [overloaded(0.01)],
    providerId: sameId,
    wire: {
      tokensPerChunk: 1,
      headers: 'at-once',
      role: 'own-chunk',
      reasoning: 'think',
      usage: 'last-chunk',
      framing: 'close-delimited',
    },
  },
  {
    name: 'indigo',
    ttftMs: 205,
    tokensPerSecond: 660,
    priceFactor: 1.5,
    wrong: 0.04,
    slow: 0,
    mishaps: [truncated(0.01)],
    providerId: sameId,
    wire: {
      tokensPerChunk: 6,
      headers: 'with-output',
      role: 'own-chunk',
      reasoning: 'none',
      usage: 'last-chunk',
      nullContent: true,
      tellsCached: true,
    },
  },
  {
    name: 'kestrel',
    ttftMs: 1_100,
    tokensPerSecond: 80,
    priceFactor: 0.55,
    wrong: 0.15,
    slow: 0.03,
    mishaps: [empty(0.05), overloaded(0.03)],
    providerId: shortId,
    wire: { tokensPerChunk: 2, headers: 'at-once', role: 'never', reasoning: 'reasoning', usage: 'wrong', done: false },
  },
];
