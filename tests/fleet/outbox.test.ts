import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openOutbox, type Seen } from '../../src/fleet/outbox.ts';
import type { FleetProbe } from '../../src/ports.ts';
import { aCatalog, DUE_AT_MS } from '../support/builders.ts';
import { fleetProbes, recordOf } from '../support/fleet-builders.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

let folder: TempDir;
beforeEach(() => {
  folder = tempDir();
});
afterEach(() => folder[Symbol.dispose]());

const [one, two] = fleetProbes(['p', 'q']) as [FleetProbe, FleetProbe];
const DAY = new Date(DUE_AT_MS).toISOString().slice(0, 10);
const SEEN: Seen = {
  writer: 'w0123456789abcdef',
  catalog: aCatalog(),
  workers: [{ workerId: 'a', location: 'eu' }],
  day: DAY,
  spentUsd: 1.5,
};

describe('an outbox', () => {
  test('gives probe after probe what waits longest, the records of each in their order', () => {
    using outbox = openOutbox(folder.path);
    const [first, last] = [recordOf(one, { attempt: 1, final: false }), recordOf(one, { attempt: 2 })];
    outbox.put(one, first);
    outbox.put(two, recordOf(two));
    outbox.put(one, last);

    expect(outbox.oldest()).toEqual({ probe: one, records: [first, last] });
    outbox.delivered(outbox.oldest()!);
    expect(outbox.oldest()).toEqual({ probe: two, records: [recordOf(two)] });
    outbox.delivered(outbox.oldest()!);
    expect([outbox.oldest(), outbox.waiting()]).toEqual([null, 0]);
  });

  test('keeps what came to a probe while the rest of it was delivered', () => {
    using outbox = openOutbox(folder.path);
    outbox.put(one, recordOf(one, { attempt: 1, final: false }));
    const parcel = outbox.oldest()!;
    outbox.put(one, recordOf(one, { attempt: 2 }));
    outbox.delivered(parcel);

    expect(outbox.oldest()?.records.map(({ attempt }) => attempt)).toEqual([2]);
  });

  test('is the same after a restart: what waits, what was seen and planned, and who it is', () => {
    let workerId: string;
    {
      using outbox = openOutbox(folder.path);
      workerId = outbox.workerId;
      outbox.remember(SEEN);
      outbox.planned(DUE_AT_MS);
      outbox.put(one, recordOf(one));
      outbox.put(one, recordOf(one));
    }
    using again = openOutbox(folder.path);

    expect(again.workerId).toBe(workerId);
    expect([again.waiting(), again.seen(), again.lastPlannedDueMs()]).toEqual([1, SEEN, DUE_AT_MS]);
  });

  test('belongs to one process at a time', () => {
    using _ = openOutbox(folder.path);
    expect(() => openOutbox(folder.path)).toThrow();
  });

  test('counts what its records cost, once each, until that is known to the database', () => {
    using outbox = openOutbox(folder.path);
    for (const probe of [one, two, two]) outbox.put(probe, recordOf(probe, { costUsd: 0.25 }));
    expect(outbox.spentUsd(DAY)).toBe(0.5);
    expect(outbox.spentUsd('2026-08-04')).toBe(0);

    outbox.remember(SEEN);
    expect(outbox.spentUsd(DAY)).toBe(0);
  });
});
