import type { Exchange, Question, Transport } from '../../src/probe/types.ts';
import { anExchange } from './builders.ts';

/** `hang`: nothing comes until the asker stops. An `Error` is a bug of the transport. */
export type Scripted = Exchange | Error | 'hang';

/** Answers each question with the next line of its script; the last line is repeated. */
export class ScriptedTransport implements Pick<Transport, 'exchange'> {
  readonly asked: Question[] = [];
  readonly #script: readonly Scripted[];

  constructor(...script: readonly Scripted[]) {
    this.#script = script;
  }

  async exchange(question: Question, signal: AbortSignal): Promise<Exchange> {
    const line = this.#script[this.asked.length] ?? this.#script.at(-1)!;
    this.asked.push(question);
    if (line instanceof Error) throw line;
    if (line !== 'hang') return line;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return anExchange({ status: null, headers: {}, reply: null, ending: { kind: 'cancelled' } });
  }
}
