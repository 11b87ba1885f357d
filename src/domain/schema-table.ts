import { COLUMNS, type ColumnName, dataName } from './record.ts';

/** The columns as a Markdown table: Section 5 of spec.md, and the card of the dataset. */
export function schemaTable(names: readonly ColumnName[]): string {
  const rows = names.map((name) => {
    const { kind, nullable, about } = COLUMNS[name];
    return `| \`${dataName(name)}\` | ${kind}${nullable ? ', null' : ''} | ${about} |`;
  });
  return ['| column | type | meaning |', '|---|---|---|', ...rows].join('\n');
}
