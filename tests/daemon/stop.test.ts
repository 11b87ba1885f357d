import { expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { Exchange, Question } from '../../src/probe/types.ts';
import { anExchange } from '../support/builders.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { LIST, openRig } from './rig.ts';

const STARTED = 'cycle started';
const ENDED = 'cycle ended';

/** A provider that answers when told to; it stops at once when the asker does. */
function heldExchange() {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Exchange>();
  const exchange = (_question: Question, signal: AbortSignal): Promise<Exchange> => {
    asked.resolve();
    const stopped = Promise.withResolvers<Exchange>();
    const cancelled = anExchange({ status: null, headers: {}, reply: null, ending: { kind: 'cancelled' } });
    signal.addEventListener('abort', () => stopped.resolve(cancelled), { once: true });
    return Promise.race([answer.promise, stopped.promise]);
  };
  return { exchange, asked: asked.promise, answer: () => answer.resolve(anExchange()) };
}

const outcomeOf = ({ outcome, errorClass, attempt, final }: AttemptRecord) =>
  `${outcome}${errorClass ? `: ${errorClass}` : ''}, attempt ${attempt}${final ? ', final' : ''}`;

test('asked to stop, it starts no new probe; those under way may end within the grace, the rest are skipped', async () => {
  using folder = tempDir();
  const hub = new MemoryHub();
  const held = heldExchange();
  const environment = { PROBE_CONCURRENCY: '1', PUSH_INTERVAL_CYCLES: '100' };
  using rig = openRig({ folder: folder.path, hub, exchange: held.exchange, environment });

  const run = rig.run();
  await rig.clock.passUntil(held.asked);
  rig.stop();
  held.answer();
  await rig.clock.passUntil(run);

  expect(rig.asked).toHaveLength(1);
  expect((await rig.records()).map(outcomeOf).toSorted()).toEqual([
    'ok, attempt 1, final',
    'skipped: shutdown, attempt 0, final',
    'skipped: shutdown, attempt 0, final',
  ]);
  expect(rig.log.of('stopping: no new probes; asked again, at once').map(({ fields }) => fields)).toEqual([
    { graceSeconds: 20 },
  ]);
  expect(rig.log.of(ENDED)[0]!.fields).toMatchObject({ calls: 1, ok: 1, skipped: 2 });
  expect(hub.commits.map(({ title }) => title)).toEqual(['Add 3 attempts (3 final) of 2026-08-01 00:00 UTC']);
  expect(await rig.parts.store.unfinished()).toEqual([]);
});

test('when the grace is over, probes still under way are skipped too', async () => {
  using folder = tempDir();
  const hub = new MemoryHub();
  const held = heldExchange();
  using rig = openRig({ folder: folder.path, hub, exchange: held.exchange });

  const run = rig.run();
  await rig.clock.passUntil(held.asked);
  rig.stop();
  rig.endGrace();
  await rig.clock.passUntil(run);

  expect((await rig.records()).map(outcomeOf)).toEqual(Array(3).fill('skipped: shutdown, attempt 0, final'));
  expect(hub.commits).toHaveLength(1);
});

test('a probe that waits for its next attempt when the grace ends keeps what it measured', async () => {
  using folder = tempDir();
  const exchange = async () => anExchange({ status: 503 });
  using rig = openRig({ folder: folder.path, exchange });
  let stored = 0;
  const first = Promise.withResolvers<void>();

  const run = rig.run({ stored: () => ++stored === 3 && first.resolve() });
  await rig.clock.passUntil(first.promise);
  rig.stop();
  rig.endGrace();
  await rig.clock.passUntil(run);

  expect((await rig.records()).map(outcomeOf).toSorted()).toEqual([
    ...Array(3).fill('skipped: shutdown, attempt 2, final'),
    ...Array(3).fill('target_error: http_5xx, attempt 1'),
  ]);
});

test('asked to stop between two cycles, it ends after one last push', async () => {
  using folder = tempDir();
  const hub = new MemoryHub();
  using rig = openRig({ folder: folder.path, hub, environment: { PUSH_INTERVAL_CYCLES: '100' } });

  const run = rig.run();
  await rig.clock.passUntil(rig.log.said('waiting for the next cycle').then(rig.stop));
  await rig.clock.passUntil(run);

  expect(await rig.records()).toHaveLength(3);
  expect(hub.commits).toHaveLength(1);
});

test('asked to stop while it reads the catalogue, it begins no cycle', async () => {
  using folder = tempDir();
  using rig = openRig({ folder: folder.path });
  Object.defineProperty(rig.answers, LIST, {
    enumerable: true,
    get() {
      rig.stop();
      return [];
    },
  });

  await rig.clock.passUntil(rig.run());

  expect(rig.log.of(STARTED)).toEqual([]);
  expect(await rig.records()).toEqual([]);
});

test('the last push is given half a minute, whatever the Hub does', async () => {
  using folder = tempDir();
  const clock = new SetClock();
  const hub = new (class extends MemoryHub {
    override hashes(_paths: readonly string[], signal: AbortSignal): Promise<never> {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => super.hashes([], signal).catch(reject), { once: true });
      });
    }
  })();
  using rig = openRig({ folder: folder.path, clock, hub });

  const run = rig.run();
  await rig.clock.passUntil(rig.log.said('waiting for the next cycle').then(rig.stop));
  const stoppedAtMs = clock.nowMs();
  await clock.passUntil(run);

  expect(clock.nowMs() - stoppedAtMs).toBe(30_000);
  expect(rig.log.of('push failed; everything is kept and goes with the next one')).toHaveLength(1);
  expect(await rig.parts.store.sinceLastPush()).toBe(1);
});
