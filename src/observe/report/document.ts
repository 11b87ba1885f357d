import type { Column } from '../render-table.ts';

/** What a text is to its reader; each form of the report has its own sign for it, and none says more than the words do. */
export type Tone = 'answer' | 'good' | 'warning' | 'bad' | 'quiet';

/** May come from anywhere: each form makes it harmless in its own way. */
export interface Said {
  readonly text: string;
  readonly tone?: Tone;
}

export interface Table {
  readonly kind: 'table';
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Said[])[];
  /** What its signs mean. */
  readonly note: string | null;
}

/** A part of a report, in no form yet. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 2 | 3; readonly text: string }
  | ({ readonly kind: 'paragraph' } & Said)
  | { readonly kind: 'list'; readonly items: readonly Said[] }
  | Table;

export interface Document {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export const heading = (level: 2 | 3, text: string): Block => ({ kind: 'heading', level, text });
export const paragraph = (said: Said): Block => ({ kind: 'paragraph', ...said });
