import { describe, expect, test } from 'bun:test';
import { alarmsOfIncidents, OVER_FOR_MS } from '../../src/alert/incident-alarms.ts';
import { INCIDENT_KINDS, type Incident, SCOPES } from '../../src/domain/incident.ts';
import { HOUR_MS, NOW_MS } from '../support/alarms.ts';

const anIncident = (overrides: Partial<Incident> = {}): Incident => ({
  ...{ incidentId: 'one', kind: 'outage', scope: 'provider', modelId: null, provider: 'groq', location: 'local' },
  endpoints: [{ modelId: 'acme/one', provider: 'groq' }],
  ...{ startedAtMs: NOW_MS - HOUR_MS, noticedAtMs: NOW_MS, endedAtMs: null, endReason: null, cause: 'http_5xx' },
  ...{ says: 'groq fails on 6 of 6 models.', figures: {}, evidence: [], acknowledged: null, silenced: null },
  ...overrides,
});
const alarmsOf = (overrides: Partial<Incident> = {}) => alarmsOfIncidents([anIncident(overrides)], NOW_MS);

describe('alarms of incidents', () => {
  test('one that lasts is an alarm under its own id, since it began', () => {
    expect(alarmsOf()).toEqual([
      {
        ...{ key: 'one', rule: 'outage', severity: 'critical', title: 'Outage: groq, all its models' },
        ...{ text: 'groq fails on 6 of 6 models.', sinceMs: NOW_MS - HOUR_MS, isOver: false },
        endpoints: [{ modelId: 'acme/one', provider: 'groq' }],
      },
    ]);
  });

  test('one that ended is over, and says how, for a week', () => {
    const endedAtMs = NOW_MS - OVER_FOR_MS;
    expect(alarmsOf({ endedAtMs, endReason: 'recovered' })).toMatchObject([
      { isOver: true, text: 'groq fails on 6 of 6 models. It is over.' },
    ]);
    expect(alarmsOf({ endedAtMs, endReason: 'no_data' })[0]!.text).toEndWith('Nobody asks any more.');
    expect(alarmsOf({ endedAtMs: endedAtMs - 1, endReason: 'recovered' })).toEqual([]);
  });

  test('a change that has become usual is no longer news', () => {
    expect(alarmsOf({ kind: 'change', endedAtMs: NOW_MS, endReason: 'new_normal' })).toEqual([]);
  });

  test('an acknowledged or silenced one gives none', () => {
    const remark = { atMs: NOW_MS, reason: 'we know' };
    expect([...alarmsOf({ acknowledged: remark }), ...alarmsOf({ silenced: remark })]).toEqual([]);
  });

  test('every kind and scope has words', () => {
    const whom = { modelId: 'acme/one', provider: 'groq' };
    const titles = SCOPES.map((scope) => alarmsOf({ ...whom, scope })[0]!.title);
    expect(titles).toEqual([
      'Outage: acme/one at groq',
      'Outage: groq, all its models',
      'Outage: acme/one at every provider',
      'Outage: everything behind the router',
      'Outage: our own side',
    ]);
    const severities = INCIDENT_KINDS.map((kind) => [
      kind,
      alarmsOf({ ...whom, kind, scope: 'endpoint' })[0]!.severity,
    ]);
    expect(Object.fromEntries(severities)).toEqual({
      ...{ outage: 'warning', slow: 'warning', change: 'info', different_model: 'warning' },
      ...{ feature_fails: 'info', account: 'critical' },
    });
  });
});
