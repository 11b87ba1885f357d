import { describe, expect, test } from 'bun:test';
import { createAlerting } from '../src/alerts.ts';
import { createRedactor } from '../src/lib/redact.ts';
import { secretsInUrl } from '../src/lib/secrets-in-url.ts';
import { bodyOf } from './contract/alert-channel.ts';
import { sqlitePlace } from './store/sqlite-place.ts';
import { aChannel, alertSettings, anAlarm, HOUR_MS, NOW_MS } from './support/alarms.ts';
import { holdsFragment } from './support/canary.ts';
import { recordingLog } from './support/log.ts';
import { startRawServer } from './support/raw-server.ts';
import { SetClock } from './support/set-clock.ts';

const TOKEN = 'hf_QzXwVyUtSrPoNmLkJiHgFeDcBa90817263';
const PATH = 'Kq7RtvX2mPzW9sLdYc4B';
const TAKEN = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const ERROR = `HTTP/1.1 500 No\r\ncontent-length: ${PATH.length + TOKEN.length}\r\n\r\n${PATH}${TOKEN}`;

/** Somebody at a Slack hook, and alerts to tell them; the same place again is a restart. */
async function openAlerts(answer: () => string = () => TAKEN) {
  const place = sqlitePlace();
  const clock = new SetClock(NOW_MS);
  const log = recordingLog();
  const heard: unknown[] = [];
  const watchers: (() => void)[] = [];
  const server = await startRawServer(async (connection) => {
    heard.push(bodyOf(await connection.request()));
    await connection.write(answer());
    for (const watcher of watchers.splice(0)) watcher();
  });
  const url = new URL(`${server.origin}/services/${PATH}`);
  const alerts = alertSettings({ outage: { settleMinutes: 0 } }, [aChannel({ url: url.href })]);
  const config = { alerts, secrets: [TOKEN], alertSecrets: secretsInUrl(url) };
  return {
    ...{ clock, log, heard, place },
    start() {
      const store = place.open();
      const alerting = createAlerting({ config, store, fetch, redact: createRedactor([TOKEN]), clock, log });
      return {
        ...{ store, turn: alerting.turn },
        async [Symbol.asyncDispose]() {
          await alerting[Symbol.asyncDispose]();
          store[Symbol.dispose]();
        },
      };
    },
    titles: () => heard.map((body) => (body as { text: string }).text),
    /** Resolves once that many messages were heard in all. */
    async hear(count: number) {
      while (heard.length < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        watchers.push(resolve);
        await promise;
      }
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      place[Symbol.dispose]();
    },
  };
}

describe('alerts', () => {
  test('what is on at the first start is not told; what begins later is, and its end after a restart', async () => {
    await using world = await openAlerts();
    const [old, fresh] = [anAlarm({ key: 'old', title: 'Old' }), anAlarm({ key: 'new', title: 'New' })];
    {
      await using alerts = world.start();
      await alerts.turn([old]);
      await alerts.turn([old, fresh]);
      await world.hear(1);
    }
    await world.clock.advance(HOUR_MS / 2);
    {
      await using alerts = world.start();
      await alerts.turn([old, fresh]);
      await alerts.turn([
        { ...old, isOver: true },
        { ...fresh, isOver: true },
      ]);
      await world.hear(2);
    }
    expect(world.titles()).toEqual(['New', 'Over: New']);
  });

  test('what could not be sent goes out after a restart', async () => {
    let isDown = true;
    await using world = await openAlerts(() => (isDown ? ERROR : TAKEN));
    {
      await using alerts = world.start();
      await alerts.turn([]);
      await alerts.turn([anAlarm()]);
      await world.hear(1);
      await world.log.said('an alert was not taken; it is tried again');
    }
    isDown = false;
    await using alerts = world.start();
    await world.clock.advance(10_000);
    await world.log.said('alert sent');
    expect(await alerts.store.dueNotices(world.clock.nowMs() + HOUR_MS, 10)).toEqual([]);
  });

  test('no secret stands in a message, in the store or in the log, whatever is quoted', async () => {
    await using world = await openAlerts(() => ERROR);
    await using alerts = world.start();
    const text = `the provider said ${TOKEN} \u001b[2J ${Buffer.from(TOKEN).toString('base64')}`;
    await alerts.turn([]);
    await alerts.turn([anAlarm({ title: text, text: text.repeat(200) })]);
    await world.hear(1);
    await world.log.said('an alert was not taken; it is tried again');

    const outputs = { heard: world.heard, told: await alerts.store.toldAlarms(), log: world.log.lines };
    expect(JSON.stringify(outputs.heard)).toContain('[MASKED]');
    expect(JSON.stringify(outputs.log)).toContain('HTTP 500');
    for (const [name, output] of Object.entries(outputs)) {
      const shown = JSON.stringify(output);
      expect([name, holdsFragment(shown, TOKEN), holdsFragment(shown, PATH)]).toEqual([name, false, false]);
      expect(shown).not.toContain('\\u001b');
      expect(shown.length).toBeLessThan(10_000);
    }
  });

  test('a store that refuses harms nobody: the next turn tells', async () => {
    await using world = await openAlerts();
    using store = world.place.open();
    let refuses = true;
    const guarded = {
      ...store,
      async tell(...args: Parameters<typeof store.tell>) {
        if (refuses) throw new Error('database or disk is full');
        await store.tell(...args);
      },
    };
    const config = { alerts: alertSettings(), secrets: [], alertSecrets: [] };
    const parts = { config, store: guarded, redact: (text: string) => text, clock: world.clock, log: world.log };
    await using alerts = createAlerting({ ...parts, fetch: async () => new Response('ok') });
    await alerts.turn([]);
    refuses = false;
    await alerts.turn([]);

    expect(world.log.lines.map(({ level }) => level)).toEqual(['error']);
    expect(await store.isFirstStart()).toBe(false);
  });

  test('without a channel nothing is remembered, and that is said once', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const log = recordingLog();
    const config = { alerts: alertSettings({}, []), secrets: [], alertSecrets: [] };
    const clock = new SetClock();
    await using alerts = createAlerting({ config, store, fetch, redact: (text) => text, clock, log });
    await alerts.turn([anAlarm()]);

    expect(await store.isFirstStart()).toBe(true);
    expect(log.lines).toEqual([
      {
        ...{ level: 'info', fields: {} },
        message: 'no alerts: there is no alerts.json with a channel (alerts.example.json shows one)',
      },
    ]);
  });
});
