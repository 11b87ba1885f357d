declare const self: Worker;

/** Waits for the signal, then a moment, and kills the whole process. */
self.onmessage = ({ data }: MessageEvent<{ readonly signal: Int32Array; readonly delayUs: number }>) => {
  Atomics.wait(data.signal, 0, 0);
  const untilMs = performance.now() + data.delayUs / 1000;
  while (performance.now() < untilMs);
  process.kill(process.pid, 'SIGKILL');
};
