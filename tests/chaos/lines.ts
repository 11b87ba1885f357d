/** What a process writes, line by line, to be waited for. */
export class Lines {
  /** Resolves once there is no more. */
  readonly ended: Promise<void>;
  readonly all: string[] = [];
  #next = 0;
  #hasEnded = false;
  #waiting: (() => void)[] = [];

  constructor(stream: ReadableStream<Uint8Array>) {
    this.ended = this.#read(stream);
  }

  /** The first line that matches after the one found before. @throws when the stream ends without it */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      while (this.#next < this.all.length) {
        const line = this.all[this.#next++]!;
        if (pattern.test(line)) return line;
      }
      if (this.#hasEnded) throw new Error(`no line like ${pattern} in:\n${this.all.slice(-20).join('\n')}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of stream) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop()!;
      this.#add(lines);
    }
    this.#hasEnded = true;
    this.#add(rest === '' ? [] : [rest]);
  }

  #add(lines: readonly string[]): void {
    this.all.push(...lines);
    for (const check of this.#waiting.splice(0)) check();
  }
}
