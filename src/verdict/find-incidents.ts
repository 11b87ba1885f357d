import type { Endpoint, FoundIncident } from '../domain/incident.ts';
import type { Sample } from '../domain/sample.ts';
import type { FeatureVerdict, ModelFlag } from '../domain/verdict.ts';
import { saysOfFeature, saysOfShift } from './incident-words.ts';
import { endpointIncident } from './new-incident.ts';
import { OutageFinder } from './outages.ts';
import { reconciled } from './reconcile.ts';
import { LEVEL_METRICS, MOST_EVIDENCE, type Shift, type ShiftMetric, shiftsOf } from './shifts.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Whoever judges after every cycle hands over so many days of samples: less, and what is usual is known less well. */
export const LOOK_BACK_DAYS = 28;
const METRICS: readonly ShiftMetric[] = [...LEVEL_METRICS, 'priceUsdPerMtok', 'availability'];
/** A feature is asked for once a day. */
const LEAST_FEATURE_FAILURES = 3;
/** Answers of another length, and tokens that come otherwise, from about the day on which another model was seen are the same thing. */
const SAME_CHANGE_MS = 3 * DAY_MS;

export interface Evidence {
  /** Of all targets, from one location, oldest first; standard, confirm and, for the attempts that prove it, feature probes. */
  readonly samples: readonly Sample[];
  readonly flags: readonly (Endpoint & { readonly flags: readonly ModelFlag[] })[];
  readonly features: readonly (Endpoint & { readonly features: readonly FeatureVerdict[] })[];
  /** Incidents of this location that were open, or ended, in the window of the samples. */
  readonly known: readonly FoundIncident[];
  readonly location: string;
  readonly nowMs: number;
  readonly intervalMs: number;
  /** The last cycle that was judged before: what should have been noticed up to it and is not known is no news. Null: none was. */
  readonly judgedUntilMs: number | null;
}

/**
 * What happened, by start: everything found in the samples, under the id and the start under which it was known, and what was open and has
 * ended. The same samples give the same incidents, whether asked once or after every cycle.
 */
export function findIncidents(evidence: Evidence): readonly FoundIncident[] {
  const search = incidentSearch(evidence);
  for (;;) {
    const { done, value } = search.next();
    if (done === true) return value;
  }
}

/** So many samples are looked at in some ten milliseconds. */
const SAMPLES_AT_A_TIME = 10_000;

/** `findIncidents` step by step: in between others may have a turn. Of many targets it is seconds of work. */
export function* incidentSearch(evidence: Evidence): Generator<undefined, readonly FoundIncident[], undefined> {
  const { samples, location, nowMs, intervalMs } = evidence;
  const outages = new OutageFinder({ location, intervalMs });
  const series = new SeriesByEndpoint();
  for (const [at, sample] of samples.entries()) {
    if (at % SAMPLES_AT_A_TIME === SAMPLES_AT_A_TIME - 1) yield;
    if (sample.location !== location || !sample.final) continue;
    if (sample.probeKind !== 'feature') outages.see(sample);
    if (sample.probeKind === 'standard' && sample.attempt > 0) series.add(sample);
  }
  const lastAtMs = samples.at(-1)?.dueAtMs ?? nowMs;
  const models = otherModels(evidence, series, lastAtMs);
  const levels: FoundIncident[] = [];
  for (const { endpoint, finals } of series.all()) {
    yield;
    const shifts = METRICS.flatMap((metric) => shiftsOf(finals, metric, 'told'));
    const other = models.find((model) => model.modelId === endpoint.modelId && model.provider === endpoint.provider);
    levels.push(...levelIncidents(endpoint, shifts, location, other?.startedAtMs ?? null));
  }
  const found = [...outages.finish(nowMs), ...levels, ...models, ...failingFeatures(evidence, lastAtMs)];
  return reconciled(found, evidence).toSorted(
    (a, b) => a.startedAtMs - b.startedAtMs || (a.incidentId < b.incidentId ? -1 : 1),
  );
}

interface EndpointSeries {
  readonly endpoint: Endpoint;
  readonly finals: Sample[];
}

class SeriesByEndpoint {
  readonly #byModel = new Map<string, Map<string, EndpointSeries>>();

  add(sample: Sample): void {
    const { modelId, providerName: provider } = sample;
    const ofModel = this.#byModel.get(modelId) ?? new Map<string, EndpointSeries>();
    if (ofModel.size === 0) this.#byModel.set(modelId, ofModel);
    const series = ofModel.get(provider);
    if (series === undefined) ofModel.set(provider, { endpoint: { modelId, provider }, finals: [sample] });
    else series.finals.push(sample);
  }

  of({ modelId, provider }: Endpoint): readonly Sample[] {
    return this.#byModel.get(modelId)?.get(provider)?.finals ?? [];
  }

  all(): readonly EndpointSeries[] {
    return [...this.#byModel.values()].flatMap((ofModel) => [...ofModel.values()]);
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
function otherModels(
  { flags, location }: Evidence,
  series: SeriesByEndpoint,
  lastAtMs: number,
): readonly FoundIncident[] {
  return flags.flatMap(({ modelId, provider, flags: all }) => {
    const strong = all.filter(({ weight }) => weight === 'strong');
    if (strong.length === 0) return [];
    const finals = series.of({ modelId, provider });
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
function failingFeatures({ features, samples, location }: Evidence, lastAtMs: number): readonly FoundIncident[] {
  return features.flatMap(({ modelId, provider, features: all }) =>
    all.flatMap(({ feature, advertised, verdict, works, n, sinceMs }) => {
      const failures = n - works;
      if (verdict !== 'fails' || advertised !== true || works > 0 || failures < LEAST_FEATURE_FAILURES) return [];
      const shown = samples.filter(
        (sample) =>
          sample.probeKind === 'feature' &&
          sample.feature === feature &&
          sample.featureWorks === false &&
          sample.modelId === modelId &&
          sample.providerName === provider,
      );
      const endpoint = { modelId, provider };
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
