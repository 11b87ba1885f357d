import { describe, expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCsvRow } from '../../src/domain/record.ts';
import { startWorld } from '../../src/sim/world.ts';
import { openStore } from '../../src/store/open-store.ts';
import { csvRows } from '../daemon/rig.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { jsonLines, programTest, settingsFor, startProgram } from './program.ts';

/** One provider never answers, all others do at once. */
async function worldWithASilentProvider() {
  const world = await startWorld({ seed: 1, pace: 0.01 });
  world.script({ times: Number.POSITIVE_INFINITY }, { kind: 'reply' });
  world.script({ provider: 'aster', times: Number.POSITIVE_INFINITY }, { kind: 'stall', at: 'before-headers' });
  return world;
}

const open = (folder: string) =>
  openStore({ dataDir: join(folder, 'data'), csvPath: join(folder, 'unused.csv') }, { clock: new SetClock() });
const chatsOf = (world: Awaited<ReturnType<typeof startWorld>>, models: number) => {
  const asked = [...new Set(world.targets.map(({ modelId }) => modelId))].slice(0, models);
  return world.targets.filter(({ modelId }) => asked.includes(modelId)).length;
};

describe('the daemon', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    programTest(
      `on ${signal} skips what has not ended after the grace, pushes once more and exits with 0`,
      async () => {
        using folder = tempDir();
        await using world = await worldWithASilentProvider();
        await using daemon = startProgram([], { ...settingsFor(world, folder.path), MODELS_TO_FETCH: '1' });
        const probes = chatsOf(world, 1);
        await world.requests.until('router chat', probes);
        daemon.kill(signal);

        expect(await daemon.ended).toBe(0);
        expect(daemon.stderr).toBe('');
        expect(jsonLines(daemon.stdout).map(({ msg }) => msg)).toEqual(
          expect.arrayContaining(['stopping: no new probes; asked again, at once', 'cycle ended', 'pushed', 'stopped']),
        );
        using store = open(folder.path);
        const finals = (await Array.fromAsync(store.read())).filter(
          ({ final, probeKind }) => final && probeKind === 'standard',
        );
        expect(finals).toHaveLength(probes);
        expect(finals.find(({ providerName }) => providerName === 'aster')).toMatchObject({ errorClass: 'shutdown' });
        expect(await store.seal(0)).toEqual([]);
        expect(world.requests.counts['hub commit']).toBe(1);
      },
    );
  }

  programTest(
    'on a second signal exits at once; what it had stored is there, and the next start closes the rest',
    async () => {
      using folder = tempDir();
      await using world = await worldWithASilentProvider();
      const environment = { ...settingsFor(world, folder.path), MODELS_TO_FETCH: '1', SHUTDOWN_GRACE_SECONDS: '3600' };
      const probes = chatsOf(world, 1);
      const stored = await (async () => {
        await using daemon = startProgram([], environment);
        await world.requests.until('router chat', probes);
        daemon.kill('SIGINT');
        await daemon.said('stopping: no new probes; asked again, at once');
        daemon.kill('SIGINT');
        expect(await daemon.ended).toBe(1);
        using store = open(folder.path);
        expect(await store.unfinished()).toHaveLength(1);
        return (await Array.fromAsync(store.read())).map(({ attemptId }) => attemptId);
      })();
      await using next = startProgram([], environment);
      await next.said('its open probes are now skipped');
      next.kill('SIGTERM');
      expect(await next.ended).toBe(0);
      using store = open(folder.path);
      const finals = (await Array.fromAsync(store.read())).filter(({ final }) => final);
      expect((await Array.fromAsync(store.read())).map(({ attemptId }) => attemptId)).toEqual(
        expect.arrayContaining(stored),
      );
      expect(finals.filter(({ errorClass }) => errorClass === 'shutdown')).toHaveLength(probes - stored.length);
      expect(await store.unfinished()).toEqual([]);
    },
  );
});

programTest(
  'after `kill -9` in the middle of a cycle every record that was reported is there once, every probe has one final row, and the buffer equals the store',
  async () => {
    using folder = tempDir();
    await using world = await worldWithASilentProvider();
    const environment = { ...settingsFor(world, folder.path), PROBE_CONCURRENCY: '4' };
    const reported = new Set<string>();
    for (const lines of [1, 3, 6]) {
      await using program = startProgram(['once', '--json'], environment);
      await program.said('\n', lines);
      program.kill('SIGKILL');
      expect(await program.ended).not.toBe(0);
      const whole = program.stdout.slice(0, program.stdout.lastIndexOf('\n'));
      for (const { attempt_id } of jsonLines(whole)) reported.add(String(attempt_id));
    }
    world.script({ provider: 'drift' }, { kind: 'status', status: 500 });
    await using daemon = startProgram([], { ...environment, SCHEDULE_INTERVAL_SECONDS: '10' });
    await daemon.said('its open probes are now skipped');
    daemon.kill('SIGTERM');
    expect(await daemon.ended).toBe(0);

    using store = open(folder.path);
    const records = await Array.fromAsync(store.read());
    const ids = records.map(({ attemptId }) => attemptId);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...reported].filter((id) => !ids.includes(id))).toEqual([]);
    expect(reported.size).toBeGreaterThanOrEqual(1 + 3 + 6);
    const probes = Map.groupBy(records, ({ probeId }) => probeId);
    expect([...probes.values()].map((rows) => rows.filter(({ final }) => final).length)).toEqual(
      Array(probes.size).fill(1),
    );
    expect(await store.unfinished()).toEqual([]);

    const waiting = (
      await Array.fromAsync(await store.seal(0), ({ name }) => Array.fromAsync(store.recordsOf(name)))
    ).flat();
    const rows = csvRows(readFileSync(join(folder.path, 'buffer.csv'), 'utf8'));
    expect(rows.map(({ request_start_iso }) => request_start_iso).toSorted()).toEqual(
      waiting
        .filter(isCsvRow)
        .map(({ requestStartIso }) => String(requestStartIso))
        .toSorted(),
    );
  },
);
