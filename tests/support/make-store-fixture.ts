import { Database } from 'bun:sqlite';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/store/open-store.ts';
import { aCatalog, aCycle, aPlannedProbe, aRecord, aSkippedRecord } from './builders.ts';
import { SetClock } from './set-clock.ts';
import { tempDir } from './temp-dir.ts';

/**
 * A small store as this version of the program writes it, with its records as JSON beside it, for the tests of later versions:
 * `bun tests/support/make-store-fixture.ts tests/fixtures/stores`. Run it once for each version of the schema, before the next is begun.
 */
const to = process.argv[2]!;
using folder = tempDir();
const at = (cycleTimestampIso: string) => ({ cycleTimestampIso });
const pushed = [
  aRecord({
    ...at('2026-08-01T12:00:00.000Z'),
    attempt: 1,
    final: false,
    outcome: 'target_error',
    errorClass: 'http_5xx',
  }),
  aRecord({ ...at('2026-08-01T12:00:00.000Z'), attempt: 2, responseBodyRaw: 'a\n"b", 👋\u0000' }),
  aRecord({ ...at('2026-08-01T12:30:00.000Z'), costUsd: null, completionTokens: null }),
  aRecord({ ...at('2026-08-02T12:00:00.000Z'), chunkAtMs: [], conformance: ['no_usage', 'no_done'] }),
];
const sealed = ['a/1', 'a/2', 'a/3'].map((modelId) => aRecord({ ...at('2026-08-02T12:30:00.000Z'), modelId }));
const waiting = [
  ...['a/1', 'a/2', 'a/3'].map((modelId) => aRecord({ ...at('2026-08-03T12:00:00.000Z'), modelId })),
  aSkippedRecord(at('2026-08-03T12:00:00.000Z')),
  aSkippedRecord({ ...at('2026-08-03T12:30:00.000Z'), modelId: null, providerName: null, errorClass: 'no_catalogue' }),
];
let writer: string;
{
  const nowMs = Date.parse('2026-08-03T13:00:00.000Z');
  const settings = { dataDir: folder.path, csvPath: join(folder.path, 'buffer.csv') };
  using store = openStore(settings, { clock: new SetClock(nowMs) });
  ({ writer } = store);
  await store.save(aCatalog());
  await store.begin(aCycle({ dueAtMs: nowMs - 86_400_000 }), [], nowMs - 86_400_000);
  await store.finish(aCycle({ dueAtMs: nowMs - 86_400_000 }).cycleId, nowMs - 80_000_000);
  await store.append(pushed);
  const [first] = await store.seal(nowMs);
  await store.built(first!.name, 'f00d');
  await store.pushed([first!.name], ['2026-08-01'], 'https://hub.example/commit/1', nowMs);
  await store.append(sealed);
  await store.seal(nowMs);
  await store.append(waiting);
  const unfinished = aPlannedProbe({ cycle: aCycle({ dueAtMs: nowMs - 1_800_000 }) });
  await store.begin(unfinished.cycle, [unfinished], nowMs);
}
using db = new Database(join(folder.path, 'tracker.db'));
db.run('PRAGMA journal_mode = DELETE'); // one file, without a journal beside it
const { value } = db.query<{ value: string }, []>(`SELECT value FROM meta WHERE key = 'schema_version'`).get()!;
db.close(true);
copyFileSync(join(folder.path, 'tracker.db'), join(to, `v${value}.db`));
const records = [...pushed, ...sealed, ...waiting];
writeFileSync(join(to, `v${value}.json`), `${JSON.stringify({ writer, records }, null, 1)}\n`);
