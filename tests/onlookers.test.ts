import { describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRedactor } from '../src/lib/redact.ts';
import { openOnlookers } from '../src/onlookers.ts';
import type { Question } from '../src/probe/types.ts';
import { openRig } from './daemon/rig.ts';
import { anExchange } from './support/builders.ts';
import { SetClock } from './support/set-clock.ts';
import { tempDir } from './support/temp-dir.ts';

const MINUTE_MS = 60_000;
const HALF_HOURLY = { SCHEDULE_INTERVAL_SECONDS: '1800', PUSH: 'off' };
const ADMIN_TOKEN = 'an-administrator-of-the-tests';

/** A port that nobody has at this moment. */
function freePort(): string {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  const { port } = server;
  server.stop(true);
  return String(port);
}

/** Somebody who is told of everything. */
function openHook() {
  const heard: string[] = [];
  let wake = () => {};
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      heard.push(await request.text());
      wake();
      return new Response('ok');
    },
  });
  return {
    url: server.url.href,
    heard,
    async heardTimes(count: number) {
      while (heard.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
    [Symbol.dispose]: () => server.stop(true),
  };
}

const isSlowOne = ({ url, body }: Question) => url.includes('one-slow') || body.includes('acme/one:slow');

interface Watched {
  readonly folder: string;
  readonly clock?: SetClock;
  readonly environment?: Readonly<Record<string, string>>;
  readonly isDown?: () => boolean;
  /** Hides what is ours alone. */
  readonly redactTold?: (text: string) => string;
}

/** The daemon with all that looks on; one of its three targets is down as long as `isDown` says so. */
async function openWatched({
  folder,
  clock = new SetClock(),
  environment,
  isDown = () => false,
  redactTold = (text) => text,
}: Watched) {
  const exchange = async (question: Question) => {
    const status = isDown() && isSlowOne(question) ? { status: 400 } : {};
    return anExchange({ requestStartAtMs: clock.nowMs(), ...status });
  };
  const rig = openRig({ folder, clock, exchange, environment: { ...HALF_HOURLY, PORT: freePort(), ...environment } });
  const onlookers = await openOnlookers(
    { ...rig.parts, fetch },
    { redact: createRedactor(rig.parts.config.secrets), redactTold },
  );
  return {
    rig,
    clock,
    async run(cycles: number) {
      await clock.passUntil(rig.run(onlookers.watcher, cycles));
      await onlookers.settled();
    },
    get: async (path: string) => (await fetch(`${onlookers.web!.url}${path}`)).json(),
    onlookers,
    async [Symbol.asyncDispose]() {
      await onlookers[Symbol.asyncDispose]();
      rig[Symbol.dispose]();
    },
  };
}

describe('what looks on', () => {
  test('finds an outage, keeps it, shows it and tells it, and later that it is over', async () => {
    using folder = tempDir();
    using hook = openHook();
    const alertsPath = join(folder.path, 'alerts.json');
    const channels = { team: { type: 'slack', urlFrom: 'ALERT_TEAM_URL' } };
    writeFileSync(alertsPath, JSON.stringify({ channels }));
    const environment = { ALERTS_PATH: alertsPath, ALERT_TEAM_URL: hook.url };
    let isDown = false;
    const redactTold = (text: string) => text.replaceAll('HTTP 4xx', '[MASKED]');
    await using watched = await openWatched({ folder: folder.path, environment, isDown: () => isDown, redactTold });
    const { rig, clock } = watched;

    await watched.run(3);
    expect(await watched.get('/api/v1/incidents')).toMatchObject({ incidents: [] });

    isDown = true;
    await watched.run(2);
    const [outage, ...others] = await rig.parts.store.incidents();
    expect(others).toEqual([]);
    expect(outage).toMatchObject({ kind: 'outage', endpoints: [{ modelId: 'acme/one', provider: 'slow' }] });
    expect(outage!.endedAtMs).toBeNull();
    expect(await watched.get('/api/v1/incidents?open=true')).toMatchObject({
      incidents: [{ incident_id: outage!.incidentId, ended_at: null }],
    });
    const now = JSON.stringify(await watched.get('/api/v1/now'));
    expect(now).toContain('"down"');

    await clock.passUntil(hook.heardTimes(1));
    expect(hook.heard[0]).toContain('acme/one at slow');
    expect(hook.heard[0]).toContain('([MASKED])');

    isDown = false;
    await watched.run(2);
    expect((await rig.parts.store.incidents())[0]).toMatchObject({
      incidentId: outage!.incidentId,
      endReason: 'recovered',
    });
    await clock.passUntil(hook.heardTimes(2));
    expect(hook.heard[1]).toContain('It is over.');
    expect(hook.heard.join()).not.toContain(rig.parts.config.probe.token);
  });

  test('knows after a restart what it knew before', async () => {
    using folder = tempDir();
    const clock = new SetClock();
    const before = { folder: folder.path, clock, isDown: () => true };
    {
      await using watched = await openWatched(before);
      await watched.run(3);
    }
    await using watched = await openWatched(before);
    const { incidents } = (await watched.get('/api/v1/incidents')) as { incidents: unknown[] };
    expect(incidents).toHaveLength(1);
    const models = (await watched.get('/api/v1/models')) as { models: { model: string }[] };
    expect(JSON.stringify(models)).toContain('acme/one');
    await watched.run(1);
    expect(await watched.rig.parts.store.incidents()).toHaveLength(1);
  });

  test('reaches no cycle with a fault of its own, and says it', async () => {
    using folder = tempDir();
    await using watched = await openWatched({ folder: folder.path });
    const { rig } = watched;
    rig.parts.store.saveIncidents = () => {
      throw new Error('an incident too many');
    };
    await watched.run(2);
    expect(await rig.records()).toHaveLength(6);
    await watched.onlookers[Symbol.asyncDispose]();
    expect(JSON.stringify(rig.log.lines)).toContain('incidents could not be judged; probing goes on');
  });

  test('lets an administrator have a target asked at once, and nobody else', async () => {
    using folder = tempDir();
    await using watched = await openWatched({ folder: folder.path, environment: { ADMIN_TOKEN } });
    const { rig, clock, onlookers } = watched;
    const post = (token: string, provider: string) =>
      fetch(`${onlookers.web!.url}/api/v1/admin/probes`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}` },
        body: JSON.stringify({ model: 'acme/one', provider }),
      });
    const run = rig.run(onlookers.watcher);
    await clock.advance(MINUTE_MS);
    const before = rig.asked.length;
    expect((await post('somebody-else-of-the-tests', 'slow')).status).toBe(401);
    expect((await post(ADMIN_TOKEN, 'nobody')).status).toBe(404);
    expect(rig.asked).toHaveLength(before);
    expect((await post(ADMIN_TOKEN, 'slow')).status).toBe(202);
    await clock.advance(1000);
    expect(rig.asked.length).toBe(before + 1);
    expect((await rig.records()).at(-1)).toMatchObject({ probeKind: 'confirm', providerName: 'slow' });
    rig.stop();
    await clock.passUntil(run);
  });
});
