import type { Alarm } from './domain/alarm.ts';
import type { Endpoint, FoundIncident, Incident, IncidentKind, Remark } from './domain/incident.ts';
import type { Spending } from './domain/money.ts';
import type { Outcome } from './domain/outcome.ts';
import type { AttemptRecord } from './domain/record.ts';
import type { LatencyName, Rollup, Series, Span } from './domain/rollup.ts';
import type { Sample } from './domain/sample.ts';
import type { HeldRole, RetentionSettings, Role, SingleRole } from './domain/settings.ts';
import type { Batch, Calibration, Catalog, Cycle, PlannedProbe, Target } from './domain/types.ts';
import type {
  Comparison,
  EndpointVerdict,
  Feature,
  FourChecks,
  Goal,
  Metric,
  ModelVerdict,
  Needs,
  PlaceComparison,
  Recommendation,
} from './domain/verdict.ts';

/** Time as the program sees it; tests set it. */
export interface Clock {
  /** Wall clock, Unix ms; may jump. */
  nowMs(): number;
  /** Never goes back; its zero means nothing. */
  monotonicMs(): number;
  /** Resolves after that long on the monotonic clock; rejects with `signal.reason` when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** One line per event, no bodies. Shape of a pino logger. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where settled attempts become durable. */
export interface AttemptStore {
  /**
   * Resolves once the records would survive a power cut; appends that arrive together share one commit.
   * A record whose `attemptId` is already there is ignored.
   *
   * @throws when the disk refuses; then none of this call's records is stored
   */
  append(records: readonly AttemptRecord[]): Promise<void>;
}

/** What asking costs, by the UTC day on which the cycle was due. Written with each attempt, and not forgotten with it. */
export interface Ledger {
  /** @param day `yyyy-mm-dd` */
  spentOn(day: string): Promise<Spending>;
  /** What an attempt of a standard probe cost on average since that day, of each target whose cost was known at least once. */
  costsSince(
    day: string,
  ): Promise<readonly { readonly modelId: string; readonly provider: string; readonly usd: number }[]>;
}

/** What probes beside the cycles of a place are planned from: read anew each time, so that a restart changes nothing. */
export interface AskedReader {
  /** How the standard and confirm probes from there of cycles due from `sinceMs` on ended, oldest first; those that were not asked are left out. */
  endingsSince(sinceMs: number, location: string): Promise<readonly ProbeEnding[]>;
  /** Which features were tried from there in cycles due from `sinceMs` on. */
  featureTrialsSince(sinceMs: number, location: string): Promise<readonly FeatureTrial[]>;
}

export interface ProbeEnding extends Endpoint {
  readonly kind: 'standard' | 'confirm';
  readonly outcome: Outcome;
  /** Unix ms. */
  readonly dueAtMs: number;
}

/** What was sent to try a feature of a target in one cycle. */
export interface FeatureTrial extends Endpoint {
  readonly feature: Feature;
  readonly requests: number;
  /** Those of them that were not `ok`. */
  readonly failed: number;
}

/** Which cycles began and ended, so that a crash in the middle leaves no probe without its final row. */
export interface CycleStore {
  /** Unix ms at which the last cycle began, or was due where its clock had been set back; null: none ever did. */
  lastBeganAtMs(): Promise<number | null>;
  /** When the last cycle that was not left out for the budget was due, Unix ms, or null. */
  lastAskedDueAtMs(): Promise<number | null>;
  /** Remembers the plan before anything is asked. A cycle that was skipped, and is tried again after a restart, is skipped no more. */
  begin(cycle: Cycle, plan: readonly PlannedProbe[], beganAtMs: number): Promise<void>;
  /** The cycle ran to its end. Its plan is forgotten; it counts for the next push. */
  finish(cycleId: string, endedAtMs: number): Promise<void>;
  /** A cycle that was due and did not run, and why. */
  skip(cycle: Cycle, reason: 'overrun' | 'no_catalogue', atMs: number): Promise<void>;
  /** Cycles that began and did not finish, with their probes that have no final attempt and how many attempts each of those has. Only reads. */
  unfinished(): Promise<
    readonly {
      readonly cycle: Cycle;
      readonly open: readonly { readonly probe: PlannedProbe; readonly attempts: number }[];
    }[]
  >;
  /** Finished cycles since the last push. */
  sinceLastPush(): Promise<number>;
}

/** The last good catalogue, and which targets were live when. */
export interface CatalogStore {
  /** Keeps it as the last good one and marks its targets as seen live at `fetchedAtMs`. */
  save(catalog: Catalog): Promise<void>;
  lastGood(): Promise<Catalog | null>;
  /** Every target seen live at or after `sinceMs`, with what was last known of it. */
  seenLiveSince(sinceMs: number): Promise<readonly Target[]>;
}

/** How exact our own moments were, cycle by cycle. */
export interface CalibrationStore {
  /** Keeps a finished calibration; another one of the same cycle is ignored. */
  saveCalibration(calibration: Calibration): Promise<void>;
  /** The one that was saved last. */
  lastCalibration(): Promise<Calibration | null>;
}

/** Sealed batches on their way to the dataset, and the days whose CSV is written. */
export interface BatchStore {
  /**
   * Seals what is not yet in a batch, at most 10,000 records a batch, oldest first; then every sealed batch not yet pushed, oldest first.
   * The same records under the same names until marked, also after a restart.
   */
  seal(nowMs: number): Promise<readonly Batch[]>;
  /** The records of a sealed batch, always in the same order. */
  recordsOf(batchName: string): AsyncIterable<AttemptRecord>;
  /** Remembers the hash of the shard as built. */
  built(batchName: string, sha256: string): Promise<void>;
  /** These batches and the CSV of these days are in the dataset. Repeating it is harmless. `commitUrl` null: they landed by a commit whose answer was lost. */
  pushed(batchNames: readonly string[], days: readonly string[], commitUrl: string | null, atMs: number): Promise<void>;
  /** The UTC day (`yyyy-mm-dd`) that is still open: the clock's, or that of the last cycle, which is ahead when the clock was set back. */
  today(nowMs: number): Promise<string>;
  /**
   * Seals the CSV of closed days (before `today`, no cycle still running in them); then every one that is not pushed, oldest first:
   * `yyyy-mm-dd`, and `yyyy-mm-dd-2`, … for rows that came after the day was sealed. The same rows under the same names, also after a
   * restart: each CSV row of a closed day is in exactly one.
   */
  daysToWrite(today: string): Promise<readonly string[]>;
  /** The rows of a name that `daysToWrite` gave, in order of start. */
  csvRowsOfFile(name: string): AsyncIterable<AttemptRecord>;
  /** All CSV rows of cycles due on that UTC day so far, in order of start. */
  csvRowsOfDay(day: string): AsyncIterable<AttemptRecord>;
}

/** What waits for the dataset. */
export interface BacklogReader {
  /** How many records are not in it yet, and when the oldest of them was due. */
  backlog(): Promise<{ readonly records: number; readonly oldestAtMs: number | null }>;
}

/** Keeps the store small. */
export interface RetentionStore {
  /**
   * Lets go of what is older than wanted, and over the limit of bodies, then rows that are in the dataset. Each value taken is one short
   * transaction; between two, everybody else has the store, and whoever takes no more of them leaves the rest for another time.
   */
  prune(settings: RetentionSettings, nowMs: number): AsyncIterable<Pruned>;
  /** By how much the store is over its limit; 0 when it is not, or has none. */
  excessBytes(settings: RetentionSettings): Promise<number>;
}

/** What one step let go of. */
export interface Pruned {
  readonly rows: number;
  readonly bodies: number;
}

/** What a reader of the store may ask: `export`, the table after a cycle. */
export interface RecordReader {
  /** Oldest cycle first, streaming. */
  read(range?: RecordRange): AsyncIterable<AttemptRecord>;
}

/** Everything without a field; what matches all of them otherwise. */
export interface RecordRange {
  /** Unix ms: of cycles due at or after it. */
  readonly sinceMs?: number;
  /** Unix ms: of cycles due before it. */
  readonly untilMs?: number;
  readonly cycleId?: string;
  readonly modelId?: string;
  readonly providerName?: string;
}

/** A rollup of one bucket of one series. */
export interface BucketRollup extends Rollup {
  /** When the bucket begins, Unix ms. */
  readonly atMs: number;
  /** The same object for the same series within one reading. */
  readonly series: Series;
}

/** Figures of long windows, from buckets of an hour or a day. */
export interface RollupReader {
  /**
   * The buckets that begin from `sinceMs` on and before `untilMs`, oldest first, with the histograms of `latencies` only.
   * Page by page: reading one takes a few milliseconds, and others have a turn before the next.
   */
  rollups(query: {
    readonly span: Span;
    readonly sinceMs: number;
    readonly untilMs: number;
    readonly latencies: readonly LatencyName[];
    /** Only those of one model; of all when absent. */
    readonly modelId?: string;
  }): AsyncIterable<readonly BucketRollup[]>;
}

/** Closed days of rollups on their way to the dataset. A day is a UTC day as `yyyy-mm-dd`. */
export interface RollupDays {
  /** Days before `today` in which no cycle still runs, with rollups that are not pushed, oldest first. */
  rollupDaysToPush(today: string): Promise<readonly string[]>;
  /** Those of a month (`yyyy-mm`) that are pushed, oldest first. */
  pushedRollupDays(month: string): Promise<readonly string[]>;
  /** By location, model, provider and question; all histograms. */
  rollupsOfDay(day: string): Promise<readonly DayRollup[]>;
  /** These days are in the dataset. Repeating it is harmless. `commitUrl` null: they landed by a commit whose answer was lost. */
  rollupDaysPushed(days: readonly string[], commitUrl: string | null, atMs: number): Promise<void>;
}

export type DayRollup = Omit<BucketRollup, 'atMs'>;

/** The dataset repository, as far as a push needs it. Failures are `HubFailure`s. */
export interface DatasetHub {
  /** Of each of these paths that exists in the dataset; absent paths are left out. Creates the dataset when the first call finds none. */
  hashes(paths: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, ContentHash>>;
  /** A small text file that is in the dataset, read with one request. */
  text(path: string, signal: AbortSignal): Promise<string>;
  /** One commit with all files, at least one. After a failure it may or may not have landed: ask `hashes` before trying again. */
  commit(commit: HubCommit, signal: AbortSignal): Promise<{ readonly url: string }>;
}

/** What the Hub tells of a file's content without sending it: sha256 for large files, git's blob id (SHA-1) for small ones. It decides which. */
export interface ContentHash {
  readonly algorithm: 'sha256' | 'git-blob';
  readonly hex: string;
}

export interface HubCommit {
  readonly title: string;
  readonly description: string;
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
}

/** What verdicts are made of. */
export interface SampleReader {
  /** Samples of cycles due from `sinceMs` on and before `untilMs`, oldest first. Page by page: others have a turn before the next. */
  samples(query: {
    readonly sinceMs: number;
    readonly untilMs?: number;
    readonly modelId?: string;
  }): AsyncIterable<readonly Sample[]>;
}

/** What happened, kept for ever. */
export interface IncidentStore {
  /** What is found again replaces what was known under its id; remarks stay. With it: up to which due time was looked. All or nothing. */
  saveIncidents(
    found: readonly FoundIncident[],
    judged?: { readonly location: string; readonly untilMs: number },
  ): Promise<void>;
  /** Up to which due time incidents seen from that place were looked for; null: never. */
  judgedUntilMs(location: string): Promise<number | null>;
  /** Newest first by start, at most `limit` (100). */
  incidents(query?: IncidentQuery): Promise<readonly Incident[]>;
  incident(incidentId: string): Promise<Incident | null>;
  /** Null takes it back. @returns false when there is no such incident */
  acknowledge(incidentId: string, remark: Remark | null): Promise<boolean>;
  silence(incidentId: string, remark: Remark | null): Promise<boolean>;
}

/** Everything without a field. */
export interface IncidentQuery {
  readonly openOnly?: boolean;
  /** Of those that last or ended at or after it. */
  readonly sinceMs?: number;
  /** Of those that began before it. */
  readonly untilMs?: number;
  readonly modelId?: string;
  readonly provider?: string;
  readonly kind?: IncidentKind;
  readonly location?: string;
  readonly limit?: number;
}

/** A stretch of due times, Unix ms: from `sinceMs` on, before `untilMs`. */
export interface Window {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** An hour, a day, a week. */
export const BOARD_HOURS = [1, 24, 168] as const;
export type BoardHours = (typeof BOARD_HOURS)[number];

/** What pages, the API, assistants and reports may ask: verdicts over what is stored. Answers are kept until something new is known. */
export interface Knowledge {
  /** Rises whenever an answer may differ from what it was. */
  revision(): number;
  /** The place that all answers are of: figures of two places are never put together. */
  location(): string;
  /** Every place with samples of the last thirty days, by name. */
  locations(): readonly PlaceSeen[];
  /** The same questions, answered for another place. Null: nothing is known from there. */
  from(location: string): Knowledge | null;
  /** The moment that "now" means: the clock's. */
  nowMs(): number;
  /** Every model over the last hours (24), most trending first. */
  board(hours?: BoardHours): readonly ModelVerdict[];
  /** Null: nothing is known of this model. */
  model(modelId: string, window: Window): ModelVerdict | null;
  /** Is it down, or is it us, or only from here? Null: nothing is known of this endpoint. */
  checks(endpoint: Endpoint): FourChecks | null;
  recommend(modelId: string, goal: Goal, needs: Needs, window: Window): Recommendation | null;
  /** Null: one of the two is not known. */
  compare(a: Endpoint, b: Endpoint, metric: Metric, window: Window): Comparison | null;
  /** One endpoint as two places see it, paired by due time. Null: it is not known from one of the two. */
  comparePlaces(endpoint: Endpoint, a: string, b: string, metric: Metric, window: Window): PlaceComparison | null;
  /** One endpoint as each place that asked it within the window sees it, by place. */
  fromPlaces(endpoint: Endpoint, window: Window): readonly EndpointSeen[];
  /** At most `points` of them, oldest first; stretches without data have none. */
  history(endpoint: Endpoint, metric: HistoryMetric, window: Window, points: number): Promise<readonly HistoryPoint[]>;
  /** The same of every provider of a model that has data, read at once. */
  histories(
    modelId: string,
    metric: HistoryMetric,
    window: Window,
    points: number,
  ): Promise<ReadonlyMap<string, readonly HistoryPoint[]>>;
  /** By provider over all its models: the last ninety UTC days, oldest first, today last. Read anew every ten minutes; until that is done, as it was. */
  reliability(): Promise<ReadonlyMap<string, readonly DayCount[]>>;
  /** All replies that began in the same hour of the week together, over a window of the last thirty days; hours without any are not there. */
  hoursOfWeek(endpoint: Endpoint, metric: HistoryMetric, window: Window): readonly HourOfWeek[];
}

/** A place that was probed from in the last thirty days. Due times of its first and last sample in them, Unix ms. */
export interface PlaceSeen {
  readonly location: string;
  readonly sinceMs: number;
  readonly lastAtMs: number;
  readonly samples: number;
}

/** What places may be held against each other by, of one endpoint. */
export type EndpointSeen = Pick<EndpointVerdict, 'location' | 'state' | 'availability' | 'ttftMs'>;

/** First attempts of one UTC day: how many were ok, and how many the target's fault. */
export interface DayCount {
  readonly atMs: number;
  readonly ok: number;
  readonly targetErrors: number;
}

/** One of the 168 hours of a week, in UTC. */
export interface HourOfWeek {
  /** 0 is Monday. */
  readonly weekday: number;
  readonly hour: number;
  /** Good replies. */
  readonly n: number;
  /** Null where n does not allow it. */
  readonly p50: number | null;
}

export type HistoryMetric = 'ttftMs' | 'ttfatMs' | 'tpotMs' | 'e2eMs';

/** One stretch of a history. Percentiles are null where its n does not allow them. */
export interface HistoryPoint {
  readonly atMs: number;
  readonly spanMs: number;
  /** Good replies. */
  readonly n: number;
  readonly p10: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  /** First attempts: how many were ok, and how many the target's fault. */
  readonly ok: number;
  readonly targetErrors: number;
}

/** Single attempts, for whoever looks into one. */
export interface AttemptReader {
  /** Newest first: by due time, then by id, both falling. */
  attempts(query: AttemptQuery): Promise<readonly AttemptSummary[]>;
  /** How many attempts are at hand, and when the oldest and the newest of them were due. */
  extent(): Promise<AttemptExtent>;
  /** With its bodies. Null: there is none, or no more. */
  attempt(attemptId: string): Promise<AttemptRecord | null>;
}

/** Attempts of which the ids are known. */
export interface AttemptsById {
  /** Newest first, as `attempts`; ids that are no more are passed over. */
  attemptsById(ids: readonly string[]): Promise<readonly AttemptSummary[]>;
}

/** Unix ms; null: there are none. */
interface AttemptExtent {
  readonly attempts: number;
  readonly firstDueAtMs: number | null;
  readonly lastDueAtMs: number | null;
}

/** Everything without a field. */
export interface AttemptQuery extends Window {
  readonly modelId?: string;
  readonly provider?: string;
  readonly outcome?: Outcome;
  readonly location?: string;
  /** Only those that come after this one: of an earlier cycle, or of the same and with a lower id. */
  readonly after?: AttemptPlace;
  readonly limit: number;
}

interface AttemptPlace {
  readonly dueAtMs: number;
  readonly attemptId: string;
}

/** The row of an attempt without its large texts and its list of moments. */
export type AttemptSummary = Omit<
  AttemptRecord,
  | 'requestBody'
  | 'requestHeadersSanitized'
  | 'responseBodyRaw'
  | 'responseHeadersSanitized'
  | 'answerText'
  | 'chunkAtMs'
>;

/** How the program itself is. Null is unknown, or not yet. */
export interface Health {
  readonly startedAtMs: number;
  readonly intervalMs: number;
  readonly lastCycle: Omit<CycleSeen, 'cycleId'> | null;
  /** When the next cycle is due; the past: it is about to begin. */
  readonly nextCycleAtMs: number;
  /** How long a whole cycle takes: as long as the last, or before one has ended about so long; null: there is nothing to go by. */
  readonly cycleMs: number | null;
  /** Probes of the running cycle that wait for a slot, and those under way. */
  readonly probesWaiting: number;
  readonly probesRunning: number;
  /** The live target asked longest ago, by due time; `neverAsked` of them were not asked yet since they are known. */
  readonly targets: number;
  readonly leastRecentlyAskedAtMs: number | null;
  readonly neverAsked: number;
  /** Records not in the dataset yet, and when the oldest was due; null with `PUSH=off`. */
  readonly backlog: { readonly records: number; readonly oldestAtMs: number | null } | null;
  /** How often in a row pushing failed; null with `PUSH=off`, and before the first push of this run has ended. */
  readonly pushFailures: number | null;
  /** Worst event-loop delay of the probing Worker in the last cycle. */
  readonly workerLagMs: number | null;
  readonly instrumentErrorP99Ms: number | null;
  readonly spentUsdToday: number;
  readonly budgetUsdPerDay: number | null;
  /** False while the disk refuses, or the database is away. */
  readonly isStoreWritable: boolean;
  /** Null: this process is alone. */
  readonly fleet: FleetHealth | null;
}

/** How a fleet is, and what this process does in it. */
export interface FleetHealth {
  /** Those that said within the last minute that they are there. */
  readonly workers: readonly SeenWorker[];
  /** Roles that this process has now, of those that one process at a time has. */
  readonly roles: readonly SingleRole[];
}

/** Which alarms are on, and notices on their way out. */
export interface NoticeStore {
  /** True until `tell` was called once, ever: nobody knows what was told before. */
  isFirstStart(): Promise<boolean>;
  /** Alarms that are remembered, by key. */
  toldAlarms(): Promise<readonly ToldAlarm[]>;
  /** Remembers what is told now, forgets what is over, and puts a notice for each channel into the outbox: all of it or nothing. */
  tell(told: readonly ToldAlarm[], over: readonly string[], notices: readonly Notice[]): Promise<void>;
  /** Of each channel the oldest that is neither sent nor given up, if it is due: one that fails does not change their order, nor hold up other channels. Oldest first. */
  dueNotices(nowMs: number, limit: number): Promise<readonly WaitingNotice[]>;
  noticeSent(noticeId: string, atMs: number): Promise<void>;
  /** It will be tried again then; null: never, it is given up. */
  noticeFailed(noticeId: string, nextAtMs: number | null, reason: string): Promise<void>;
}

/** An alarm that began, and is not yet told as over. */
export interface ToldAlarm {
  readonly alarm: Alarm;
  readonly lastToldAtMs: number;
  /** Who was told that it began; nobody: it was on at the first start already, and nothing is said of it. */
  readonly channels: readonly string[];
  /** Since when it is seen as over, which is told once it has stayed so for a while; null while it is on. */
  readonly overSinceMs: number | null;
}

/** One message to one channel. `noticeId` is its idempotency key. */
export interface Notice {
  readonly noticeId: string;
  /** The channel's name in `alerts.json`. */
  readonly channel: string;
  readonly kind: 'begun' | 'reminder' | 'over';
  readonly alarms: readonly Alarm[];
  readonly createdAtMs: number;
}

export interface WaitingNotice extends Notice {
  readonly tries: number;
}

/** What several processes at several places share: one schedule, one budget, the limits per provider. Its clock is the database's. */
export interface FleetStore {
  /** The database's clock, Unix ms. */
  serverNowMs(): Promise<number>;
  /**
   * This worker is there, or still there. As long as the process that said so is connected, what it was leased may still be under way; but what ran
   * out and is not among the leases that it holds, where it tells them, is free.
   */
  announce(worker: Worker, held?: readonly number[]): Promise<void>;
  /** It is gone, and says so: what it holds is free at once, and it is leased nothing until it says again that it is there. */
  withdraw(workerId: string): Promise<void>;
  /** Those that said since then that they are there, by location and id. */
  workers(sinceMs: number): Promise<readonly SeenWorker[]>;
  /**
   * The cycle begins with these probes, which are then to be claimed; those with `skip` are the planner's to `close`. Repeating it changes
   * nothing: a probe that is there stays as it is, one that is new comes to the plan, and to a cycle that has ended nothing comes any more.
   */
  plan(cycle: Cycle, probes: readonly FleetProbe[], beganAtMs: number): Promise<void>;
  /**
   * Leases at most `slots` probes of this location, in the order of their cycles and plans: free ones, and those whose lease ran out. No
   * provider gets more than its limit over all locations: a lease that ran out counts as long as its worker is connected and has not given it
   * back, for what it asked may still be under way. Once the budget of a cycle's UTC day is spent nothing of that cycle is leased.
   */
  claim(claim: Claim): Promise<readonly Lease[]>;
  /**
   * Leases a probe beside the cycles, which no plan has and nobody else is given. It gives way to the cycle under way, that of `rival`, the
   * target's own probe in it: there is none while that is open, none in the cycle's first minute before it was planned or left out, and none of
   * the places that its probes at this location have still to use, at the provider or of `slots`. Limits count as for any claim.
   *
   * @returns the lease, which is released without a trace; null: not now
   */
  claimOne(claim: Claim, probe: PlannedProbe, rival: Pick<PlannedProbe, 'probeId' | 'cycle'>): Promise<number | null>;
  /** Those of these leases that have not run out, for another `leaseMs` from now. */
  renew(leaseIds: readonly number[], leaseMs: number): Promise<readonly number[]>;
  /** Leases are given back: what was never begun, or was dropped since the lease ran out, and is not under way any more. */
  release(leaseIds: readonly number[]): Promise<void>;
  /**
   * Stores the record of a leased probe; a final one ends the probe and its lease: all or nothing. False: somebody else asks or has asked, the
   * lease is over, and only what the attempt cost is booked. One that ran out and that nobody else was given is as good as before. Repeating it
   * changes nothing, and says the same again.
   */
  settle(leaseId: number, record: AttemptRecord): Promise<boolean>;
  /**
   * Stores what was measured without the database: the probe is planned where it was not, and ended by a final record. Of a probe that has its
   * final record already only the cost is booked, as of an attempt that somebody else has made too. Repeating it changes nothing, also of
   * what `settle` was given before. The cycle does not begin by it: `plan` begins it. A probe beside the cycles is stored and not planned.
   *
   * @returns how many were stored
   */
  deliver(probe: FleetProbe, records: readonly AttemptRecord[]): Promise<number>;
  /** Cycles that were planned and have not ended, oldest first. */
  openCycles(): Promise<readonly Cycle[]>;
  /** How a cycle stands. */
  progress(cycleId: string): Promise<CycleProgress>;
  /** Probes of a cycle without a final record that nobody holds a lease of, with how many attempts each has. */
  abandoned(cycleId: string): Promise<readonly { readonly probe: FleetProbe; readonly attempts: number }[]>;
  /**
   * Ends probes that nobody asks any more by their final records; a probe that was leased or ended meanwhile is left as it is.
   *
   * @returns the ids of the records that were stored
   */
  close(records: readonly AttemptRecord[]): Promise<ReadonlySet<string>>;
  /** Has every place where a worker is there ask a target soon, beside the cycles. False: there is none. */
  wish(endpoint: Endpoint): Promise<boolean>;
  /** What a place is to ask at once, wished for within the last minute, oldest first; each is told once. */
  wishes(location: string): Promise<readonly Endpoint[]>;
  /** The newest cycle that began; null: none ever did. */
  lastCycle(): Promise<CycleSeen | null>;
  /** Behind everything that has arrived. */
  arrivalsSoFar(): Promise<ArrivalMark>;
  /**
   * At most `limit` of the records that came since the mark, in order of arrival, and the mark behind them. Each record comes exactly once to whoever
   * goes on with the mark that he was given, also one that took its place before others and was committed after them.
   */
  arrivals(
    after: ArrivalMark,
    limit: number,
  ): Promise<{ readonly records: readonly AttemptRecord[]; readonly mark: ArrivalMark }>;
}

/** How far somebody has heard what arrives, by its place in the order of arrival. Only the store that gave it knows what to make of it. */
export interface ArrivalMark {
  /** Up to there nothing comes any more that was not heard. */
  readonly settled: number;
  /** Places behind that of which the record was heard. */
  readonly heard: readonly number[];
  /** It will be settled up to `through` once these transactions, which may still bring something, are over. */
  readonly unsettled: { readonly through: number; readonly transactions: readonly string[] } | null;
}

export interface CycleSeen {
  readonly cycleId: string;
  readonly dueAtMs: number;
  readonly beganAtMs: number;
  readonly endedAtMs: number | null;
}

/** A process that asks, at one location. */
export interface Worker {
  readonly workerId: string;
  readonly location: string;
  readonly trackerVersion: string;
  readonly slots: number;
  /** How far its clock is ahead of the database's, ms. */
  readonly clockAheadMs: number;
  /** Records that wait in its outbox. */
  readonly waiting: number;
}

export interface SeenWorker extends Worker {
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Leases that it holds. */
  readonly leases: number;
}

/** A probe, and the place that asks it. `order` is its place in the plan of its cycle and location. */
export interface FleetProbe {
  readonly probe: PlannedProbe;
  readonly location: string;
  readonly order: number;
}

export interface Claim {
  readonly workerId: string;
  readonly location: string;
  readonly slots: number;
  readonly leaseMs: number;
  /** Unix ms: nothing of cycles due before it. What nobody asked in time is not asked late. */
  readonly dueSinceMs: number;
  /** Null: no limit. */
  readonly perProvider: number | null;
  /** Of a UTC day, over the whole fleet; null: no limit. */
  readonly budgetUsd: number | null;
}

/** The right to ask a probe until it runs out. `attempts` of it are stored. */
export interface Lease {
  readonly leaseId: number;
  readonly probe: PlannedProbe;
  readonly attempts: number;
}

export interface CycleProgress {
  readonly planned: number;
  readonly done: number;
  readonly leased: number;
}

/** Sees to it that of all processes of a fleet one does what only one should do. */
export interface RoleLock {
  /** Null: somebody else has it. What is held is given back once `signal` aborts, at the latest. */
  hold(role: HeldRole, signal: AbortSignal): Promise<Held | null>;
  /** Those of the whole fleet that this process has now. */
  held(): readonly SingleRole[];
}

/** A process that is connected to the database. Null is unknown. */
export interface SeenProcess {
  readonly processId: string;
  /** What it was set up for. */
  readonly roles: readonly Role[];
  readonly trackerVersion: string;
  readonly sinceMs: number | null;
  /** Of its worker, where it asks. */
  readonly workerId: string | null;
}

/** How a fleet is as seen from its database. */
export interface FleetStatus {
  readonly database: {
    /** `15.3` */
    readonly postgresVersion: string;
    readonly schemaVersion: number;
    /** Its clock, Unix ms. */
    readonly nowMs: number;
    /** How far the clock here is ahead of it, ms. */
    readonly clockAheadMs: number;
  };
  /** Who has each; null: nobody. `unknown`: somebody who does not say who he is. */
  readonly holders: Readonly<Record<SingleRole, string | null>>;
  readonly processes: readonly SeenProcess[];
  /** Those of the last hour; connected or not. */
  readonly workers: readonly (SeenWorker & { readonly isConnected: boolean })[];
  /** Those that have not ended, oldest first. */
  readonly cycles: readonly (Cycle & CycleProgress)[];
  /** What waits for the dataset. */
  readonly backlog: Awaited<ReturnType<BacklogReader['backlog']>>;
}

/** A role, as long as `lost` is not aborted; that is known within two seconds. */
export interface Held extends AsyncDisposable {
  readonly lost: AbortSignal;
}
