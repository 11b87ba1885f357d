import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Glob } from 'bun';
import { sha256 } from '../../src/push/content-hash.ts';

/** A row of a shard, as far as it is counted. */
export interface ShardRow {
  readonly attempt_id: string;
  readonly probe_id: string;
  readonly probe_kind: string;
  readonly attempt: number;
  readonly final: boolean;
  readonly outcome: string;
  readonly cycle_timestamp_iso: Date;
  readonly model_id: string | null;
  readonly provider_name: string | null;
}

const COLUMNS =
  'attempt_id, probe_id, probe_kind, attempt::INT AS attempt, final, outcome, cycle_timestamp_iso, model_id, provider_name';

/** The folder that the Hub writes, read with DuckDB, which shares nothing with what wrote it. */
export class Dataset implements Disposable {
  /** Of every shard ever seen. */
  readonly hashes = new Map<string, string>();
  /** How many shards hold each attempt. */
  readonly copies = new Map<string, number>();
  /** One after the other, so that no shard is counted twice. */
  #lastLook: Promise<unknown> = Promise.resolve();
  readonly #folder: string;
  readonly #instance: DuckDBInstance;

  private constructor(folder: string, instance: DuckDBInstance) {
    this.#folder = folder;
    this.#instance = instance;
  }

  static async open(folder: string): Promise<Dataset> {
    return new Dataset(folder, await DuckDBInstance.create(':memory:'));
  }

  [Symbol.dispose](): void {
    this.#instance.closeSync();
  }

  /** Paths of the files that match, from the root of the dataset. */
  list(pattern: string): readonly string[] {
    if (!existsSync(this.#folder)) return []; // nothing was ever pushed
    return [...new Glob(pattern).scanSync({ cwd: this.#folder })].sort();
  }

  text(path: string): string {
    return readFileSync(join(this.#folder, path), 'utf8');
  }

  /** Reads the shards that are new. @returns what is wrong with them and with those that were there before */
  look(): Promise<readonly string[]> {
    const look = this.#lastLook.then(() => this.#look());
    this.#lastLook = look;
    return look;
  }

  async #look(): Promise<readonly string[]> {
    const problems: string[] = [];
    const paths = this.list('data/*/*/*.parquet');
    for (const path of this.hashes.keys()) if (!paths.includes(path)) problems.push(`${path} has gone`);
    for (const path of paths) {
      const hash = sha256(readFileSync(join(this.#folder, path)));
      const known = this.hashes.get(path);
      if (known === undefined) {
        for (const { attempt_id } of await this.rows(path))
          this.copies.set(attempt_id, (this.copies.get(attempt_id) ?? 0) + 1);
      } else if (known !== hash) problems.push(`${path} was written again with other bytes`);
      this.hashes.set(path, hash);
    }
    return problems;
  }

  /** All rows of the shards that match. */
  async rows(pattern: string): Promise<readonly ShardRow[]> {
    const connection = await this.#instance.connect();
    try {
      const result = await connection.runAndReadAll(`SELECT ${COLUMNS} FROM '${join(this.#folder, pattern)}'`);
      return result.getRowObjectsJS() as unknown as readonly ShardRow[];
    } finally {
      connection.closeSync();
    }
  }
}
