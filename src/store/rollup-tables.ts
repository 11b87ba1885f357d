import type { Database } from 'bun:sqlite';

/**
 * Rollups by span, bucket and series, with histograms as domain/histogram.ts encodes them; the days of them that are in the dataset.
 * What a store holds already is rolled up by `finishRebuild`, day by day, before the store is open.
 */
export function createRollupTables(db: Database): void {
  db.run(`
    CREATE TABLE series (
      series_id INTEGER PRIMARY KEY,
      location TEXT NOT NULL,
      model_id TEXT NOT NULL,
      provider TEXT NOT NULL,
      question_id TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX series_once ON series (location, model_id, provider, question_id);

    CREATE TABLE rollups (
      rollup_id INTEGER PRIMARY KEY,
      span TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      series_id INTEGER NOT NULL REFERENCES series (series_id),
      counts TEXT NOT NULL,
      ttft_histogram BLOB,
      ttfat_histogram BLOB,
      tpot_histogram BLOB,
      e2e_histogram BLOB,
      gap_histogram BLOB,
      dispatch_delay_histogram BLOB
    ) STRICT;
    CREATE UNIQUE INDEX rollups_once ON rollups (span, at_ms, series_id);

    CREATE TABLE pushed_rollup_days (
      day TEXT PRIMARY KEY,
      commit_url TEXT,
      pushed_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `);
  db.query(`INSERT INTO meta (key, value) SELECT 'rollups_rebuilt_to_ms', ? WHERE EXISTS (SELECT 1 FROM attempts)`).run(
    String(Number.MIN_SAFE_INTEGER),
  );
}
