import type { ErrorClass, Outcome } from '../domain/outcome.ts';
import type { Sample } from '../domain/sample.ts';
import { DAY_MS } from '../domain/utc-day.ts';
import { MOST_EVIDENCE } from './shifts.ts';

/** How often a target usually fails is read off so many days. */
const USUAL_DAYS = 14;
/** Before anything is known, one failure in 200 is expected; it weighs as much as 20 samples. */
const PRIOR_FAILURES = 0.1;
const PRIOR_SAMPLES = 20;
/** A run of failures over two cycles or more that chance alone makes so rarely is an outage: a hundred targets are asked 144,000 times a month. */
const CHANCE_OF_OUTAGE = 1e-6;
/** Within one cycle a target that failed is asked every two minutes, and what failed then may fail again for the same small reason. */
const CHANCE_WITHIN_CYCLE = 1e-8;
/** A run that chance makes more often than this says nothing beside those of others. */
const CHANCE_OF_SUSPICION = 0.02;
/** Good replies in a row after which it is over. */
const OKS_TO_RECOVER = 2;

/** Faults that come in runs: the target's, the account's, the router's, ours. */
export type Fault = 'target' | 'account' | 'router' | 'prober';
const FAULTS: Partial<Record<Outcome, Fault>> = {
  target_error: 'target',
  account_error: 'account',
  router_error: 'router',
  prober_error: 'prober',
};

/** Samples of one fault with no other answer in between. */
export interface FaultRun {
  readonly fault: Fault;
  readonly startedAtMs: number;
  length: number;
  /** Those of them that were probes of the schedule: how many cycles it covers. */
  cycles: number;
  readonly evidence: string[];
  readonly classes: Map<ErrorClass, number>;
}

/** How one target stands after each of its samples, from its past alone. */
export class Standing {
  /** Due time of the last sample that was sent; null: none yet. */
  lastAtMs: number | null = null;
  lastOutcome: Outcome | null = null;
  /** Good replies in a row, up to now. */
  oks = 0;
  /** Due time of the first of them. */
  firstOkAtMs = 0;
  /** A run of the target's failures that chance does not explain; true until it has recovered. */
  isDown = false;
  run: FaultRun | null = null;
  /** What is usual: standard probes of the last two weeks. */
  #usual = new UsualFailures();
  /** Failures not yet known to be chance or outage. */
  #open: number[] = [];

  /** One that goes its own way from here. */
  copy(): Standing {
    const copy = new Standing();
    const { lastAtMs, lastOutcome, oks, firstOkAtMs, isDown, run } = this;
    Object.assign(copy, { lastAtMs, lastOutcome, oks, firstOkAtMs, isDown });
    copy.run = run && { ...run, evidence: [...run.evidence], classes: new Map(run.classes) };
    copy.#usual = this.#usual.copy();
    copy.#open = [...this.#open];
    return copy;
  }

  /** @param sample a final attempt, standard or confirm */
  see(sample: Sample): void {
    const { outcome, dueAtMs, probeKind } = sample;
    if (outcome === 'skipped') return;
    this.lastAtMs = dueAtMs;
    this.lastOutcome = outcome;
    if (outcome === 'ok') {
      this.#seeOk(sample);
      return;
    }
    const fault = FAULTS[outcome];
    // A rate limit says neither that it works nor that it does not.
    if (fault === undefined) return;
    // Nor does our own trouble, or the router's, say anything of the target's.
    if (this.isDown && fault !== 'target') return;
    this.oks = 0;
    if (this.run?.fault !== fault) this.#begin(fault, dueAtMs);
    const run = this.run!;
    run.length++;
    if (probeKind === 'standard') run.cycles++;
    if (run.evidence.length < MOST_EVIDENCE) run.evidence.push(sample.attemptId);
    if (sample.errorClass !== null) run.classes.set(sample.errorClass, (run.classes.get(sample.errorClass) ?? 0) + 1);
    if (fault !== 'target') return;
    if (probeKind === 'standard') this.#open.push(dueAtMs);
    const limit = run.cycles > 1 ? CHANCE_OF_OUTAGE : CHANCE_WITHIN_CYCLE;
    if (run.length >= 2 && this.chance(dueAtMs) < limit) this.isDown = true;
  }

  /** How likely a run as long as this is by chance, as often as the target usually fails: a probe of the schedule after its retries, a confirm at once. */
  chance(atMs: number): number {
    if (this.run?.fault !== 'target') return 1;
    const { afterRetries, firstTry } = this.#usual.rates(atMs);
    return afterRetries ** this.run.cycles * firstTry ** (this.run.length - this.run.cycles);
  }

  isSuspect(atMs: number): boolean {
    return this.isDown || this.chance(atMs) < CHANCE_OF_SUSPICION;
  }

  get hasRecovered(): boolean {
    return this.oks >= OKS_TO_RECOVER;
  }

  #seeOk({ dueAtMs, probeKind, attempt }: Sample): void {
    if (this.oks === 0) this.firstOkAtMs = dueAtMs;
    this.oks++;
    if (probeKind === 'standard') this.#usual.add(dueAtMs, false, attempt > 1);
    if (this.isDown && !this.hasRecovered) return;
    if (!this.isDown) this.#rememberOpen();
    // What an outage took is not what is usual.
    if (this.#open.length > 0) this.#open = [];
    this.isDown = false;
    this.run = null;
  }

  #begin(fault: Fault, startedAtMs: number): void {
    this.#rememberOpen();
    this.#open = [];
    this.run = { fault, startedAtMs, length: 0, cycles: 0, evidence: [], classes: new Map() };
  }

  #rememberOpen(): void {
    for (let i = 0; i < this.#open.length; i++) this.#usual.add(this.#open[i]!, true, true);
  }
}

/** How often the standard probes of a target fail: at once, and after their retries. */
class UsualFailures {
  #known = new Tries();
  #oldest = 0;
  #failed = 0;
  #failedAtFirst = 0;

  add(atMs: number, failed: boolean, failedAtFirst: boolean): void {
    this.#known.add(atMs, Number(failed) + 2 * Number(failedAtFirst));
    this.#failed += Number(failed);
    this.#failedAtFirst += Number(failedAtFirst);
  }

  copy(): UsualFailures {
    const copy = new UsualFailures();
    copy.#known = this.#known.copy();
    copy.#oldest = this.#oldest;
    copy.#failed = this.#failed;
    copy.#failedAtFirst = this.#failedAtFirst;
    return copy;
  }

  rates(atMs: number): { readonly afterRetries: number; readonly firstTry: number } {
    const known = this.#known;
    while (this.#oldest < known.length && known.atMs(this.#oldest) < atMs - USUAL_DAYS * DAY_MS) {
      const kind = known.kind(this.#oldest++);
      this.#failed -= kind & 1;
      this.#failedAtFirst -= kind >> 1;
    }
    const samples = known.length - this.#oldest + PRIOR_SAMPLES;
    return {
      afterRetries: (this.#failed + PRIOR_FAILURES) / samples,
      firstTry: (this.#failedAtFirst + PRIOR_FAILURES) / samples,
    };
  }
}

/** A list that only grows. A copy shares what there was and has a list of its own for what comes: of a thousand targets every sample of two weeks would take long to copy. */
class Tries {
  readonly #shared: Tries | null;
  readonly #sharedLength: number;
  readonly #atMs: number[] = [];
  readonly #kinds: number[] = [];

  constructor(shared: Tries | null = null) {
    this.#shared = shared;
    this.#sharedLength = shared?.length ?? 0;
  }

  get length(): number {
    return this.#sharedLength + this.#atMs.length;
  }

  add(atMs: number, kind: number): void {
    this.#atMs.push(atMs);
    this.#kinds.push(kind);
  }

  atMs(place: number): number {
    return place < this.#sharedLength ? this.#shared!.atMs(place) : this.#atMs[place - this.#sharedLength]!;
  }

  kind(place: number): number {
    return place < this.#sharedLength ? this.#shared!.kind(place) : this.#kinds[place - this.#sharedLength]!;
  }

  copy(): Tries {
    return new Tries(this);
  }
}
