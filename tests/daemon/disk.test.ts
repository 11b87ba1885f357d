import { expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../../src/store/errors.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { openRig } from './rig.ts';

const ENDED = 'cycle ended';
const REFUSED = 'the store cannot be written; free some disk: what was measured waits';

test('a disk that refuses makes the record wait: nothing is lost, and the cycle ends when it takes it', async () => {
  using folder = tempDir();
  using rig = openRig({ folder: folder.path, environment: { PROBE_CONCURRENCY: '1' } });

  const run = rig.run(
    {
      planned: () => {
        rig.disk.refuses = true;
      },
    },
    1,
  );
  await rig.clock.passUntil(rig.log.said(REFUSED, 3));
  expect(rig.asked).toHaveLength(1); // no further probe overtakes what waits
  rig.disk.refuses = false;
  await rig.clock.passUntil(run);

  expect(rig.log.of(REFUSED).map(({ level, fields }) => [level, fields])).toEqual([
    ['error', { code: 'SQLITE_FULL', seconds: 1 }],
    ['error', { code: 'SQLITE_FULL', seconds: 2 }],
    ['error', { code: 'SQLITE_FULL', seconds: 4 }],
  ]);
  expect((await rig.records()).map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
});

test.each(['the start of a cycle', 'its end'])('a disk that refuses at %s does not end the daemon', async (when) => {
  using folder = tempDir();
  using rig = openRig({ folder: folder.path });
  let settled = 0;
  const refuse = () => {
    rig.disk.refuses = true;
  };
  if (when === 'the start of a cycle') refuse();

  const run = rig.run({ stored: () => ++settled === 3 && when === 'its end' && refuse() }, 1);
  await rig.clock.passUntil(rig.log.said(REFUSED, 2));
  expect(rig.asked).toHaveLength(when === 'its end' ? 3 : 0);
  rig.disk.refuses = false;
  await rig.clock.passUntil(run);

  expect(rig.log.of(ENDED)).toHaveLength(1);
  expect(await rig.parts.store.unfinished()).toEqual([]);
  expect(await rig.records()).toHaveLength(3);
});

test('a disk that refuses until the end is said in one sentence; the next start closes what is open', async () => {
  using folder = tempDir();
  const clock = new SetClock();
  {
    using rig = openRig({ folder: folder.path, clock });
    const refuse = () => {
      rig.disk.refuses = true;
    };
    const run = rig.run({ planned: refuse });
    run.catch(() => {});
    await clock.passUntil(rig.log.said(REFUSED, 3));
    expect(rig.log.of(REFUSED).map(({ fields }) => fields.seconds)).toEqual([1, 2, 4]); // once for all that wait
    rig.stop();
    rig.endGrace();

    const errors = await clock.passUntil(
      run.then(
        () => [],
        ({ errors = [] }) => errors,
      ),
    );
    expect(errors.map((error: unknown) => error instanceof StoreError && error.message)).toEqual(
      Array(3).fill(expect.stringMatching(/^the store could not be written until the end \(SQLITE_FULL\)/)),
    );
    expect(await rig.records()).toEqual([]);
  }
  using rig = openRig({ folder: folder.path, clock });
  const run = rig.run();
  await rig.log.said('the last run ended inside a cycle; its open probes are now skipped');
  rig.stop();
  await clock.passUntil(run);

  expect((await rig.records()).map(({ errorClass, final }) => [errorClass, final])).toEqual(
    Array(3).fill(['shutdown', true]),
  );
  expect(await rig.parts.store.unfinished()).toEqual([]);
});

test('what is wrong with a record, not with the disk, is a fault of ours and not waited for', async () => {
  using folder = tempDir();
  using rig = openRig({ folder: folder.path });
  rig.parts.store.append = async () => {
    throw Object.assign(new Error('UNIQUE constraint failed'), { code: 'SQLITE_CONSTRAINT_UNIQUE' });
  };

  await expect(rig.clock.passUntil(rig.run({}, 1))).rejects.toThrow();
});

test('a push while the disk refuses is said and tried again at the next turn', async () => {
  using folder = tempDir();
  const hub = new MemoryHub();
  using rig = openRig({ folder: folder.path, hub, environment: { PUSH_INTERVAL_CYCLES: '1' } });
  let cycles = 0;
  const refuseOnce = () => {
    rig.disk.refuses = ++cycles === 1;
  };
  const run = rig.run({ cycleEnded: refuseOnce }, 2);
  const failed = rig.log.said('push failed on this machine; everything is kept and goes with the next one');
  await rig.clock.passUntil(failed);
  rig.disk.refuses = false;
  await rig.clock.passUntil(run);

  expect(hub.commits).toHaveLength(1);
  expect(await rig.records()).toHaveLength(6);
});

test('a CSV buffer that cannot be written harms nothing, and is said once while it lasts', async () => {
  using folder = tempDir();
  const path = join(folder.path, 'file');
  writeFileSync(path, '');
  const environment = { LOCAL_CSV_PATH: join(path, 'buffer.csv'), PUSH: 'off' };
  using rig = openRig({ folder: folder.path, environment });

  const run = rig.run({}, 2);
  await rig.clock.passUntil(rig.log.said(ENDED, 1));
  const said = rig.log.of('the data is safe in the store');
  expect(said.map(({ level, fields }) => [level, fields])).toEqual([
    ['warn', { reason: 'the CSV buffer cannot be written (ENOTDIR)' }],
  ]);
  rmSync(path);
  await rig.clock.passUntil(run);
  expect(await rig.records()).toHaveLength(6);
});
