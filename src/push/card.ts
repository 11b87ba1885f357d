import { loadings } from '../domain/loading.ts';
import { COLUMN_NAMES, COLUMNS, type Column, CSV_COLUMN_NAMES, dataName } from '../domain/record.ts';
import { schemaTable } from '../domain/schema-table.ts';
import template from './card.md' with { type: 'text' };

export const CARD_PATH = 'README.md';

/** What the card is about. */
export interface CardFacts {
  /** `owner/name` of the dataset. */
  readonly repo: string;
  /** There are files of days: a config without a file would break the Hub's viewer, so it appears with the first. */
  readonly hasDays: boolean;
}

interface Marks {
  readonly begin: string;
  readonly end: string;
}

const SECTION: Marks = {
  begin: '<!-- begin: renewed by the Inference Providers Metrics Tracker; your words above and below stay -->',
  end: '<!-- end: renewed by the Inference Providers Metrics Tracker -->',
};
const YAML: Marks = {
  begin: '# begin: renewed by the Inference Providers Metrics Tracker',
  end: '# end: renewed by the Inference Providers Metrics Tracker',
};
const FRONT_MATTER = /^(\ufeff?---[ \t]*\r?\n)([\s\S]*?)(---[ \t]*(?:\r?\n|$))/;

/**
 * The card with our parts up to date and everything else as it was: the section between our comments, and in the front matter the configs,
 * which are added where there are none.
 *
 * @param existing null: there is no card yet
 * @returns null for a card with words but without our comments: somebody took them out, and it is left alone
 */
export function renewedCard(existing: string | null, facts: CardFacts): string | null {
  if (existing === null || existing.trim() === '') return freshCard(facts);
  const [whole = '', open = '---\n', yaml = '', close = '---\n'] = FRONT_MATTER.exec(existing) ?? [];
  const words = existing.slice(whole.length);
  const body = words.trim() === '' ? `${words}${freshBody(facts)}` : renewed(words, SECTION, section(facts));
  return body === null ? null : open + renewedYaml(yaml, facts) + close + body;
}

/** Whether the card speaks of files of days already. */
export const knowsDays = (card: string) => /^ *- config_name: daily\s*$/m.test(FRONT_MATTER.exec(card)?.[2] ?? '');

function freshCard(facts: CardFacts): string {
  const about = `license: cc-by-4.0
pretty_name: Metrics of inference providers
language:
- en
tags:
- inference-providers
- latency
- uptime
- llm
`;
  return `---\n${renewedYaml(about, facts)}---\n${freshBody(facts)}`;
}

const freshBody = (facts: CardFacts) =>
  `\n# Metrics of inference providers\n\n${SECTION.begin}\n${section(facts)}${SECTION.end}\n`;

const section = ({ repo }: CardFacts) =>
  template
    .replace('{loading}', () => loadingOf(repo))
    .replace('{csvColumns}', () => schemaTable(CSV_COLUMN_NAMES))
    .replace('{otherColumns}', () => schemaTable(COLUMN_NAMES.slice(CSV_COLUMN_NAMES.length)));

const loadingOf = (repo: string) =>
  loadings(repo)
    .map(({ intro, language, code }) => `${intro}\n\n\`\`\`${language}\n${code}\n\`\`\``)
    .join('\n\n');

function renewedYaml(yaml: string, facts: CardFacts): string {
  const ours = renewed(yaml, YAML, configs(facts));
  if (ours !== null || /^(configs|dataset_info):/m.test(yaml)) return ours ?? yaml; // somebody else's configs stay
  return `${yaml}${yaml === '' || yaml.endsWith('\n') ? '' : '\n'}${YAML.begin}\n${configs(facts)}${YAML.end}\n`;
}

/** What stands between the two marks replaced; null where they are missing. @param inside ends with a line break */
function renewed(text: string, { begin, end }: Marks, inside: string): string | null {
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  return from < 0 || to < 0 ? null : `${text.slice(0, from + begin.length)}\n${inside}${text.slice(to)}`;
}

/**
 * The columns of the attempts are pinned beside their files: `datasets` would take them from the first file it meets, and refuse a later one
 * with more. `csv` is the CSV read from the shards: `datasets` takes the builder of the first config for all of them, and refuses what is no Parquet.
 */
function configs({ hasDays }: CardFacts): string {
  return [
    'configs:',
    ...config('attempts', 'data/*/*/*.parquet', '  default: true'),
    ...config('csv', 'data/*/*/*.parquet'),
    `  columns: [${CSV_COLUMN_NAMES.map(dataName).join(', ')}]`,
    `  filters: ${JSON.stringify(CSV_ROWS)}`,
    ...(hasDays ? config('daily', 'daily/*/*.parquet') : []),
    'dataset_info:',
    '- config_name: attempts',
    '  features:',
    ...COLUMN_NAMES.flatMap((name) => [`  - name: ${dataName(name)}`, `    ${featureOf(COLUMNS[name])}`]),
    '',
  ].join('\n');
}

/** `isCsvRow` of the domain, as pyarrow takes it. */
const CSV_ROWS = [
  ['final', '=', true],
  ['probe_kind', '=', 'standard'],
  ['attempt', '>', 0],
  ['outcome', '!=', 'skipped'],
];

const config = (name: string, files: string, ...options: readonly string[]) => [
  `- config_name: ${name}`,
  ...options,
  '  data_files:',
  '  - split: train',
  `    path: "${files}"`,
];

function featureOf({ kind }: Column): string {
  switch (kind) {
    case 'text':
      return 'dtype: string';
    case 'timestamp':
      return 'dtype: timestamp[ms, tz=UTC]';
    case 'integer':
      return 'dtype: int64';
    case 'number':
      return 'dtype: float64';
    case 'boolean':
      return 'dtype: bool';
    case 'numbers':
      return 'list: float64';
    case 'texts':
      return 'list: string';
    default:
      return kind satisfies never;
  }
}
