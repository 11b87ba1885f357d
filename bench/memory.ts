import { readdirSync, readFileSync } from 'node:fs';
import { type Slope, slopeOf } from './statistics.ts';

const MB = 1e6;
const SAMPLE_EVERY_MS = 100;
/** The floor of each window is compared: between collections memory goes up and down by more than any leak. */
const WINDOWS = 20;

/** Watches this process's resident memory. */
export interface RssWatch {
  readonly peakMb: () => number;
  /** Of the floors, in MB per thousand, from the attempt `from` on. */
  slopePerThousand(from: number): Slope;
  stop(): void;
}

/** @param done how many attempts are over */
export function watchRss(done: () => number): RssWatch {
  const samples: (readonly [attempts: number, mb: number])[] = [];
  const sample = () => void samples.push([done(), process.memoryUsage.rss() / MB]);
  const timer = setInterval(sample, SAMPLE_EVERY_MS);
  return {
    peakMb: () => samples.reduce((peak, [, mb]) => Math.max(peak, mb), 0),
    slopePerThousand(from) {
      const last = done();
      const windowOf = ([attempts]: readonly [number, number]) =>
        Math.min(Math.floor(((attempts - from) / (last - from)) * WINDOWS), WINDOWS - 1);
      const windows = Map.groupBy(
        samples.filter(([attempts]) => attempts >= from),
        windowOf,
      );
      const floors = [...windows.values()].map((window) =>
        window.reduce((low, each) => (each[1] < low[1] ? each : low)),
      );
      return slopeOf(floors.map(([attempts, mb]) => [attempts / 1000, mb]));
    },
    stop: () => clearInterval(timer),
  };
}

/**
 * The most that ever was resident of this process. From `/proc`: `maxRSS`, which is taken where there is none, begins with what was resident of
 * the process that started this one.
 */
export function peakRssMb(): number {
  let kib = process.resourceUsage().maxRSS;
  try {
    kib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? kib);
  } catch {}
  return (kib * 1024) / MB;
}

/** Open file descriptors of this process; null where the system has no `/proc`. */
export function openDescriptors(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}
