import { nearestRank, type Percentile } from './statistics.ts';
import { pushVarint, VarintReader } from './varint.ts';

/** The first byte of every encoded histogram; another ratio or layout gets another one. */
const VERSION = 1;
/** Ratio of a bucket's upper to its lower bound. Any value in a bucket is within (γ - 1) / (γ + 1) = 0.99 % of the one that stands for it. */
const GAMMA = 1.02;
const BUCKETS_PER_E = 1 / Math.log(GAMMA);
/** Times the lower bound, it is as far from it, relatively, as from the upper one. */
const TOWARDS_THE_MIDDLE = (2 * GAMMA) / (GAMMA + 1);

/** What is shorter than a nanosecond, or negative because a clock was set back, counts as 0. */
const SHORTEST_MS = 1e-6;
/** 31 years; what is longer counts as that. */
const LONGEST_MS = 1e12;
const LOWEST_BUCKET = bucketOf(SHORTEST_MS);
const HIGHEST_BUCKET = bucketOf(LONGEST_MS);
const FIRST_WINDOW = 32;

/**
 * How often which length occurred, in buckets whose bounds are powers of 1.02: bucket `i` holds γ^(i-1) < ms ≤ γ^i. Merging two is adding
 * their counts, so hours make days and days make any window, and a percentile of the whole is as exact as that of a part: within 1 % of the
 * nearest-rank percentile of the lengths themselves. The buckets are those of C. Masson and others, "DDSketch" (2019); none is ever collapsed.
 *
 * Encoded (spec.md, "Rollups"): the version, then as varints the count of zeros, the lowest bucket in zigzag and its count, and for each further
 * bucket that is not empty its distance from the one before and its count. The same counts give the same bytes, whatever the order they came in.
 */
export class Histogram {
  #zeros = 0;
  #counts = new Float64Array(0);
  /** The bucket that `#counts[0]` counts. */
  #firstBucket = 0;
  #n = 0;

  /** How many lengths were counted. */
  get n(): number {
    return this.#n;
  }

  /** @throws RangeError when the length is no number, which is a bug of ours */
  add(ms: number): void {
    if (!Number.isFinite(ms)) throw new RangeError(`${ms} is no length`);
    if (ms < SHORTEST_MS) this.#zeros++;
    else this.#count(bucketOf(Math.min(ms, LONGEST_MS)), 1);
    this.#n++;
  }

  /**
   * Adds what an encoded histogram counted.
   *
   * @throws RangeError when these bytes are no histogram of a version we know; then this one is spoilt too
   */
  merge(encoded: Uint8Array): this {
    try {
      this.#merge(encoded);
    } catch (error) {
      throw new RangeError(`these bytes are no histogram: ${(error as Error).message}`);
    }
    return this;
  }

  /** Nearest rank, to six significant digits; null where `n` is too small for `p`. */
  percentile(p: Percentile): number | null {
    const rank = nearestRank(this.#n, p);
    if (rank === null) return null;
    let reached = this.#zeros;
    if (reached >= rank) return 0;
    for (let at = 0; at < this.#counts.length; at++) {
      reached += this.#counts[at]!;
      if (reached >= rank) return lengthOf(this.#firstBucket + at);
    }
    throw new RangeError('the counts of a histogram do not add up');
  }

  encode(): Uint8Array {
    const bytes = [VERSION];
    pushVarint(bytes, this.#zeros);
    const counts = this.#counts;
    const first = this.#firstBucket;
    let before: number | null = null;
    for (let at = 0; at < counts.length; at++) {
      const count = counts[at]!;
      if (count === 0) continue;
      const bucket = first + at;
      pushVarint(bytes, before === null ? zigzag(bucket) : bucket - before);
      pushVarint(bytes, count);
      before = bucket;
    }
    return new Uint8Array(bytes);
  }

  #merge(encoded: Uint8Array): void {
    if (encoded[0] !== VERSION) throw new RangeError(`version ${encoded[0]} is not known`);
    const numbers = new VarintReader(encoded, 1);
    const zeros = numbers.next();
    this.#zeros += zeros;
    this.#n += zeros;
    let before: number | null = null;
    while (!numbers.done) {
      const step = numbers.next();
      if (before !== null && step === 0) throw new RangeError('a bucket comes twice');
      const bucket: number = before === null ? unzigzag(step) : before + step;
      if (bucket < LOWEST_BUCKET || bucket > HIGHEST_BUCKET) throw new RangeError(`there is no bucket ${bucket}`);
      const count = numbers.next();
      if (count === 0) throw new RangeError('a bucket is empty');
      this.#count(bucket, count);
      this.#n += count;
      before = bucket;
    }
  }

  #count(bucket: number, times: number): void {
    const at = bucket - this.#firstBucket;
    if (at < 0 || at >= this.#counts.length) this.#widen(bucket);
    this.#counts[bucket - this.#firstBucket]! += times;
  }

  /** Lays the first window around a bucket, and at least doubles a later one, so that it happens rarely. */
  #widen(bucket: number): void {
    const counts = this.#counts;
    const width = counts.length;
    const first = width === 0 ? bucket - FIRST_WINDOW / 2 : this.#firstBucket;
    const end = first + (width || FIRST_WINDOW);
    const from = bucket < first ? Math.min(bucket, first - width) : first;
    const until = bucket < end ? end : Math.max(bucket + 1, end + width);
    const wider = new Float64Array(until - from);
    wider.set(counts, first - from);
    this.#counts = wider;
    this.#firstBucket = from;
  }
}

function bucketOf(ms: number): number {
  return Math.ceil(Math.log(ms) * BUCKETS_PER_E);
}

/** The length that stands for all of a bucket. */
function lengthOf(bucket: number): number {
  return Number((GAMMA ** (bucket - 1) * TOWARDS_THE_MIDDLE).toPrecision(6));
}

/** 0, -1, 1, -2, 2 → 0, 1, 2, 3, 4: numbers near zero are short, whatever their sign. */
const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value: number) => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
