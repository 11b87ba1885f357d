import { describe, expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import { createMetrics } from '../../src/web/metrics.ts';
import { ROUTES } from '../../src/web/routes/all.ts';
import { aRecord } from '../support/builders.ts';
import { holdsFragment } from '../support/canary.ts';
import { aHealth, aModelVerdict, anIncident } from '../support/verdict-builders.ts';
import { ADMIN_TOKEN, EXAMPLES, openWeb, textOf } from './rig.ts';

const TOKEN = 'hf_CanaryBirdInTheMine0123456789';
const FOLDER = '/srv/keeper/tracker';
const MACHINE = 'build-box-seventeen.lan';
const PRIVATE = [TOKEN, ADMIN_TOKEN, FOLDER, MACHINE];
const redact = createRedactor([TOKEN, ADMIN_TOKEN], [FOLDER]);

/** Texts with a closed meaning, and those by which things are looked up. */
const LEFT_ALONE =
  /^(kind|scope|state|metric|feature|verdict|weight|claim|policy|unit|goal|better|endReason|modelId|provider|incidentId|attemptId|outcome|errorClass|errorPhase|probeKind|.*Iso)$/;

/** Everything told carries secrets: in each free text, and in fields that no schema knows. */
function poisoned<Value>(value: Value, key = ''): Value {
  if (typeof value === 'string') {
    return (LEFT_ALONE.test(key) ? value : `${value} ${TOKEN} ${FOLDER}/data/x.db`) as Value;
  }
  if (Array.isArray(value)) return value.map((item) => poisoned(item, key)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const more = key === 'figures' ? {} : { hfToken: TOKEN, adminToken: ADMIN_TOKEN, dataDir: FOLDER, hostname: MACHINE };
  const known = Object.entries(value).map(([name, item]) => [name, poisoned(item, name)]);
  return { ...more, ...Object.fromEntries(known) };
}

/** A row whose every free text, and whose names, hold secrets. */
const row = (overrides: Partial<AttemptRecord> = {}) => poisoned(aRecord({ attemptId: 'a1', ...overrides }));

function openPoisonedWeb() {
  const metrics = createMetrics(redact);
  metrics.observe({ ...row(), modelId: `acme/${TOKEN}`, providerName: `${FOLDER}/provider` });
  return openWeb({
    models: [poisoned(aModelVerdict())],
    incidents: [
      poisoned(anIncident({ acknowledged: { atMs: 0, reason: 'seen' }, silenced: { atMs: 0, reason: 'quiet' } })),
    ],
    records: [row({ cycleTimestampIso: '2026-08-01T11:30:00.000Z' })],
    health: poisoned(aHealth()),
    parts: { redact, metrics },
  });
}

const leaksIn = (text: string) => PRIVATE.filter((secret) => text.includes(secret) || holdsFragment(text, secret));

describe('what is public', () => {
  test('the canaries would be found: an unpoisoned look sees them', () => {
    expect(leaksIn(JSON.stringify(poisoned(aModelVerdict())))).toEqual(PRIVATE);
  });

  test('there is an example of every route that reads, and of no other', () => {
    expect(Object.keys(EXAMPLES).toSorted()).toEqual(
      ROUTES.filter(({ method }) => method === 'get')
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  test.each(Object.entries(EXAMPLES))('no secret, path or machine comes out by %s', async (_, path) => {
    const web = openPoisonedWeb();

    const response = await web.ask(path);
    const text = JSON.stringify([...response.headers]) + (await textOf(response));

    expect([path, response.status, leaksIn(text)]).toEqual([path, 200, []]);
    expect(web.log.of('a web answer failed')).toEqual([]);
  });

  test('whether alerts are silent is not public', async () => {
    const web = openPoisonedWeb();

    expect(await (await web.ask('/api/v1/incidents')).text()).not.toContain('quiet');
  });

  test('a fault of ours tells nothing but that it is one; the log has the rest', async () => {
    const fails = () => {
      throw new Error(`cannot open ${FOLDER}/x.db with ${TOKEN}`);
    };
    const web = openWeb({ parts: { health: fails, redact } });

    const response = await web.ask('/readyz');

    expect(response.status).toBe(500);
    expect(leaksIn(await response.text())).toEqual([]);
    expect(web.log.of('a web answer failed')).toHaveLength(1);
  });

  test.each([
    '/api/v1/models/%s/x',
    '/api/v1/attempts/%s',
    '/api/v1/now?%s=1',
    '/api/v1/targets?state=%s',
    '/providers/%s/incidents.atom',
    '/%s',
  ])('an error does not repeat what was asked: %s', async (path) => {
    const response = await openWeb().ask(path.replace('%s', TOKEN));

    expect([400, 404]).toContain(response.status);
    expect(leaksIn(await response.text())).toEqual([]);
  });

  test('there is no route outside the list, and each of the list is there', () => {
    const { app } = openWeb();
    const template = (path: string) =>
      path.replace(/:(\w+)(\{\[\^\/\]\+\\(\.\w+)\})?/g, (_, name, __, end = '') => `{${name}}${end}`);
    const served = app.routes.filter(({ path }) => path !== '/*').map(({ path }) => template(path));

    expect(new Set(served)).toEqual(new Set(ROUTES.map(({ path }) => path)));
  });

  test('no route takes a URL', () => {
    const names = ROUTES.flatMap(({ parameters, body }) => Object.keys({ ...parameters.shape, ...body?.shape }));

    expect(names.filter((name) => /url|uri|host|callback|target/i.test(name))).toEqual([]);
  });
});
