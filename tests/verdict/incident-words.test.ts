import { expect, test } from 'bun:test';
import type { IncidentKind, Scope } from '../../src/domain/incident.ts';
import { over } from '../../src/verdict/incident-words.ts';
import { aFoundIncident } from '../support/builders.ts';

test.each<[IncidentKind, Scope, string]>([
  ['outage', 'endpoint', 'acme/A at cobalt was down. 4 of 5 requests failed (HTTP 5xx).'],
  ['outage', 'provider', 'cobalt was down on 1 of its models. 4 of 5 requests failed (HTTP 5xx).'],
  [
    'outage',
    'router',
    'The router was down: 1 target behind it could not be reached. 4 of 5 requests failed (HTTP 5xx).',
  ],
  ['outage', 'us', 'We may have been offline: 1 target could not be asked. 4 of 5 requests failed (HTTP 5xx).'],
  [
    'account',
    'us',
    'Our account, not them: every provider refused us on 1 target. 4 of 5 requests were refused (HTTP 5xx).',
  ],
])('an incident (%s, %s) that is over is told in the past', (kind, scope, says) => {
  const incident = aFoundIncident({
    ...{ kind, scope, modelId: 'acme/A', provider: 'cobalt', endpoints: [{ modelId: 'acme/A', provider: 'cobalt' }] },
    ...{ endedAtMs: null, endReason: null, cause: 'http_5xx', says: 'as it was told', figures: { failures: 4, n: 5 } },
  });

  expect(over(incident, 7, 'recovered')).toEqual({ ...incident, endedAtMs: 7, endReason: 'recovered', says });
});

test('what changed is told in the past already', () => {
  const incident = aFoundIncident({ kind: 'change', says: 'First token went up.', figures: { ratio: 1.5 } });

  expect(over(incident, 7, 'new_normal').says).toBe('First token went up.');
});
