/** How often the event loop is looked at. A delay is seen to within this long: a stall of 60 ms shows as 50 to 60 ms. */
const EVERY_MS = 10;

export interface LoopLag {
  /** Watches from now on; the function returned stops and gives the worst delay seen meanwhile, in ms. */
  watch(): () => number;
  /** How late the loop is now, in ms: the stall that has just ended, if one has. Only while somebody watches. */
  lateMs(): number;
}

/** Watches how late this thread's event loop is, by one timer that runs only while somebody watches. */
export function createLoopLag(nowMs: () => number = () => performance.now()): LoopLag {
  const watchers = new Set<{ worstMs: number }>();
  let timer: Timer | undefined;
  let dueAtMs = 0;
  /** Of the last look; what came before it has been made up for since. */
  let lastLateMs = 0;

  const note = () => {
    lastLateMs = Math.max(nowMs() - dueAtMs, 0);
    for (const watcher of watchers) watcher.worstMs = Math.max(watcher.worstMs, lastLateMs);
  };
  const wait = () => {
    dueAtMs = nowMs() + EVERY_MS;
    timer = setTimeout(() => {
      note();
      wait();
    }, EVERY_MS);
  };

  return {
    watch() {
      const watcher = { worstMs: 0 };
      watchers.add(watcher);
      if (watchers.size === 1) {
        lastLateMs = 0;
        wait();
      }
      return () => {
        note(); // the stall that is only now over, should its timer still be waiting for its turn
        watchers.delete(watcher);
        if (watchers.size === 0) clearTimeout(timer);
        return watcher.worstMs;
      };
    },
    // the timer that looks and the one that asks may wait for the same turn, in either order
    lateMs: () => Math.max(lastLateMs, nowMs() - dueAtMs),
  };
}
