import type { Sample } from '../domain/sample.ts';
import { isStandardFinal } from './changes.ts';
import { ShiftFinder } from './shift-finder.ts';
import { Standing } from './standing.ts';

/** One target while its samples go by, oldest first: what verdicts rest on that look at its past alone, worked out once. */
export class EndpointSeries {
  /** Due time of the first sample; null: none yet. */
  sinceMs: number | null = null;
  location: string | null = null;
  standing = new Standing();
  shifts = new ShiftFinder();
  /** As they ended, standard and confirm probes that were sent. */
  asked: Sample[] = [];
  featureProbes: Sample[] = [];
  #first: Sample | undefined;
  #last: Sample | undefined;
  #seen = 0;

  constructor(samples: readonly Sample[]) {
    this.seeRest(samples);
  }

  /** Whether these begin with those seen so far. None went or came between when the first and the last of them are where they were. */
  isBeginOf(samples: readonly Sample[]): boolean {
    return samples[0] === this.#first && samples[this.#seen - 1] === this.#last;
  }

  /** @param samples those seen so far, and what has come since */
  seeRest(samples: readonly Sample[]): void {
    for (; this.#seen < samples.length; this.#seen++) this.#see(samples[this.#seen]!);
    this.#first = samples[0];
    this.#last = samples.at(-1);
  }

  #see(sample: Sample): void {
    const { probeKind, final, outcome, location } = sample;
    if (location !== this.location) this.#beginAt(location);
    this.sinceMs ??= sample.dueAtMs;
    if (probeKind === 'feature') {
      this.featureProbes.push(sample);
      return;
    }
    if (isStandardFinal(sample)) this.shifts.see(sample);
    if (!final || outcome === 'skipped') return;
    this.asked.push(sample);
    this.standing.see(sample);
  }

  /** From elsewhere everything takes another time. */
  #beginAt(location: string): void {
    this.location = location;
    this.sinceMs = null;
    this.standing = new Standing();
    this.shifts = new ShiftFinder();
    this.asked = [];
    this.featureProbes = [];
  }
}
