import type { Clock } from '../../src/ports.ts';

/** What has not happened by then never will. */
const LONGEST_PASS_MS = 7 * 24 * 3600 * 1000;

interface Sleeper {
  readonly wakeAtMs: number;
  wake(): void;
}

/** A clock that moves only when told. */
export class SetClock implements Clock {
  #wallMs: number;
  #monotonicMs = 1_000;
  #sleepers: Sleeper[] = [];
  #watchers: (() => void)[] = [];

  constructor(start: string | number = '2026-08-01T00:00:00.000Z') {
    this.#wallMs = new Date(start).getTime();
  }

  /** Whole, as the system's is. */
  nowMs(): number {
    return Math.floor(this.#wallMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** How many sleep now. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (ms <= 0) return resolve();
      const stop = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        wakeAtMs: this.#monotonicMs + ms,
        wake: () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.#sleepers.push(sleeper);
      for (const check of this.#watchers.splice(0)) check();
    });
  }

  /** Lets that much time pass. Sleepers wake in order, each at its moment, and whatever they then do at once is done before time goes on. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    await settled();
    for (let next = this.#nextSleeper(untilMs); next !== null; next = this.#nextSleeper(untilMs)) {
      this.#moveTo(next.wakeAtMs);
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
      await settled();
    }
    this.#moveTo(untilMs);
  }

  /** Lets time pass from sleeper to sleeper until `event` has settled; while nobody sleeps, it waits for what is done meanwhile. */
  async passUntil<T>(event: Promise<T>): Promise<T> {
    const untilMs = this.#monotonicMs + LONGEST_PASS_MS;
    let over = false;
    const settles = () => {
      over = true;
    };
    event.then(settles, settles);
    while (!over) {
      await Promise.race([event, this.whenSleeping()]);
      await settled();
      const next = this.#nextSleeper(Number.POSITIVE_INFINITY);
      if (this.#monotonicMs > untilMs) throw new Error('a week passed, and it has not happened');
      if (!over && next !== null) await this.advance(next.wakeAtMs - this.#monotonicMs);
    }
    return event;
  }

  /** Somebody sets the wall clock; no time passes. */
  jumpWall(ms: number): void {
    this.#wallMs += ms;
  }

  /** Resolves once at least `count` sleep: what had to happen before the wait has happened. */
  async whenSleeping(count = 1): Promise<void> {
    while (this.#sleepers.length < count) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  #nextSleeper(untilMs: number): Sleeper | null {
    const due = this.#sleepers.filter(({ wakeAtMs }) => wakeAtMs <= untilMs);
    return due.toSorted((a, b) => a.wakeAtMs - b.wakeAtMs)[0] ?? null;
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}

/** One turn of the event loop: every promise that could settle has. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
