/** How the dataset is read: in its card and on the page about the data. */
export interface Loading {
  /** In Markdown. */
  readonly intro: string;
  readonly language: 'python' | 'sql';
  readonly code: string;
}

/** @param repo `owner/name` of the dataset */
export const loadings = (repo: string): readonly Loading[] => [
  {
    intro: 'With [datasets](https://huggingface.co/docs/datasets):',
    language: 'python',
    code: `from datasets import load_dataset

attempts = load_dataset("${repo}", "attempts", split="train")
classic = load_dataset("${repo}", "csv", split="train")
daily = load_dataset("${repo}", "daily", split="train")  # from the first closed day on`,
  },
  {
    intro: 'With [DuckDB](https://duckdb.org):',
    language: 'sql',
    code: `SELECT outcome, count(*) AS attempts
FROM read_parquet('hf://datasets/${repo}/data/*/*/*.parquet', union_by_name = true)
GROUP BY outcome ORDER BY attempts DESC;`,
  },
  {
    intro: 'With [pandas](https://pandas.pydata.org):',
    language: 'python',
    code: `import fsspec
import pandas as pd

files, folder = fsspec.url_to_fs("hf://datasets/${repo}/data")
attempts = pd.concat(pd.read_parquet(path, filesystem=files) for path in files.glob(f"{folder}/*/*/*.parquet"))`,
  },
  {
    intro: 'With [Polars](https://pola.rs):',
    language: 'python',
    code: `import polars as pl

shards = "hf://datasets/${repo}/data/*/*/*.parquet"
attempts = pl.scan_parquet(shards, missing_columns="insert", extra_columns="ignore").collect()`,
  },
  {
    intro:
      'The CSV files themselves, with the builder named: `datasets` has one for a whole repository, and here it is that of Parquet.',
    language: 'python',
    code: `from datasets import load_dataset

rows = load_dataset("csv", data_files="hf://datasets/${repo}/csv/*/*.csv", split="train", keep_default_na=False)`,
  },
];
