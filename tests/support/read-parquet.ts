import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/**
 * Runs SQL over Parquet files with DuckDB, a reader that shares nothing with our writer.
 *
 * @param sql `$files` stands for the list of files
 */
export async function queryParquet(
  files: readonly Uint8Array[],
  sql = 'SELECT * FROM read_parquet($files)',
): Promise<readonly Record<string, unknown>[]> {
  const folder = mkdtempSync(join(tmpdir(), 'parquet-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const paths = files.map((bytes, i) => {
      const path = join(folder, `${i}.parquet`);
      writeFileSync(path, bytes);
      return path;
    });
    const result = await connection.runAndReadAll(sql.replaceAll('$files', JSON.stringify(paths).replaceAll('"', "'")));
    return result.getRowObjectsJS();
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true });
  }
}
