import { describe, expect, test } from 'bun:test';
import { COLUMN_NAMES, COLUMNS, CSV_COLUMN_NAMES, dataName } from '../../src/domain/record.ts';
import { schemaTable } from '../../src/domain/schema-table.ts';
import { knowsDays, renewedCard } from '../../src/push/card.ts';

const facts = { repo: 'acme/metrics', hasDays: false };
const everything = { repo: 'acme/metrics', hasDays: true };
const fresh = renewedCard(null, facts)!;

/** What a reader of YAML makes of the front matter. */
const yamlOf = (card: string) =>
  Bun.YAML.parse(/^---\n([\s\S]*?)^---$/m.exec(card)![1]!) as {
    license?: string;
    configs: Record<string, unknown>[];
    dataset_info: { config_name: string; features: { name: string; dtype?: string; list?: string }[] }[];
  };

describe('a new card', () => {
  test('pins the configs of the attempts, the default, and of the CSV, and no config that has no file yet', () => {
    expect(yamlOf(fresh)).toMatchObject({
      license: 'cc-by-4.0',
      configs: [
        {
          config_name: 'attempts',
          default: true,
          data_files: [{ split: 'train', path: 'data/*/*/*.parquet' }],
        },
        {
          config_name: 'csv',
          data_files: [{ split: 'train', path: 'data/*/*/*.parquet' }], // beside Parquet datasets could not read CSV
          columns: CSV_COLUMN_NAMES.map(dataName),
        },
      ],
    });
  });

  test('pins that of the days as soon as there are such files', () => {
    const { configs } = yamlOf(renewedCard(null, everything)!);
    expect(configs.map(({ config_name, data_files }) => [config_name, data_files])).toEqual([
      ['attempts', [{ split: 'train', path: 'data/*/*/*.parquet' }]],
      ['csv', [{ split: 'train', path: 'data/*/*/*.parquet' }]],
      ['daily', [{ split: 'train', path: 'daily/*/*.parquet' }]],
    ]);
    expect(knowsDays(renewedCard(null, everything)!)).toBe(true);
    expect(knowsDays(fresh)).toBe(false);
  });

  test('has no path that is taken for the name of a split', () => {
    const paths = yamlOf(renewedCard(null, everything)!).configs.flatMap(({ data_files }) =>
      (data_files as { path: string }[]).map(({ path }) => path),
    );
    expect(paths.filter((path) => /(^|[-._ /\d])(test|dev|val|eval|valid|validation)([-._ /\d]|$)/.test(path))).toEqual(
      [],
    );
  });

  test('names the type of every column, so that files of an earlier schema read together with later ones', () => {
    const [attempts] = yamlOf(renewedCard(null, everything)!).dataset_info;
    expect(attempts!.features.map(({ name }) => name)).toEqual(COLUMN_NAMES.map(dataName));
    const lists = COLUMN_NAMES.filter((name) => COLUMNS[name].kind.endsWith('s')).map(dataName);
    expect(attempts!.features.flatMap(({ name, list }) => (list ? [name] : []))).toEqual(lists);
  });

  test('explains every column, uptime and latency, and where to find the rows', () => {
    expect(fresh).toContain(schemaTable(CSV_COLUMN_NAMES));
    expect(fresh).toContain(schemaTable(COLUMN_NAMES.slice(CSV_COLUMN_NAMES.length)));
    expect(fresh).toContain('`ok / (ok + target_error)`');
    expect(fresh).toContain('"hf://datasets/acme/metrics/data/*/*/*.parquet"');
    expect(fresh).not.toMatch(/\{(repo|\w+Columns)\}/);
  });
});

describe('a card that is there', () => {
  const edited = fresh
    .replace('# Metrics of inference providers\n', () => '# Our own title\n\nWords above, with $& and $1.\n')
    .replace('pretty_name: Metrics of inference providers', 'pretty_name: Ours\nsize_categories:\n- 10K<n<100K')
    .concat('\n## Words below\n');

  test('is left as it is when nothing changed, whoever wrote in it', () => {
    expect(renewedCard(fresh, facts)).toBe(fresh);
    expect(renewedCard(edited, facts)).toBe(edited);
  });

  test('of an earlier version is renewed between the marks, and nowhere else', () => {
    const earlier = edited.replace('## Load it', '## How it was loaded then').replace('  default: true\n', '');
    expect(earlier).not.toBe(edited);
    expect(renewedCard(earlier, facts)).toBe(edited);
  });

  test('gets a config for files that came later, and keeps its words', () => {
    const renewed = renewedCard(edited, everything)!;
    expect(knowsDays(renewed)).toBe(true);
    expect(renewed).toContain('Words above, with $& and $1.');
    expect(renewed).toContain('size_categories:\n- 10K<n<100K');
    expect(renewed).toEndWith('\n## Words below\n');
    expect(renewedCard(renewed, facts)).toBe(edited);
  });

  test('keeps configs that somebody else wrote', () => {
    const theirs = edited.replace(
      /# begin: renewed[\s\S]*# end: renewed.*\n/,
      'configs:\n- config_name: mine\n  data_files: x.csv\n',
    );
    expect(renewedCard(theirs, everything)).toBe(theirs);
  });

  test('gets the configs where it has none, and only those', () => {
    const without = edited.replace(/# begin: renewed[\s\S]*# end: renewed.*\n/, '');
    const renewed = renewedCard(without, facts)!;
    expect(yamlOf(renewed)).toMatchObject({
      pretty_name: 'Ours',
      configs: [{ config_name: 'attempts' }, { config_name: 'csv' }],
    });
    expect(renewed.slice(renewed.indexOf('# Our own title'))).toBe(edited.slice(edited.indexOf('# Our own title')));
  });

  test('without our marks is left alone', () => {
    expect(renewedCard('---\nlicense: mit\n---\n\n# All mine\n', everything)).toBeNull();
    expect(renewedCard('# All mine\n', everything)).toBeNull();
    expect(renewedCard(edited.replace(/<!-- end.*-->/, ''), everything)).toBeNull();
  });

  test.each(['', '\n', '---\nlicense: mit\n---\n', '---\nlicense: mit\n---', '---\r\nlicense: mit\r\n---\r\n\r\n'])(
    'that says nothing yet (%j) gets all of it, and its licence stays',
    (stub) => {
      const card = renewedCard(stub, facts)!;
      expect(yamlOf(card.replaceAll('\r', ''))).toMatchObject({
        license: stub.includes('mit') ? 'mit' : 'cc-by-4.0',
        configs: [{ config_name: 'attempts' }, { config_name: 'csv' }],
      });
      expect(card).toContain('## Load it');
      expect(renewedCard(card, facts)).toBe(card);
    },
  );

  test('with other line ends or a byte-order mark is renewed all the same', () => {
    const windows = `\ufeff${edited.replaceAll('\n', '\r\n')}`;
    const renewed = renewedCard(windows, facts)!;
    expect(renewed).toStartWith('\ufeff---\r\nlicense: cc-by-4.0\r\n');
    expect(renewed).toContain('Words above, with $& and $1.\r\n');
    expect(renewed.match(/<!-- begin/g)).toHaveLength(1);
    expect(renewedCard(renewed, facts)).toBe(renewed);
  });
});
