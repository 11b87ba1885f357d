import type { Incident, Remark } from '../../src/domain/incident.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { ModelVerdict } from '../../src/domain/verdict.ts';
import type { AttemptReader, HistoryPoint, HourOfWeek, IncidentStore, Knowledge } from '../../src/ports.ts';
import { aComparison, aModelVerdict, aRecommendation, someChecks } from './verdict-builders.ts';

/** Verdicts laid down by a test. */
export class MemoryKnowledge implements Knowledge {
  models: readonly ModelVerdict[];
  points: readonly HistoryPoint[] = [
    { atMs: 1_785_000_000_000, spanMs: 3_600_000, n: 20, p10: 180, p50: 218, p90: null, ok: 20, targetErrors: 1 },
  ];
  hours: readonly HourOfWeek[] = [{ weekday: 5, hour: 11, n: 8, p50: 218 }];
  /** Known places, and the one that is asked. */
  places: readonly string[] = ['local'];
  here = 'local';
  /** Of any endpoint, from each place. */
  seen: ReturnType<Knowledge['fromPlaces']> = [];
  /** Of each provider, each day. */
  daily = { ok: 47, targetErrors: 1 };
  /** Each question in words, to see whether an answer was made anew. */
  readonly asked: string[] = [];
  readonly #nowMs: () => number;
  #revision = 1;

  constructor(nowMs: () => number, models: readonly ModelVerdict[] = [aModelVerdict()]) {
    this.#nowMs = nowMs;
    this.models = models;
  }

  /** Something new is known. */
  learn(models = this.models): void {
    this.models = models;
    this.#revision++;
  }

  revision = () => this.#revision;
  location = () => this.here;

  locations() {
    return this.places.map((location) => ({
      ...{ location, sinceMs: 1_785_000_000_000, lastAtMs: this.#nowMs(), samples: 48 },
    }));
  }

  from(location: string): MemoryKnowledge | null {
    if (!this.places.includes(location)) return null;
    return Object.assign(new MemoryKnowledge(this.#nowMs, this.models), {
      places: this.places,
      here: location,
      seen: this.seen,
    });
  }
  nowMs = () => this.#nowMs();

  board(hours = 24) {
    this.asked.push(hours === 24 ? 'board' : `board over ${hours} h`);
    return this.models;
  }

  model(modelId: string, { sinceMs, untilMs }: Parameters<Knowledge['model']>[1]) {
    this.asked.push(`model ${modelId} over ${(untilMs - sinceMs) / 3_600_000} h`);
    const found = this.models.find((model) => model.modelId === modelId);
    return found ? { ...found, sinceMs, untilMs } : null;
  }

  recommend(
    modelId: string,
    goal: Parameters<Knowledge['recommend']>[1],
    needs: Parameters<Knowledge['recommend']>[2],
  ) {
    this.asked.push(`recommend ${modelId} for ${goal} under ${JSON.stringify(needs)}`);
    return this.#knows(modelId) ? aRecommendation({ goal }) : null;
  }

  checks(endpoint: Parameters<Knowledge['checks']>[0]) {
    this.asked.push(`checks of ${endpoint.provider}`);
    return this.#knows(endpoint.modelId) ? someChecks() : null;
  }

  compare(...[a, b, metric]: Parameters<Knowledge['compare']>) {
    this.asked.push(`compare ${a.provider} with ${b.provider} by ${metric}`);
    return this.#knows(a.modelId) ? aComparison({ a, b, metric }) : null;
  }

  comparePlaces(...[endpoint, a, b, metric]: Parameters<Knowledge['comparePlaces']>) {
    this.asked.push(`compare ${endpoint.provider} from ${a} and ${b} by ${metric}`);
    const known = this.#knows(endpoint.modelId) && [a, b].includes('local');
    return known ? { ...aComparison({ metric }), ...endpoint, a, b } : null;
  }

  fromPlaces = () => this.seen;

  async history(...[endpoint, metric, , points]: Parameters<Knowledge['history']>) {
    this.asked.push(`history of ${endpoint.provider} by ${metric} in ${points} points`);
    return this.points;
  }

  async histories(...[modelId, metric, , points]: Parameters<Knowledge['histories']>) {
    this.asked.push(`histories of ${modelId} by ${metric} in ${points} points`);
    const endpoints = this.models.find((model) => model.modelId === modelId)?.endpoints ?? [];
    return new Map(endpoints.map(({ provider }) => [provider, this.points]));
  }

  async reliability() {
    this.asked.push('reliability');
    const untilMs = Date.parse('2026-08-02T00:00:00.000Z');
    const days = Array.from({ length: 90 }, (_, day) => ({ atMs: untilMs - (90 - day) * 86_400_000, ...this.daily }));
    const providers = this.models.flatMap(({ endpoints }) => endpoints.map(({ provider }) => provider));
    return new Map(providers.map((provider) => [provider, days]));
  }

  hoursOfWeek(...[endpoint, metric]: Parameters<Knowledge['hoursOfWeek']>) {
    this.asked.push(`hours of ${endpoint.provider} by ${metric}`);
    return this.hours;
  }

  #knows(modelId: string): boolean {
    return this.models.some((model) => model.modelId === modelId);
  }
}

/** Incidents in a list, newest first. */
export class MemoryIncidents implements Pick<IncidentStore, Exclude<keyof IncidentStore, 'saveIncidents'>> {
  list: Incident[];

  constructor(list: readonly Incident[]) {
    this.list = [...list];
  }

  async saveIncidents(): Promise<never> {
    throw new Error('the web saves no incident');
  }

  judgedUntilMs = async () => null;

  async incidents(query: Parameters<IncidentStore['incidents']>[0] = {}) {
    const { openOnly = false, modelId, provider, kind, location, limit = 100 } = query;
    const wanted = (incident: Incident) =>
      !(openOnly && incident.endedAtMs !== null) &&
      (modelId === undefined || incident.endpoints.some((endpoint) => endpoint.modelId === modelId)) &&
      (provider === undefined || incident.endpoints.some((endpoint) => endpoint.provider === provider)) &&
      (kind === undefined || incident.kind === kind) &&
      (location === undefined || incident.location === location);
    return this.list.filter(wanted).slice(0, limit);
  }

  async incident(incidentId: string) {
    return this.list.find((incident) => incident.incidentId === incidentId) ?? null;
  }

  async acknowledge(incidentId: string, acknowledged: Remark | null) {
    return this.#change(incidentId, { acknowledged });
  }

  async silence(incidentId: string, silenced: Remark | null) {
    return this.#change(incidentId, { silenced });
  }

  #change(incidentId: string, change: Partial<Incident>): boolean {
    const known = this.list.some((each) => each.incidentId === incidentId);
    this.list = this.list.map((each) => (each.incidentId === incidentId ? { ...each, ...change } : each));
    return known;
  }
}

/** Attempts in a list, in any order. */
export function memoryAttempts(records: readonly AttemptRecord[]): AttemptReader {
  const dueOf = ({ cycleTimestampIso }: AttemptRecord) => Date.parse(cycleTimestampIso);
  const newestFirst = records.toSorted((a, b) => dueOf(b) - dueOf(a) || (a.attemptId < b.attemptId ? 1 : -1));
  return {
    attempts: async ({ sinceMs, untilMs, modelId, provider, outcome, location, after, limit }) =>
      newestFirst
        .filter(
          (record) =>
            dueOf(record) >= sinceMs &&
            dueOf(record) < untilMs &&
            (modelId === undefined || record.modelId === modelId) &&
            (provider === undefined || record.providerName === provider) &&
            (outcome === undefined || record.outcome === outcome) &&
            (location === undefined || record.location === location) &&
            (after === undefined ||
              dueOf(record) < after.dueAtMs ||
              (dueOf(record) === after.dueAtMs && record.attemptId < after.attemptId)),
        )
        .slice(0, limit),
    extent: async () => ({
      attempts: records.length,
      firstDueAtMs: newestFirst.length === 0 ? null : dueOf(newestFirst.at(-1)!),
      lastDueAtMs: newestFirst.length === 0 ? null : dueOf(newestFirst[0]!),
    }),
    attempt: async (attemptId) => records.find((record) => record.attemptId === attemptId) ?? null,
  };
}
