import type { Endpoint, FoundIncident, Scope } from '../domain/incident.ts';
import type { ErrorClass } from '../domain/outcome.ts';
import type { Sample } from '../domain/sample.ts';
import { saysOfFault, whomOf } from './incident-words.ts';
import { idOfIncident, sortedEndpoints } from './new-incident.ts';
import { MOST_EVIDENCE } from './shifts.ts';
import { type Fault, Standing } from './standing.ts';

/** Of those that could be in it, so many must fail for a whole provider, model or router to be out. */
const SHARE_OF_GROUP = 0.8;
/** Of those asked, so many must meet the same trouble for it to be the router's, or ours. */
const SHARE_OF_ALL = 0.5;
/** Runs of several at the same time that chance alone makes so rarely are an outage, though none is by itself. Of few targets there are many pairs. */
const CHANCE_TOGETHER = 1e-9;
/** And the runs of all but the least likely of them: one outage and a mishap beside it are no outage of two. */
const CHANCE_OF_OTHERS = 1e-5;
const LEAST_NO_DATA_MS = 24 * 3600 * 1000;

interface Place {
  readonly location: string;
  /** Of the schedule as it is now. */
  readonly intervalMs: number;
}

type Kind = 'outage' | 'account';

/** An endpoint while samples go by. */
interface Member {
  readonly endpoint: Endpoint;
  standing: Standing;
  incident: OpenFault | null;
  /** Replies without a failure since its last one within the incident: they count once another failure follows. */
  goodSince: number;
}

interface OpenFault {
  readonly kind: Kind;
  readonly fault: Fault;
  readonly incidentId: string;
  scope: Scope;
  readonly modelId: string | null;
  readonly provider: string | null;
  readonly members: Set<Member>;
  readonly startedAtMs: number;
  readonly noticedAtMs: number;
  readonly evidence: string[];
  readonly classes: Map<ErrorClass, number>;
  failures: number;
  asked: number;
}

/**
 * Finds outages and account trouble while samples go by, oldest first, each from what came before it: an endpoint's own run of failures first,
 * then who else fails with it. One incident however many targets show it (spec.md, "Outages and how far they reach").
 */
export class OutageFinder {
  readonly #place: Place;
  readonly #members: Member[] = [];
  readonly #byModel = new Map<string, Map<string, Member>>();
  readonly #troubled = new Set<Member>();
  readonly #open = new Set<OpenFault>();
  readonly #ended: FoundIncident[] = [];
  #momentMs = Number.NEGATIVE_INFINITY;
  readonly #pace: Pace;

  constructor(place: Place) {
    this.#place = place;
    this.#pace = new Pace(place.intervalMs);
  }

  /** One that goes its own way from here. */
  copy(): OutageFinder {
    const copy = new OutageFinder(this.#place);
    copy.#momentMs = this.#momentMs;
    copy.#ended.push(...this.#ended);
    const copies = new Map<Member, Member>();
    for (const member of this.#members) {
      const own = copy.#memberOf(member.endpoint);
      own.standing = member.standing.copy();
      own.goodSince = member.goodSince;
      copies.set(member, own);
    }
    for (const member of this.#troubled) copy.#troubled.add(copies.get(member)!);
    for (const open of this.#open) {
      const members = new Set(Array.from(open.members, (member) => copies.get(member)!));
      const own = { ...open, members, evidence: [...open.evidence], classes: new Map(open.classes) };
      for (const member of members) member.incident = own;
      copy.#open.add(own);
    }
    return copy;
  }

  /** Final attempts of its own location count, standard and confirm. */
  see(sample: Sample): void {
    if (!sample.final || sample.probeKind === 'feature' || sample.location !== this.#place.location) return;
    if (sample.dueAtMs > this.#momentMs) {
      this.#judge();
      this.#momentMs = sample.dueAtMs;
    }
    if (sample.probeKind === 'standard') this.#pace.see(sample.dueAtMs);
    if (sample.outcome === 'skipped') return;
    const member = this.#memberOf({ modelId: sample.modelId, provider: sample.providerName });
    member.standing.see(sample);
    if (member.standing.run === null) this.#troubled.delete(member);
    else this.#troubled.add(member);
    if (member.incident !== null) count(member.incident, member, sample);
  }

  /** Everything found, by start. */
  finish(nowMs: number): readonly FoundIncident[] {
    this.#judge();
    this.#momentMs = Math.max(this.#momentMs, nowMs);
    for (const open of this.#open) this.#closeWithoutData(open);
    return [...this.#ended, ...Array.from(this.#open, (open) => this.#found(open, null, null))].sort(
      (a, b) => a.startedAtMs - b.startedAtMs,
    );
  }

  #memberOf({ modelId, provider }: Endpoint): Member {
    let ofModel = this.#byModel.get(modelId);
    if (ofModel === undefined) {
      ofModel = new Map();
      this.#byModel.set(modelId, ofModel);
    }
    let member = ofModel.get(provider);
    if (member === undefined) {
      member = {
        endpoint: { modelId, provider },
        standing: new Standing(),
        incident: null,
        goodSince: 0,
      };
      ofModel.set(provider, member);
      this.#members.push(member);
    }
    return member;
  }

  /** All samples of a moment are in. */
  #judge(): void {
    for (const open of this.#open) this.#close(open);
    const news = this.#news();
    if (news.length === 0) return;
    const active = this.#members.filter(({ standing }) => this.#isRecent(standing));
    const all = (fault: Fault) => active.filter(({ standing }) => standing.run?.fault === fault);
    const isEverywhere = (fault: Fault) =>
      news.some((member) => faultOf(member) === fault) && all(fault).length >= SHARE_OF_ALL * active.length;
    // While we are offline nothing is known of anybody else.
    if (isEverywhere('prober')) {
      this.#openFault('outage', 'prober', 'us', null, all('prober'));
      return;
    }
    if (isEverywhere('router')) this.#openFault('outage', 'router', 'router', null, all('router'));
    for (const member of news) {
      const fault = faultOf(member);
      if (member.incident !== null || (fault !== 'target' && fault !== 'account')) continue;
      if (this.#join(member, fault)) continue;
      const { scope, members } = fault === 'target' ? this.#reachOf(member, active) : this.#refusalOf(member, active);
      this.#openFault(fault === 'target' ? 'outage' : 'account', fault, scope, member.endpoint, members);
    }
  }

  /** Who certainly has something that no incident tells of: by itself, or because others of its provider or model fail with it. */
  #news(): readonly Member[] {
    const free = [...this.#troubled].filter(({ incident }) => incident === null);
    // Who is down for certain makes a mishap of others no likelier to be one.
    const failing = free.filter(
      ({ standing: { run, isDown } }) => run!.fault === 'target' && run!.length >= 2 && !isDown,
    );
    const areOut = (together: readonly Member[]) => {
      const chances = together.map(({ standing }) => standing.chance(this.#momentMs));
      const all = chances.reduce((product, chance) => product * chance, 1);
      return together.length >= 2 && all < CHANCE_TOGETHER && all < CHANCE_OF_OTHERS * Math.min(...chances);
    };
    const isOutWithOthers = ({ endpoint: { modelId, provider } }: Member) =>
      areOut(failing.filter((other) => other.endpoint.provider === provider)) ||
      areOut(failing.filter((other) => other.endpoint.modelId === modelId));
    return free.filter(
      (member) => isSure(member) || (failing.length >= 2 && failing.includes(member) && isOutWithOthers(member)),
    );
  }

  #isRecent({ lastAtMs }: Standing): boolean {
    return lastAtMs !== null && lastAtMs > this.#momentMs - 1.5 * this.#pace.intervalMs;
  }

  /** Whether a member may be counted to something that begins with this one: it is in no incident, or in one that began with it. */
  #isFree({ incident }: Member, { standing }: Member): boolean {
    return incident === null || (incident.scope === 'endpoint' && this.#isNear(incident, standing.run!.startedAtMs));
  }

  #isNear({ startedAtMs }: { readonly startedAtMs: number }, atMs: number): boolean {
    return Math.abs(startedAtMs - atMs) <= 1.5 * this.#pace.intervalMs;
  }

  /** The four pieces of evidence: this endpoint, its provider's others, its model elsewhere, and everybody. */
  #reachOf(member: Member, active: readonly Member[]): Reach {
    const { endpoint } = member;
    const pool = active.filter((other) => {
      const { lastOutcome } = other.standing;
      return lastOutcome !== 'account_error' && lastOutcome !== 'prober_error' && this.#isFree(other, member);
    });
    const fails = ({ standing: { run } }: Member) => run?.fault === 'target' || run?.fault === 'router';
    const isSuspect = (other: Member) => faultOf(other) === 'router' || other.standing.isSuspect(this.#momentMs);
    const group = (scope: Scope, members: readonly Member[]): Reach | null => {
      const failing = members.filter(fails);
      const isOut = failing.length >= SHARE_OF_GROUP * members.length && failing.filter(isSuspect).length >= 2;
      return isOut ? { scope, members: failing } : null;
    };
    const everybody = pool.length >= 3 && spansSeveral(pool) ? group('router', pool) : null;
    if (everybody !== null) return everybody;
    const ofProvider = group(
      'provider',
      pool.filter((other) => other.endpoint.provider === endpoint.provider),
    );
    const ofModel = group(
      'model',
      pool.filter((other) => other.endpoint.modelId === endpoint.modelId),
    );
    if (ofProvider !== null && ofModel !== null)
      return ofModel.members.length > ofProvider.members.length ? ofModel : ofProvider;
    return ofProvider ?? ofModel ?? { scope: 'endpoint', members: [member] };
  }

  /** A token that others accept is refused by one; one that nobody accepts is our account's trouble. */
  #refusalOf(member: Member, active: readonly Member[]): Reach {
    const { endpoint } = member;
    const pool = active.filter((other) => faultOf(other) !== 'router' && faultOf(other) !== 'prober');
    const refuses = (other: Member) => faultOf(other) === 'account';
    const group = (scope: Scope, members: readonly Member[], least: number): Reach | null => {
      const refusing = members.filter(refuses);
      return members.length >= least && refusing.length >= SHARE_OF_GROUP * members.length
        ? { scope, members: refusing }
        : null;
    };
    return (
      group('us', pool, 1) ??
      group(
        'provider',
        pool.filter((other) => other.endpoint.provider === endpoint.provider),
        2,
      ) ??
      group(
        'model',
        pool.filter((other) => other.endpoint.modelId === endpoint.modelId),
        2,
      ) ?? {
        scope: 'endpoint',
        members: [member],
      }
    );
  }

  /** Takes it into what is open already and reaches it. */
  #join(member: Member, fault: Fault): boolean {
    const { endpoint, standing } = member;
    for (const open of this.#open) {
      const reaches =
        open.scope === 'router' ||
        open.scope === 'us' ||
        (open.scope === 'provider' && open.provider === endpoint.provider) ||
        (open.scope === 'model' && open.modelId === endpoint.modelId);
      const isSame = (open.fault === 'account') === (fault === 'account') && open.fault !== 'prober';
      if (!reaches || !isSame || standing.run!.startedAtMs < open.startedAtMs - 1.5 * this.#pace.intervalMs) continue;
      take(open, member);
      return true;
    }
    return false;
  }

  #openFault(kind: Kind, fault: Fault, scope: Scope, of: Endpoint | null, members: readonly Member[]): void {
    const free = members.filter(({ incident }) => incident === null);
    const startedAtMs = middle(free.map(({ standing }) => standing.run!.startedAtMs));
    const narrower = members.find(
      ({ incident }) => incident?.kind === kind && incident.scope === 'endpoint' && this.#isNear(incident, startedAtMs),
    )?.incident;
    const modelId = scope === 'endpoint' || scope === 'model' ? of!.modelId : null;
    const provider = scope === 'endpoint' || scope === 'provider' ? of!.provider : null;
    const open: OpenFault = {
      kind,
      fault,
      incidentId:
        narrower?.incidentId ?? idOfIncident(kind, scope, { modelId, provider }, this.#place.location, startedAtMs),
      scope,
      modelId,
      provider,
      members: new Set(),
      startedAtMs: narrower?.startedAtMs ?? startedAtMs,
      noticedAtMs: narrower?.noticedAtMs ?? this.#momentMs,
      evidence: narrower?.evidence ?? [],
      classes: narrower?.classes ?? new Map(),
      failures: narrower?.failures ?? 0,
      asked: narrower?.asked ?? 0,
    };
    if (narrower != null) {
      this.#open.delete(narrower);
      for (const member of narrower.members) {
        member.incident = open;
        open.members.add(member);
      }
    }
    for (const member of free) take(open, member);
    this.#open.add(open);
  }

  #close(open: OpenFault): void {
    const asked = [...open.members].filter(({ standing }) => this.#momentMs - standing.lastAtMs! < this.#noDataMs);
    if (asked.length === 0) {
      this.#closeWithoutData(open);
      return;
    }
    const well = asked.filter(({ standing }) => isOver(open, standing));
    if (well.length === 0 || well.length * 2 < asked.length) return;
    const backAtMs = middle(well.map(({ standing }) => (standing.oks > 0 ? standing.firstOkAtMs : standing.lastAtMs!)));
    const endedAtMs = Math.max(open.startedAtMs, backAtMs);
    // Some come back a little later than others; who stays away longer has an incident of its own.
    if (well.length < asked.length && this.#momentMs - endedAtMs < 2 * this.#pace.intervalMs) return;
    this.#end(open, endedAtMs, 'recovered');
  }

  get #noDataMs(): number {
    return Math.max(LEAST_NO_DATA_MS, 4 * this.#place.intervalMs);
  }

  #closeWithoutData(open: OpenFault): void {
    const lastAtMs = Math.max(...Array.from(open.members, ({ standing }) => standing.lastAtMs!));
    if (this.#momentMs - lastAtMs >= this.#noDataMs) this.#end(open, lastAtMs, 'no_data');
  }

  #end(open: OpenFault, endedAtMs: number, endReason: 'recovered' | 'no_data'): void {
    this.#open.delete(open);
    for (const member of open.members) {
      member.incident = null;
      if (endReason === 'no_data') this.#troubled.delete(member);
    }
    this.#ended.push(this.#found(open, endedAtMs, endReason));
  }

  #found(open: OpenFault, endedAtMs: number | null, endReason: FoundIncident['endReason']): FoundIncident {
    const { incidentId, kind, scope, modelId, provider, startedAtMs, noticedAtMs, evidence, failures, asked } = open;
    const endpoints = sortedEndpoints(Array.from(open.members, ({ endpoint }) => endpoint));
    const cause = mostSeen(open.classes);
    return {
      incidentId,
      kind,
      scope,
      modelId,
      provider,
      endpoints,
      location: this.#place.location,
      startedAtMs,
      noticedAtMs,
      endedAtMs,
      endReason,
      cause,
      says: saysOfFault({
        kind,
        scope,
        whom: whomOf(scope, { modelId, provider }),
        endpoints,
        cause,
        failures,
        n: asked,
        isOver: endedAtMs !== null,
      }),
      figures: { failures, n: asked },
      evidence: evidence.slice(0, MOST_EVIDENCE),
    };
  }
}

/** How far apart cycles are at a moment: the interval may have been another then. One long pause is no interval. */
class Pace {
  readonly #leastMs: number;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #gapMs = 0;
  #gapBeforeMs = 0;

  constructor(leastMs: number) {
    this.#leastMs = leastMs;
  }

  see(dueAtMs: number): void {
    if (dueAtMs <= this.#lastAtMs) return;
    this.#gapBeforeMs = this.#gapMs;
    this.#gapMs = dueAtMs - this.#lastAtMs;
    this.#lastAtMs = dueAtMs;
  }

  get intervalMs(): number {
    return Math.max(this.#leastMs, Math.min(this.#gapMs, this.#gapBeforeMs));
  }
}

interface Reach {
  readonly scope: Scope;
  readonly members: readonly Member[];
}

const faultOf = ({ standing }: Member) => standing.run?.fault ?? null;

/** Whether it is certain that there is something; a rate limit or one refusal is not. */
function isSure({ standing }: Member): boolean {
  return standing.run!.fault === 'target' ? standing.isDown : standing.run!.length >= 2;
}

function isOver({ fault }: OpenFault, { run, hasRecovered, isDown }: Standing): boolean {
  if (fault === 'prober' || fault === 'router') return run?.fault !== fault;
  return hasRecovered && !isDown;
}

function spansSeveral(members: readonly Member[]): boolean {
  return (
    new Set(members.map(({ endpoint }) => endpoint.provider)).size >= 2 &&
    new Set(members.map(({ endpoint }) => endpoint.modelId)).size >= 2
  );
}

/** The run that a member brings is part of it. */
function take(open: OpenFault, member: Member): void {
  const { run } = member.standing;
  member.incident = open;
  member.goodSince = 0;
  open.members.add(member);
  if (run === null) return;
  open.failures += run.length;
  open.asked += run.length;
  open.evidence.push(...run.evidence);
  for (const [errorClass, times] of run.classes)
    open.classes.set(errorClass, (open.classes.get(errorClass) ?? 0) + times);
}

function count(open: OpenFault, member: Member, { outcome, errorClass, attemptId }: Sample): void {
  const isFailure =
    open.kind === 'account' ? outcome === 'account_error' : outcome !== 'ok' && outcome !== 'rate_limited';
  if (!isFailure) {
    member.goodSince++;
    return;
  }
  open.asked += 1 + member.goodSince;
  member.goodSince = 0;
  open.failures++;
  if (open.evidence.length < MOST_EVIDENCE) open.evidence.push(attemptId);
  if (errorClass !== null) open.classes.set(errorClass, (open.classes.get(errorClass) ?? 0) + 1);
}

function mostSeen(classes: ReadonlyMap<ErrorClass, number>): ErrorClass | null {
  return [...classes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0] ?? null;
}

/** Few begin early or late by chance; of two, the earlier. */
const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]!;
