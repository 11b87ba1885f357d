/** What may happen to a target, a provider, a model, or to us. */
export const INCIDENT_KINDS = ['outage', 'slow', 'change', 'different_model', 'feature_fails', 'account'] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** How far it reaches: one endpoint, all of a provider, a model at every provider, everything behind the router, or only us. */
export const SCOPES = ['endpoint', 'provider', 'model', 'router', 'us'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Endpoint {
  readonly modelId: string;
  readonly provider: string;
}

/** One thing that happened, told once however many targets show it. Kept for ever. */
export interface Incident {
  /** hash(kind, scope, whom, start): found again, it is the same. */
  readonly incidentId: string;
  readonly kind: IncidentKind;
  readonly scope: Scope;
  /** Null where it is of no single model. */
  readonly modelId: string | null;
  /** Null where it is of no single provider. */
  readonly provider: string | null;
  /** Whoever shows it, in alphabetical order. */
  readonly endpoints: readonly Endpoint[];
  readonly location: string;
  /** Unix ms: due time of the first sample that shows it. */
  readonly startedAtMs: number;
  /** Due time of the sample with which it was certain enough to be said. */
  readonly noticedAtMs: number;
  /** Due time of the first sample that shows it no more; null while it lasts. */
  readonly endedAtMs: number | null;
  /** `new_normal`: the level stayed, and is what is usual now. `no_data`: nobody asks any more. Null while it lasts. */
  readonly endReason: 'recovered' | 'new_normal' | 'no_data' | null;
  /** The `error_class` seen most, the metric that changed, the feature that fails; null where there is no single one. */
  readonly cause: string | null;
  /** One sentence: who, what, how much. No time in it: the moments above are for the reader's own words. */
  readonly says: string;
  /** Figures behind the sentence, by name with unit: `ratio`, `low`, `high`, `failures`, `n`. */
  readonly figures: Readonly<Record<string, number>>;
  /** Attempts that prove it, oldest first, at most 50. */
  readonly evidence: readonly string[];
  readonly acknowledged: Remark | null;
  /** No alert is sent about it any more. */
  readonly silenced: Remark | null;
}

/** What is said of an incident where several places ask: what one sees is not what all see. */
export const saidFrom = (location: string, says: string) => `From ${location}: ${says}`;
export const saysFromWhere = ({ location, says }: Pick<Incident, 'location' | 'says'>) =>
  says.startsWith(saidFrom(location, ''));

/** What an operator said of an incident. */
export interface Remark {
  readonly atMs: number;
  readonly reason: string;
}

/** What the samples tell; what people say of it is kept beside. */
export type FoundIncident = Omit<Incident, 'acknowledged' | 'silenced'>;
