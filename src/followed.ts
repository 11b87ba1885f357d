import type { Recent } from './recent.ts';
import { EndpointSeries } from './verdict/endpoint-series.ts';

/** The recent samples of every target as series that go on: a new sample is one step, and not a walk through thirty days. */
export interface Followed {
  /** By provider, up to now. */
  of(modelId: string): ReadonlyMap<string, EndpointSeries>;
}

export function createFollowed(recent: Recent): Followed {
  const kept = new Map<string, ReadonlyMap<string, EndpointSeries>>();
  return {
    of(modelId) {
      const before = kept.get(modelId);
      const now = new Map<string, EndpointSeries>();
      for (const [provider, samples] of recent.byProvider(modelId)) {
        let series = before?.get(provider);
        // Old samples went, or a late one came between: rare, and nothing that goes forwards can take it back.
        if (series === undefined || !series.isBeginOf(samples)) series = new EndpointSeries(samples);
        else series.seeRest(samples);
        now.set(provider, series);
      }
      kept.set(modelId, now);
      return now;
    },
  };
}
