import type { Endpoint } from '../../domain/incident.ts';
import type { Knowledge } from '../../ports.ts';

/** What is down from one place and answers from another, in a sentence each. */
export const differing = (endpoints: readonly Endpoint[], knowledge: Pick<Knowledge, 'checks' | 'locations'>) =>
  knowledge.locations().length < 2
    ? []
    : endpoints.flatMap(({ modelId, provider }) => {
        const checks = knowledge.checks({ modelId, provider });
        const differs = checks?.finding === 'down_from_here' || checks?.finding === 'down_elsewhere';
        return differs ? [`${modelId} at ${provider}: ${checks.says}`] : [];
      });
