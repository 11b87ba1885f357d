import { type Endpoint, type FoundIncident, saidFrom } from '../domain/incident.ts';
import type { Sample } from '../domain/sample.ts';
import { DAY_MS } from '../domain/utc-day.ts';
import type { FeatureVerdict, ModelFlag } from '../domain/verdict.ts';
import { isStandardFinal } from './changes.ts';
import { saysOfFeature, saysOfShift } from './incident-words.ts';
import { endpointIncident } from './new-incident.ts';
import { OutageFinder } from './outages.ts';
import { reconciled } from './reconcile.ts';
import { ShiftFinder } from './shift-finder.ts';
import { MOST_EVIDENCE, type Shift } from './shifts.ts';

/** Whoever judges after every cycle hands over so many days of samples: less, and what is usual is known less well. */
export const LOOK_BACK_DAYS = 28;
/** A feature is asked for once a day. */
const LEAST_FEATURE_FAILURES = 3;
/** Answers of another length, and tokens that come otherwise, from about the day on which another model was seen are the same thing. */
const SAME_CHANGE_MS = 3 * DAY_MS;

export interface Evidence extends Noticed {
  /** Of all targets, from one location, oldest first; standard, confirm and, for the attempts that prove it, feature probes. */
  readonly samples: readonly Sample[];
  /** Those of one target, where they are at hand. */
  readonly samplesOf?: (endpoint: Endpoint) => readonly Sample[];
  readonly location: string;
  /** Whether others look from elsewhere: then each incident says from where it is seen. */
  readonly isOneOfSeveral?: boolean;
}

const ofTarget = ({ samples, samplesOf }: Pick<Evidence, 'samples' | 'samplesOf'>, endpoint: Endpoint) =>
  samplesOf?.(endpoint) ??
  samples.filter(({ modelId, providerName }) => modelId === endpoint.modelId && providerName === endpoint.provider);

/** What others found, and what was known before. */
interface Noticed {
  readonly flags: readonly (Endpoint & { readonly flags: readonly ModelFlag[] })[];
  readonly features: readonly (Endpoint & { readonly features: readonly FeatureVerdict[] })[];
  /** Incidents of this location that were open, or ended, in the window of the samples. */
  readonly known: readonly FoundIncident[];
  readonly nowMs: number;
  readonly intervalMs: number;
  /** The last cycle that was judged before: what should have been noticed up to it and is not known is no news. Null: none was. */
  readonly judgedUntilMs: number | null;
}

/** Shifts of one target, as they are told. */
export type TargetShifts = Endpoint & { readonly shifts: readonly Shift[] };

/**
 * What happened, by start: everything found in the samples, under the id and the start under which it was known, and what was open and has
 * ended. The same samples give the same incidents, whether asked once or after every cycle.
 */
export function findIncidents(evidence: Evidence): readonly FoundIncident[] {
  const { samples, location, nowMs, intervalMs } = evidence;
  const outages = new OutageFinder({ location, intervalMs });
  const shifts = new ShiftsByTarget(location);
  for (const sample of samples) {
    outages.see(sample);
    shifts.see(sample);
  }
  return incidentsOf({ ...evidence, outages: outages.finish(nowMs), shifts: [...shifts.told()] });
}

/** The same, where outages and shifts were looked for already. */
export function incidentsOf(
  evidence: Evidence & { readonly outages: readonly FoundIncident[]; readonly shifts: readonly TargetShifts[] },
): readonly FoundIncident[] {
  const { samples, location, nowMs, outages } = evidence;
  const lastAtMs = samples.at(-1)?.dueAtMs ?? nowMs;
  const models = otherModels(evidence, lastAtMs);
  const levels = evidence.shifts.flatMap(({ modelId, provider, shifts }) => {
    if (shifts.length === 0) return [];
    const other = models.find((model) => model.modelId === modelId && model.provider === provider);
    return levelIncidents({ modelId, provider }, shifts, location, other?.startedAtMs ?? null);
  });
  const all = [...outages, ...levels, ...models, ...failingFeatures(evidence, lastAtMs)];
  const found = evidence.isOneOfSeveral
    ? all.map((incident) => ({ ...incident, says: saidFrom(location, incident.says) }))
    : all;
  return reconciled(found, evidence).toSorted(
    (a, b) => a.startedAtMs - b.startedAtMs || (a.incidentId < b.incidentId ? -1 : 1),
  );
}

/** Shifts of every target while samples go by, oldest first. */
export class ShiftsByTarget {
  readonly #location: string;
  readonly #byModel = new Map<string, Map<string, ShiftFinder>>();

  constructor(location: string) {
    this.#location = location;
  }

  see(sample: Sample): void {
    if (!isStandardFinal(sample) || sample.location !== this.#location) return;
    const { modelId, providerName } = sample;
    const ofModel = this.#byModel.get(modelId) ?? new Map<string, ShiftFinder>();
    if (ofModel.size === 0) this.#byModel.set(modelId, ofModel);
    const finder = ofModel.get(providerName) ?? new ShiftFinder();
    if (!ofModel.has(providerName)) ofModel.set(providerName, finder);
    finder.see(sample);
  }

  /** One target at a time, which is when its series is walked. */
  *told(): Generator<TargetShifts> {
    for (const [modelId, ofModel] of this.#byModel)
      for (const [provider, finder] of ofModel) yield { modelId, provider, shifts: finder.shifts('told') };
  }
}

/** A slower first token and slower tokens at the same time are one slowdown. */
function levelIncidents(
  endpoint: Endpoint,
  shifts: readonly Shift[],
  location: string,
  otherModelAtMs: number | null,
): readonly FoundIncident[] {
  const slow: FoundIncident[] = [];
  const changes: FoundIncident[] = [];
  for (const shift of shifts.toSorted((a, b) => a.noticedAtMs - b.noticedAtMs)) {
    const { metric, startedAtMs, noticedAtMs, endedAtMs, endReason, ratio, low, high, from, to } = shift;
    const isSlower = (metric === 'ttftMs' || metric === 'tpotMs') && ratio > 1;
    const isOfAnswers = metric === 'completionTokens' || (metric === 'tpotMs' && !isSlower);
    if (isOfAnswers && otherModelAtMs !== null && Math.abs(startedAtMs - otherModelAtMs) <= SAME_CHANGE_MS) continue;
    const last = slow.at(-1);
    if (isSlower && last !== undefined && (last.endedAtMs === null || last.endedAtMs > startedAtMs)) {
      slow[slow.length - 1] = later(last, { endedAtMs, endReason });
      continue;
    }
    const incident = endpointIncident(isSlower ? 'slow' : 'change', endpoint, location, {
      startedAtMs,
      noticedAtMs,
      cause: metric,
      says: saysOfShift(endpoint, shift),
      figures: { ratio, low, high, from, to, before: shift.before, since: shift.since },
      evidence: shift.evidence,
    });
    (isSlower ? slow : changes).push({ ...incident, endedAtMs, endReason });
  }
  return [...slow, ...changes];
}

/** It lasts as long as one of the two does. */
function later(incident: FoundIncident, other: Pick<FoundIncident, 'endedAtMs' | 'endReason'>): FoundIncident {
  if (incident.endedAtMs === null || (other.endedAtMs !== null && other.endedAtMs <= incident.endedAtMs))
    return incident;
  return { ...incident, ...other };
}

/** Strong flags of an endpoint are one incident. */
function otherModels(evidence: Evidence, lastAtMs: number): readonly FoundIncident[] {
  const { flags, location } = evidence;
  return flags.flatMap(({ modelId, provider, flags: all }) => {
    const strong = all.filter(({ weight }) => weight === 'strong');
    if (strong.length === 0) return [];
    const finals = ofTarget(evidence, { modelId, provider }).filter(
      (sample) => sample.location === location && isStandardFinal(sample),
    );
    const firstAtMs = finals[0]?.dueAtMs ?? lastAtMs;
    const startedAtMs = Math.min(lastAtMs, ...strong.map(({ atMs, sinceMs }) => atMs ?? Math.max(sinceMs, firstAtMs)));
    const shown = finals.filter(({ dueAtMs, outcome }) => dueAtMs >= startedAtMs && outcome === 'ok');
    return [
      endpointIncident('different_model', { modelId, provider }, location, {
        startedAtMs,
        noticedAtMs: lastAtMs,
        cause: strong.length === 1 ? strong[0]!.kind : null,
        says: `${modelId} at ${provider} may be another model, or set up otherwise: ${strong.map(({ says }) => says).join(' ')}`,
        figures: { flags: strong.length, n: Math.max(...strong.map(({ n }) => n)) },
        evidence: shown.slice(0, MOST_EVIDENCE).map(({ attemptId }) => attemptId),
      }),
    ];
  });
}

/** Advertised, asked for on three days or more, and never there. */
function failingFeatures(evidence: Evidence, lastAtMs: number): readonly FoundIncident[] {
  const { features, location } = evidence;
  return features.flatMap(({ modelId, provider, features: all }) =>
    all.flatMap(({ feature, advertised, verdict, works, n, sinceMs }) => {
      const failures = n - works;
      if (verdict !== 'fails' || advertised !== true || works > 0 || failures < LEAST_FEATURE_FAILURES) return [];
      const endpoint = { modelId, provider };
      const shown = ofTarget(evidence, endpoint).filter(
        (sample) => sample.probeKind === 'feature' && sample.feature === feature && sample.featureWorks === false,
      );
      const incident = endpointIncident('feature_fails', endpoint, location, {
        startedAtMs: Math.min(lastAtMs, shown[0]?.dueAtMs ?? sinceMs),
        noticedAtMs: lastAtMs,
        cause: feature,
        says: saysOfFeature(endpoint, feature, failures, n),
        figures: { failures, n },
        evidence: shown.slice(0, MOST_EVIDENCE).map(({ attemptId }) => attemptId),
      });
      return [incident];
    }),
  );
}
