import type { FoundIncident, IncidentKind } from '../../src/domain/incident.ts';
import type { Story } from '../../src/sim/story.ts';

/** What an incident is about, without its moments, figures and words. */
export type Outline = Pick<FoundIncident, 'kind' | 'scope' | 'provider' | 'modelId'>;

const KINDS = ['outage', 'slow', 'different_model', 'feature_fails'] as const satisfies readonly IncidentKind[];

/** The incidents that a tracker of a world with this story should tell of, by kind. */
export function plantedIn({ outage, slow, swapped, lie }: Story): readonly Outline[] {
  const whom = [{ provider: outage!.provider, modelId: null }, slow!, swapped!, lie!];
  const outlines = KINDS.map((kind, i): Outline => {
    const { provider, modelId } = whom[i]!;
    return { kind, scope: modelId === null ? 'provider' : 'endpoint', provider, modelId };
  });
  return byKind(outlines);
}

export const byKind = (outlines: readonly Outline[]): readonly Outline[] =>
  outlines
    .map(({ kind, scope, provider, modelId }) => ({ kind, scope, provider, modelId }))
    .toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
