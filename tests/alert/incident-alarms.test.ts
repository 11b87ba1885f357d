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

describe('alarms of what several places see', () => {
  const seenFrom = (location: string, overrides: Partial<Incident> = {}) =>
    anIncident({ incidentId: `of ${location}`, location, says: `From ${location}: groq is down.`, ...overrides });
  const alarms = (incidents: readonly Incident[], quorum: number, looking: readonly string[]) =>
    alarmsOfIncidents(incidents, NOW_MS, { quorum, placesLookingAt: () => looking });
  const later = { startedAtMs: NOW_MS - HOUR_MS / 2 };

  test('are one alarm, under the id of who saw it first', () => {
    expect(alarms([seenFrom('us', later), seenFrom('eu')], 1, ['eu', 'us'])).toMatchObject([
      {
        ...{ key: 'of eu', title: 'Outage: groq, all its models', severity: 'critical', isOver: false },
        ...{ text: 'From eu: groq is down. Seen from eu and us.', sinceMs: NOW_MS - HOUR_MS },
      },
    ]);
  });

  test('what one place sees and another does not is told as such, and is not critical', () => {
    expect(alarms([seenFrom('eu')], 1, ['eu', 'us'])).toMatchObject([
      {
        ...{ title: 'Outage: groq, all its models, from eu alone', severity: 'warning', isOver: false },
        text: 'From eu: groq is down. Seen from eu, not from us.',
      },
    ]);
  });

  test('with a quorum of two begin when the second place sees it, and are over when only one still does', () => {
    const looking = ['eu', 'us'];
    expect(alarms([seenFrom('eu')], 2, looking)).toMatchObject([{ isOver: true }]);
    expect(alarms([seenFrom('eu'), seenFrom('us', later)], 2, looking)).toMatchObject([
      { isOver: false, sinceMs: later.startedAtMs },
    ]);
    const ended = { endedAtMs: NOW_MS, endReason: 'recovered' } as const;
    expect(alarms([seenFrom('eu', ended), seenFrom('us', later)], 2, looking)).toMatchObject([
      { key: 'of eu', isOver: true, text: 'From us: groq is down. Only us sees it now.' },
    ]);
  });

  test('where fewer look than the quorum, all who look decide: a place that sleeps silences nobody', () => {
    expect(alarms([seenFrom('eu')], 2, ['eu'])).toMatchObject([{ isOver: false, severity: 'critical' }]);
    expect(alarms([seenFrom('eu')], 3, ['eu', 'us'])).toMatchObject([{ isOver: true }]);
  });

  test('that a place is offline is its own affair: no quorum, and nobody else has the same', () => {
    const offline = { scope: 'us', provider: null } as const;
    const all = alarms([seenFrom('eu', offline), seenFrom('us', offline)], 2, ['eu', 'us']);
    expect(all.map(({ key, isOver, severity }) => [key, isOver, severity])).toEqual([
      ['of eu', false, 'critical'],
      ['of us', false, 'critical'],
    ]);
  });

  test('two things of one place stay two, and other endpoints are another thing', () => {
    const other = { incidentId: 'b', endpoints: [{ modelId: 'acme/two', provider: 'lime' }], provider: 'lime' };
    expect(alarms([seenFrom('eu'), seenFrom('us', other)], 1, [])).toHaveLength(2);
    const change = { kind: 'change', cause: 'ttftMs', startedAtMs: NOW_MS - 2 * 24 * HOUR_MS } as const;
    const again = { ...change, startedAtMs: NOW_MS, incidentId: 'again' };
    const all = alarms([seenFrom('eu', change), seenFrom('us', change), seenFrom('eu', again)], 1, []);
    expect(all.map(({ key }) => key)).toEqual(['of eu', 'again']);
  });

  test('who acknowledged it at one place has acknowledged it', () => {
    const acknowledged = { atMs: NOW_MS, reason: 'we know' };
    expect(alarms([seenFrom('eu', { acknowledged }), seenFrom('us', later)], 1, ['eu', 'us'])).toEqual([]);
  });
});
