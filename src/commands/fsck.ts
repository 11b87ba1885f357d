import { setImmediate } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { SCHEMA_VERSION } from '../domain/record.ts';
import { createProgress } from '../observe/progress.ts';
import { SYSTEM_CLOCK } from '../parts.ts';
import { sha256 } from '../push/content-hash.ts';
import { shardPath } from '../push/dataset-file.ts';
import { hubSource } from '../push/dataset-source.ts';
import { HubFailure } from '../push/hub-failure.ts';
import { buildShard } from '../push/shard.ts';
import { type Finding, openCheck, type StoreCheck } from '../store/check.ts';
import { StoreError } from '../store/errors.ts';
import { isLocked } from '../store/lock.ts';
import { repairStore } from '../store/repair.ts';
import { type Command, EXIT } from './command.ts';
import { loadSettings } from './load-settings.ts';
import { localStoreOf } from './local-store.ts';

/** What was found, or why something was not looked at. */
type Line = Finding | { readonly check: string; readonly unchecked: string };

export const fsckCommand: Command = {
  usage: 'fsck [--hub] [--repair] [--json]',
  about: 'looks for damage in the store, and whether the dataset has what was pushed; --repair moves it aside',
  options: { hub: { type: 'boolean' }, repair: { type: 'boolean' }, json: { type: 'boolean' } },
  words: { min: 0, max: 0 },
  async run(_words, { hub, repair, json }, console) {
    const { config } = loadSettings(console, { inference: false, hub: hub === true }, { json: true, quiet: true });
    localStoreOf(config, 'fsck');
    const progress = createProgress(console.stderr);
    const stdout = progress.beside(console.stdout);
    const findings: Finding[] = [];
    progress.start(null);
    for await (const line of check(config, console.stop)) {
      if (console.stop.aborted) break;
      progress.tick(line?.check ?? 'store');
      if (line === null) continue;
      if ('finding' in line) findings.push(line);
      stdout.write(json === true ? `${JSON.stringify(line)}\n` : words(line));
    }
    progress.done();
    if (console.stop.aborted) {
      console.stderr.write('stopped\n');
      return EXIT.failed;
    }
    const say = json === true ? console.stderr : console.stdout;
    if (findings.length === 0) say.write('The store is as it should be.\n');
    else if (repair === true) for (const done of repaired(findings, config)) say.write(`Done: ${done}.\n`);
    return findings.length === 0 ? EXIT.done : EXIT.failed;
  },
};

const words = (line: Line) =>
  'finding' in line
    ? `${line.check}: ${line.finding} → ${line.mend}\n`
    : `${line.check}: not checked, ${line.unchecked}\n`;

function repaired(findings: readonly Finding[], config: Config): readonly string[] {
  const has = (...checks: readonly string[]) => findings.some(({ check }) => checks.includes(check));
  return repairStore(config.store, { file: has('file', 'integrity'), csv: has('csv') }, SYSTEM_CLOCK);
}

async function* check(config: Config, stop: AbortSignal): AsyncGenerator<Line | null> {
  let store: StoreCheck;
  try {
    store = openCheck(config.store, SCHEMA_VERSION);
  } catch (error) {
    if (!(error instanceof StoreError) || !error.message.includes('damaged')) throw error;
    return yield { check: 'file', finding: error.message, mend: 'run `fsck --repair`: it saves what can be read' };
  }
  using open = store;
  try {
    for (const finding of open.findings()) {
      yield finding;
      await setImmediate(); // to be asked to stop
    }
    yield* rebuilt(open);
    yield csv(open, config);
  } catch (error) {
    const { code } = error as { code?: string };
    if (!code?.startsWith('SQLITE_')) throw error;
    const mend = 'run `fsck --repair`: it saves what can be read into a new store and keeps the old file';
    yield { check: 'integrity', finding: `the database cannot be read to its end (${code})`, mend };
  }
  yield* onTheHub(open, config, stop);
}

/** A sealed batch must give the same bytes for ever, or it is not pushed twice alike. */
async function* rebuilt(store: StoreCheck): AsyncGenerator<Line | null> {
  let skipped = 0;
  for (const batch of store.builtBatches()) {
    await setImmediate();
    if (!batch.whole) {
      skipped++;
      yield null;
    } else if (sha256(await buildShard(store.recordsOf(batch.name))) === batch.sha256) yield null;
    else {
      const mend = batch.pushed
        ? 'the dataset keeps what was pushed; if this program was not changed since, the disk is suspect'
        : 'look at the dataset before the next push: it will stop with an alarm if the batch is there';
      yield { check: 'hashes', finding: `${batch.name} no longer gives the shard that was built of it`, mend };
    }
  }
  if (skipped > 0) {
    yield { check: 'hashes', unchecked: `${skipped} batches are no longer whole here, or of another version` };
  }
}

function csv(store: StoreCheck, { store: settings, retention }: Config): Line | null {
  if (isLocked(settings.dataDir)) return { check: 'csv', unchecked: 'a daemon is writing to it' };
  return store.csvFinding(retention.onlyPushed ? 'unpushed' : 'last-two-days', settings.csvPath);
}

/** Only what we pushed ourselves; the listing tells sha256 without sending a byte of content. */
async function* onTheHub(store: StoreCheck, { push }: Config, stop: AbortSignal): AsyncGenerator<Line | null> {
  const check = 'hub';
  const pushed = store.builtBatches().filter((batch) => batch.pushed);
  if (push === null) return yield { check, unchecked: 'HF_HUB_TOKEN or HF_DATASET_REPO_ID is absent, or PUSH=off' };
  if (pushed.length === 0) return yield null;
  try {
    const { shards } = await hubSource({ ...push, clock: SYSTEM_CLOCK }, stop);
    const there = new Map(shards.map((shard) => [shard.path, shard.sha256]));
    for (const batch of pushed) {
      const path = shardPath(store.writer, batch);
      const hash = there.get(path);
      const wrong =
        hash === undefined ? 'is not in the dataset' : hash === batch.sha256 ? null : 'has other content there';
      const mend = 'somebody changed the dataset: bring the file back from its history on the Hub';
      yield wrong && { check, finding: `${path} ${wrong}`, mend };
    }
  } catch (error) {
    if (!(error instanceof HubFailure)) throw error;
    yield { check, unchecked: error.message };
  }
}
