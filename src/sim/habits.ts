/** What one good reply looks like on the wire. Times are ms at pace 1. */
export interface Habits {
  /** From the request to the first output. */
  readonly ttftMs: number;
  readonly tokensPerSecond: number;
  readonly tokensPerChunk: number;
  /** `at-once`: status and headers long before the model works. */
  readonly headers: 'at-once' | 'with-output';
  /** Where a stream says `role: assistant`. */
  readonly role: 'own-chunk' | 'first-chunk' | 'never';
  /** Where reasoning shows: a field, `<think>` in the content, only in the usage (`hidden`), or there is none. */
  readonly reasoning: 'reasoning' | 'reasoning_content' | 'reasoning_text' | 'think' | 'hidden' | 'none';
  /** `last-chunk` obeys `stream_options`; the others do as they like. `wrong`: a total that is not the sum. */
  readonly usage: 'last-chunk' | 'finish-chunk' | 'every-chunk' | 'wrong' | 'none';
  /** Usage tells how much of the prompt came from a cache. */
  readonly tellsCached: boolean;
  readonly finishReason: boolean;
  readonly done: boolean;
  readonly chunksAfterDone: boolean;
  /** The finishing delta has `content: null`. */
  readonly nullContent: boolean;
  /** Absent: what the mode calls for. Null: no such header. */
  readonly contentType?: string | null;
  readonly framing: 'chunked' | 'close-delimited';
  readonly lineEnd: '\n' | '\r\n';
  /** `data:{…}` instead of `data: {…}`. */
  readonly tight: boolean;
  /** Comments before and between the events. */
  readonly comments: boolean;
  /** `x-inference-provider`; null: no such header. */
  readonly servedBy: string | null;
  /** `model` in the reply. */
  readonly model: string;
  readonly correct: boolean;
  /** Its tokenizer: how many characters a token has at most. */
  readonly charactersPerToken: number;
  /** The last step and the result, nothing else. */
  readonly terse: boolean;
}
