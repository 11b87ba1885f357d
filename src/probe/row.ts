import { attemptId } from '../domain/ids.ts';
import type { ProbeKind } from '../domain/probe-kind.ts';
import { COLUMN_NAMES, COLUMNS, SCHEMA_VERSION } from '../domain/record.ts';
import type { ProbeSettings } from '../domain/settings.ts';
import type { Cycle, Identity, PlannedProbe, Target } from '../domain/types.ts';
import type { Redact } from '../lib/redact.ts';
import { questionIdOf } from './wording.ts';

/** What every row of a running program shares. */
export interface Frame {
  readonly identity: Identity;
  readonly settings: Pick<ProbeSettings, 'prompt' | 'expected' | 'maxTokens' | 'mode'>;
  readonly redact: Redact;
}

type NullableColumn = {
  [Name in keyof typeof COLUMNS]: (typeof COLUMNS)[Name]['nullable'] extends true ? Name : never;
}[keyof typeof COLUMNS];

/** Every column that may be unknown, unknown. */
export const UNKNOWN = Object.fromEntries(
  COLUMN_NAMES.filter((name) => COLUMNS[name].nullable).map((name) => [name, null]),
) as { readonly [Name in NullableColumn]: null };

export function framedBy({ identity, settings }: Omit<Frame, 'redact'>, kind: ProbeKind) {
  const { writer, location, trackerVersion } = identity;
  return {
    ...{ schemaVersion: SCHEMA_VERSION, trackerVersion, writer, location, probeKind: kind.name },
    questionId: questionIdOf(kind, settings),
    feature: kind.name === 'feature' ? kind.feature : null,
  };
}

export function identified(cycle: Cycle, probe: string, attempt: number) {
  return {
    cycleTimestampIso: iso(cycle.dueAtMs),
    cycleId: cycle.cycleId,
    probeId: probe,
    attemptId: attemptId(probe, attempt),
    attempt,
  };
}

export function plannedAs({ cycle, probeId, target, scheduledAtMs }: PlannedProbe, attempt: number) {
  return {
    ...identified(cycle, probeId, attempt),
    scheduledAtIso: iso(scheduledAtMs),
    modelId: target.modelId,
    providerName: target.provider,
    providerModelId: target.providerModelId,
  };
}

/** What the catalogue said of the target in this cycle. */
export function catalogued(target: Target) {
  return {
    priceInputUsdPerMtok: target.priceInputUsdPerMtok,
    priceOutputUsdPerMtok: target.priceOutputUsdPerMtok,
    claimedTtftMs: target.claimedTtftMs,
    claimedTps: target.claimedTps,
    contextLength: target.contextLength,
    supportsTools: target.supportsTools,
    supportsStructuredOutput: target.supportsStructuredOutput,
    trendingRank: target.trendingRank,
  };
}

export const iso = (unixMs: number) => new Date(unixMs).toISOString();
