import { type StallLog, WAIT_MS } from './machine.ts';

// A thread that only waits, a little at a time, and notes by how much it woke too late: what the machine itself adds to every figure.
declare const self: Worker;

self.onmessage = ({ data: { overshootsMs, count } }: MessageEvent<StallLog>) => {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const beganMs = performance.now();
    Atomics.wait(never, 0, 0, WAIT_MS);
    overshootsMs[Atomics.load(count, 0) % overshootsMs.length] = performance.now() - beganMs - WAIT_MS;
    Atomics.add(count, 0, 1);
  }
};
