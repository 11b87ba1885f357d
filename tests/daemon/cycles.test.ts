import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { apiModel, live, ROUTER_MODELS } from '../catalog/hub-double.ts';
import { anExchange } from '../support/builders.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { flawsOf } from '../support/valid-record.ts';
import { LIST, openRig, TRENDING } from './rig.ts';

const STARTED = 'cycle started';
const ENDED = 'cycle ended';
const OVERRUN = 'cycle skipped: the one before it was still running';
const LEFT_OUT = 'catalogue: entries that cannot be asked were left out';
const COST = 'a day will cost roughly this much';

const pairOf = ({ modelId, providerName }: AttemptRecord) => `${modelId} ${providerName}`;
const dueOf = ({ cycleTimestampIso }: AttemptRecord) => cycleTimestampIso.slice(11, 19);

describe('a cycle', () => {
  test('asks every live provider of what trends, and stores one valid row for each before anybody hears of it', async () => {
    using folder = tempDir();
    using rig = openRig({ folder: folder.path });
    const heard: [AttemptRecord, boolean][] = [];
    const stored = (record: AttemptRecord) => {
      using db = new Database(join(folder.path, 'data/tracker.db'), { readonly: true });
      heard.push([record, db.query('SELECT 1 FROM attempts WHERE attempt_id = ?').get(record.attemptId) !== null]);
    };

    await rig.clock.passUntil(rig.run({ stored }, 1));

    const records = await rig.records();
    expect(records.map(pairOf).toSorted()).toEqual(['acme/one fast', 'acme/one slow', 'acme/two fast']);
    expect(records.flatMap(flawsOf)).toEqual([]);
    expect(records.map(({ outcome, final }) => [outcome, final])).toEqual(Array(3).fill(['ok', true]));
    expect(new Set(records.map(({ scheduledAtIso }) => scheduledAtIso)).size).toBe(1);
    expect(heard.map(([, wasDurable]) => wasDurable)).toEqual([true, true, true]);
    expect(rig.asked.map(({ url }) => url)).toHaveLength(3);
    expect(rig.log.of(STARTED)[0]!.fields).toEqual({ cycle: '2026-08-01T00:00:00.000Z', models: 2, probes: 3 });
    expect(rig.log.of(ENDED)[0]!.fields).toMatchObject({ cycle: '2026-08-01T00:00:00.000Z', calls: 3, ok: 3 });
  });

  test('counts calls and final outcomes apart where a probe is retried', async () => {
    using folder = tempDir();
    let calls = 0;
    const exchange = async () => anExchange({ status: calls++ === 0 ? 503 : 200 });
    using rig = openRig({ folder: folder.path, exchange });

    await rig.clock.passUntil(rig.run({}, 1));

    expect(rig.log.of(ENDED)[0]!.fields).toMatchObject({ calls: 4, ok: 3 });
    expect((await rig.records()).filter(({ final }) => !final)).toHaveLength(1);
  });

  test('goes on every interval, on the UTC grid, until told to stop', async () => {
    using folder = tempDir();
    using rig = openRig({ folder: folder.path, clock: new SetClock('2026-08-01T00:00:07.500Z') });

    const run = rig.run();
    await rig.clock.passUntil(rig.log.said(ENDED, 3));
    rig.stop();
    await rig.clock.passUntil(run);

    expect([...new Set((await rig.records()).map(dueOf))]).toEqual(['00:00:00', '00:00:10', '00:00:20']);
    expect(rig.log.of('waiting for the next cycle').map(({ fields }) => fields.nextRun)).toContain(
      '2026-08-01T00:00:10.000Z',
    );
  });

  test('due while another runs is skipped, counted in the store and logged', async () => {
    using folder = tempDir();
    const clock = new SetClock();
    const exchange = async () => {
      await clock.sleep(25_000);
      return anExchange({ requestStartAtMs: clock.nowMs() });
    };
    using rig = openRig({ folder: folder.path, clock, exchange });

    await clock.passUntil(rig.run({}, 2));

    expect([...new Set((await rig.records()).map(dueOf))]).toEqual(['00:00:00', '00:00:30']);
    expect(rig.skippedCycles()).toEqual([
      ['00:00:10', 'overrun'],
      ['00:00:20', 'overrun'],
    ]);
    expect(rig.log.of(OVERRUN).map(({ level, fields }) => [level, fields.cycle])).toEqual([
      ['warn', '2026-08-01T00:00:10.000Z'],
      ['warn', '2026-08-01T00:00:20.000Z'],
    ]);
  });

  test('is not repeated by a restart within its interval', async () => {
    using folder = tempDir();
    const clock = new SetClock('2026-08-01T00:00:02.000Z');
    {
      using rig = openRig({ folder: folder.path, clock });
      await clock.passUntil(rig.run({}, 1));
    }
    using rig = openRig({ folder: folder.path, clock });
    await clock.passUntil(rig.run({}, 1));

    expect((await rig.records()).map(dueOf)).toEqual([...Array(3).fill('00:00:00'), ...Array(3).fill('00:00:10')]);
  });
});

describe('the catalogue of a cycle', () => {
  test('is read once at the first start, and what a day costs is said before the first question', async () => {
    using folder = tempDir();
    using rig = openRig({ folder: folder.path });

    await rig.clock.passUntil(rig.run({}, 1));

    expect(rig.catalogueUrls.filter((url) => url.startsWith(LIST))).toHaveLength(1);
    const messages = rig.log.lines.map(({ message }) => message);
    expect(messages.filter((message) => message === COST)).toHaveLength(1);
    expect(messages.indexOf(COST)).toBeLessThan(messages.indexOf(STARTED));
  });

  test('that is known tells at a restart what a day costs, without being read', async () => {
    using folder = tempDir();
    const clock = new SetClock();
    {
      using rig = openRig({ folder: folder.path, clock });
      await clock.passUntil(rig.run({}, 1));
    }
    using rig = openRig({ folder: folder.path, clock });
    const run = rig.run();
    await rig.log.said(COST);
    rig.stop();
    await clock.passUntil(run);

    expect(rig.log.of(COST)[0]!.fields).toMatchObject({ targets: 3, everySeconds: 10 });
    expect(rig.catalogueUrls).toEqual([]);
  });

  test('tells what it leaves out once, and again only when that changes', async () => {
    using folder = tempDir();
    using rig = openRig({ folder: folder.path });
    rig.answers[LIST] = [...TRENDING, apiModel('acme/three', { openai: live('x') })];

    const run = rig.run({}, 3);
    await rig.clock.passUntil(rig.log.said(ENDED, 2));
    expect(rig.log.of(LEFT_OUT)).toHaveLength(1);
    rig.answers[LIST] = [...TRENDING, apiModel('no model id', {})];
    await rig.clock.passUntil(run);

    expect(rig.log.of(LEFT_OUT).map(({ fields }) => fields.examples)).toEqual([['openai'], ['no model id']]);
  });

  test('that cannot be read is the last good one, its age said; only when there never was one the cycle is skipped', async () => {
    using folder = tempDir();
    using rig = openRig({ folder: folder.path });
    rig.answers[LIST] = 503;

    const run = rig.run({}, 14);
    await rig.clock.passUntil(rig.log.said('cycle skipped: there is no catalogue, and none was ever read'));
    rig.answers[LIST] = TRENDING;
    await rig.clock.passUntil(rig.log.said(ENDED, 1));
    rig.answers[LIST] = 503;
    await rig.clock.passUntil(run);

    const records = await rig.records();
    expect(records.filter(({ errorClass }) => errorClass === 'no_catalogue').map(dueOf)).toEqual(['00:00:00']);
    expect(records[0]).toMatchObject({ outcome: 'skipped', attempt: 0, final: true, modelId: null });
    expect(flawsOf(records[0]!)).toEqual([]);
    expect(rig.skippedCycles()).toEqual([['00:00:00', 'no_catalogue']]);
    expect(records.filter(({ outcome }) => outcome === 'ok')).toHaveLength(13 * 3);
    const said = rig.log.of('the catalogue cannot be read; the last good one is used');
    expect(said.at(-1)!.fields).toEqual({
      reasons: ['/api/models: HTTP 503', '/models-json: HTTP 404'],
      ageMinutes: 2,
    });
  });

  test('that is there after a restart is used for the cycle that was skipped for want of one', async () => {
    using folder = tempDir();
    const clock = new SetClock('2026-08-01T00:00:02.000Z');
    {
      using rig = openRig({ folder: folder.path, clock });
      rig.answers[LIST] = 503;
      await clock.passUntil(rig.run({}, 1));
    }
    using rig = openRig({ folder: folder.path, clock, environment: { PUSH: 'off' } });
    await clock.passUntil(rig.run({}, 1));

    expect((await rig.records()).map(dueOf)).toEqual(Array(4).fill('00:00:00'));
    expect(rig.skippedCycles()).toEqual([]);
    expect(await rig.parts.store.sinceLastPush()).toBe(1);
  });

  test('that no longer lists a target writes it as delisted in each cycle, whatever it said of it', async () => {
    using folder = tempDir();
    using rig = openRig({ folder: folder.path });
    const run = rig.run({}, 3);
    await rig.clock.passUntil(rig.log.said(ENDED, 1));
    rig.answers[LIST] = [apiModel('acme/one', { fast: live('one-fast') }), TRENDING[1]];
    await rig.clock.passUntil(run);

    const delisted = (await rig.records()).filter(({ errorClass }) => errorClass === 'delisted');
    expect(delisted.map((record) => [dueOf(record), pairOf(record), record.outcome, record.final])).toEqual([
      ['00:00:10', 'acme/one slow', 'skipped', true],
      ['00:00:20', 'acme/one slow', 'skipped', true],
    ]);
    expect(rig.asked).toHaveLength(3 + 2 + 2);
  });

  test('that is missing keeps the heartbeat from beating; each complete cycle lets it beat once', async () => {
    using folder = tempDir();
    using rig = openRig({ folder: folder.path });
    rig.answers[LIST] = 503;
    const run = rig.run({}, 3);
    await rig.clock.passUntil(rig.log.said('cycle skipped: there is no catalogue, and none was ever read'));
    rig.answers[LIST] = TRENDING;
    await rig.clock.passUntil(run);

    expect(rig.heartbeats).toHaveLength(rig.log.of(ENDED).length);
    expect(rig.heartbeats).toHaveLength(2);
  });

  test('gives a target its price and claims of the same cycle', async () => {
    using folder = tempDir();
    using rig = openRig({ folder: folder.path });
    rig.answers[ROUTER_MODELS] = {
      data: [{ id: 'acme/two', providers: [{ provider: 'fast', pricing: { input: 1, output: 2 } }] }],
    };
    await rig.clock.passUntil(rig.run({}, 1));

    const [priced] = (await rig.records()).filter(({ modelId }) => modelId === 'acme/two');
    expect(priced).toMatchObject({ priceInputUsdPerMtok: 1, priceOutputUsdPerMtok: 2, costUsd: 0.00003 });
  });
});
