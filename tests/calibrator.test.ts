import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { createCalibrator } from '../src/calibrator.ts';
import { createLeftOutLog } from '../src/catalog/left-out.ts';
import { parseConfig } from '../src/config.ts';
import { runCycle } from '../src/daemon.ts';
import type { StoreSettings } from '../src/domain/settings.ts';
import type { Calibration, Cycle } from '../src/domain/types.ts';
import { keepingOn, type Parts } from '../src/parts.ts';
import type { CalibrationStore, Clock } from '../src/ports.ts';
import { openCalibration } from '../src/probe/calibration/calibration.ts';
import { startScheduleServer } from '../src/probe/calibration/schedule-server.ts';
import { createProber } from '../src/probe/prober.ts';
import { createReplyReader } from '../src/probe/reply-reader.ts';
import { createTransport } from '../src/probe/transport/transport.ts';
import { answering, apiModel, HUB, ROUTER_MODELS } from './catalog/hub-double.ts';
import { sqlitePlace } from './store/sqlite-place.ts';
import {
  aCalibration,
  aCycle,
  aMomentError,
  anExchange,
  anIdentity,
  aPlannedProbe,
  DUE_AT_MS,
  probeSettings,
  TOKEN,
} from './support/builders.ts';
import { recordingLog } from './support/log.ts';
import { ScriptedTransport } from './support/scripted-transport.ts';
import { SetClock } from './support/set-clock.ts';

type Measured = Pick<Calibration, 'clockBoundMs' | 'errors'>;

const HOUR_MS = 3_600_000;
const RUNNING = new AbortController().signal;
const { trackerVersion } = anIdentity();
const measured = (p99Ms: number | null): Measured => ({ clockBoundMs: 0.02, errors: [aMomentError({ p99Ms })] });

/** A calibrator whose calibrations end when the test says so. */
async function given(store: CalibrationStore, clock = new SetClock(DUE_AT_MS)) {
  const log = recordingLog();
  const runs: PromiseWithResolvers<Measured>[] = [];
  let closed = 0;
  const runner = {
    measure(signal: AbortSignal) {
      const run = Promise.withResolvers<Measured>();
      signal.addEventListener('abort', () => run.reject(signal.reason));
      runs.push(run);
      return run.promise;
    },
    async [Symbol.asyncDispose]() {
      closed++;
    },
  };
  return {
    calibrator: await createCalibrator({ runner, store, clock, log, trackerVersion }),
    runs,
    log,
    closed: () => closed,
  };
}

describe('a calibration beside a cycle', () => {
  test('is stored with its cycle when it has finished, and from then on rows carry its p99', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const { calibrator, runs } = await given(store);
    const { instrumentErrorP99Ms } = calibrator;
    const identity = anIdentity();
    const prober = createProber({
      ...{ settings: probeSettings(), identity, transport: new ScriptedTransport(anExchange()), instrumentErrorP99Ms },
      ...{ connectivity: { online: async () => true }, clock: new SetClock(DUE_AT_MS), redact: (text) => text },
      log: recordingLog(),
    });
    const rowNow = async () => (await prober.probe(aPlannedProbe(), RUNNING).next()).value!;

    calibrator.start(aCycle(), RUNNING);
    expect((await rowNow()).instrumentErrorP99Ms).toBeNull();
    runs[0]!.resolve(measured(1.23456));
    await calibrator.settled();

    expect((await rowNow()).instrumentErrorP99Ms).toBe(1.235);
    const { cycleId } = aCycle();
    expect(await store.lastCalibration()).toEqual({
      cycleId,
      trackerVersion,
      finishedAtMs: DUE_AT_MS,
      ...measured(1.23456),
    });
  });

  test('is one at a time: a cycle that begins while one is under way has none', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const { calibrator, runs } = await given(store);
    const next = aCycle({ dueAtMs: DUE_AT_MS + HOUR_MS });
    calibrator.start(aCycle(), RUNNING);
    calibrator.start(next, RUNNING);
    expect(runs).toHaveLength(1);
    runs[0]!.resolve(measured(1));
    await calibrator.settled();
    calibrator.start(next, RUNNING);
    expect(runs).toHaveLength(2);
  });

  test('that fails is said and concerns nobody else: rows keep the figure of the one before', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const { calibrator, runs, log } = await given(store);
    calibrator.start(aCycle(), RUNNING);
    runs[0]!.resolve(measured(1.5));
    await calibrator.settled();
    calibrator.start(aCycle({ dueAtMs: DUE_AT_MS + HOUR_MS }), RUNNING);
    runs[1]!.reject(new Error('a question failed: ECONNREFUSED'));
    await calibrator.settled();

    expect(calibrator.instrumentErrorP99Ms()).toBe(1.5);
    expect((await store.lastCalibration())?.cycleId).toBe(aCycle().cycleId);
    expect(log.lines.at(-1)).toEqual({
      level: 'warn',
      fields: { cycle: '2026-08-03T13:00:00.000Z', reason: 'Error: a question failed: ECONNREFUSED' },
      message: 'the calibration is unfinished; rows keep the figure of the last one that finished',
    });
  });

  test('that cannot be stored counts as unfinished', async () => {
    const full: CalibrationStore = {
      lastCalibration: async () => null,
      async saveCalibration() {
        throw new Error('SQLITE_FULL');
      },
    };
    const { calibrator, runs, log } = await given(full);
    calibrator.start(aCycle(), RUNNING);
    runs[0]!.resolve(measured(1));
    await calibrator.settled();
    expect(calibrator.instrumentErrorP99Ms()).toBeNull();
    expect(log.lines.map(({ level }) => level)).toEqual(['warn']);
  });

  test('is dropped without a word when we are told to stop, and when we close', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const stop = new AbortController();
    const { calibrator, runs, log, closed } = await given(store);
    calibrator.start(aCycle(), stop.signal);
    stop.abort();
    await calibrator.settled();
    calibrator.start(aCycle(), RUNNING);
    await calibrator[Symbol.asyncDispose]();

    expect(runs).toHaveLength(2);
    expect(closed()).toBe(1);
    expect(log.lines).toEqual([]);
    expect(await store.lastCalibration()).toBeNull();
  });
});

describe('the log', () => {
  const linesAfter = async (p99Ms: number | null) => {
    using place = sqlitePlace();
    using store = place.open();
    const { calibrator, runs, log } = await given(store);
    calibrator.start(aCycle(), RUNNING);
    runs[0]!.resolve(measured(p99Ms));
    await calibrator.settled();
    return log.lines;
  };
  const cycle = '2026-08-03T12:00:00.000Z';

  test('tells each calibration at debug', async () => {
    const fields = { cycle, n: 3090, p50Ms: 0.1, p99Ms: 5, maxMs: 5.5, clockBoundMs: 0.02 };
    expect(await linesAfter(5)).toEqual([{ level: 'debug', fields, message: 'calibrated' }]);
  });

  test('warns past 5 ms, and says what it means and what to do', async () => {
    const [, warning] = await linesAfter(5.001);
    expect(warning).toEqual({
      level: 'warn',
      fields: { cycle, p50Ms: 0.1, p99Ms: 5.001, maxMs: 5.5, boundMs: 5 },
      message:
        'our own moments come late: this machine is too busy, give it less to do; rows say so in instrument_error_p99_ms',
    });
  });

  test('warns when the instrument that the probes use is late itself', async () => {
    using place = sqlitePlace();
    using store = place.open();
    using server = await startScheduleServer();
    const transport = createTransport({ createReader: createReplyReader });
    const late: typeof transport = {
      ...transport,
      async exchange(question, stop) {
        const seen = await transport.exchange(question, stop);
        return { ...seen, headersMs: seen.headersMs! + 100_000 };
      },
    };
    const start = async () => ({ ports: server, isAlive: true, async [Symbol.asyncDispose]() {} });
    const runner = openCalibration({ transport: late, rounds: 2, start });
    const log = recordingLog();
    const calibrator = await createCalibrator({ runner, store, clock: new SetClock(DUE_AT_MS), log, trackerVersion });
    calibrator.start(aCycle(), RUNNING);
    await calibrator.settled();

    expect(log.lines.map(({ level }) => level)).toEqual(['debug', 'warn']);
    expect(calibrator.instrumentErrorP99Ms()).toBeWithin(99_000, 200_000);
  });

  test('does not warn where there were too few samples to tell', async () => {
    expect((await linesAfter(null)).map(({ level }) => level)).toEqual(['debug']);
  });
});

describe('after a start the last calibration in the store', () => {
  const figureAfterStart = async (stored: Partial<Calibration>) => {
    using place = sqlitePlace();
    using store = place.open();
    await store.saveCalibration(aCalibration({ errors: [aMomentError({ p99Ms: 1.25 })], ...stored }));
    return (await given(store)).calibrator.instrumentErrorP99Ms();
  };

  test('still counts for a day', async () => {
    expect(await figureAfterStart({ finishedAtMs: DUE_AT_MS - 24 * HOUR_MS })).toBe(1.25);
    expect(await figureAfterStart({ finishedAtMs: DUE_AT_MS - 24 * HOUR_MS - 1 })).toBeNull();
  });

  test('counts neither for another version of the program nor when it lies in the future', async () => {
    expect(await figureAfterStart({ finishedAtMs: DUE_AT_MS, trackerVersion: '0.0.9' })).toBeNull();
    expect(await figureAfterStart({ finishedAtMs: DUE_AT_MS + 1 })).toBeNull();
  });
});

describe('a cycle', () => {
  /** Runs one on a set catalogue, with providers that answer at once. @returns the cycles beside which a calibration was started */
  async function calibratedBy(models: readonly object[] | 404): Promise<readonly Cycle[]> {
    using place = sqlitePlace();
    const clock: Clock = { nowMs: () => DUE_AT_MS, monotonicMs: () => 0, sleep: async () => {} };
    using store = place.open();
    const keeping = keepingOn(store, configAt(place.settings), recordingLog(), clock);
    const { log } = keeping;
    const identity = anIdentity();
    const calibrated: Cycle[] = [];
    const prober = createProber({
      ...{ settings: probeSettings(), identity, clock, log, redact: (text: string) => text },
      ...{ transport: new ScriptedTransport(anExchange()), connectivity: { online: async () => true } },
      instrumentErrorP99Ms: () => null,
    });
    const parts: Parts = {
      ...keeping,
      ...{ config: configAt(place.settings), identity, prober },
      fetch: answering({ [`${HUB}/api/models?`]: models, [ROUTER_MODELS]: { data: [] } }).fetch as typeof fetch,
      calibrator: {
        start: (cycle) => calibrated.push(cycle),
        settled: async () => {},
        instrumentErrorP99Ms: () => null,
      },
      heartbeat: { beat() {} },
      atOnce: { ask: null },
      sayLeftOut: createLeftOutLog(log),
      async [Symbol.asyncDispose]() {},
    };
    await runCycle(aCycle(), parts, { starting: RUNNING, running: RUNNING });
    return calibrated;
  }

  const configAt = ({ dataDir, csvPath }: StoreSettings) =>
    parseConfig(
      {
        ...{ HF_TOKEN: TOKEN, PUSH: 'off', HF_ENDPOINT: HUB, HF_ROUTER_ENDPOINT: new URL(ROUTER_MODELS).origin },
        ...{ DATA_DIR: dataDir, LOCAL_CSV_PATH: csvPath },
      },
      { baseDir: join(import.meta.dir, '..'), need: { inference: true, hub: true } },
    );

  test('that asks has a calibration beside it; one without a catalogue asks nobody and has none', async () => {
    expect(await calibratedBy([apiModel('acme/one')])).toEqual([aCycle()]);
    expect(await calibratedBy(404)).toEqual([]);
  });
});
