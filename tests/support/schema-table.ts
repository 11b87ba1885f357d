import { COLUMNS, type ColumnName, dataName } from '../../src/domain/record.ts';

/** The columns as the Markdown table of spec.md, Section 5. */
export function schemaTable(names: readonly ColumnName[]): string {
  const rows = names.map((name) => {
    const { kind, nullable, about } = COLUMNS[name];
    return `| \`${dataName(name)}\` | ${kind}${nullable ? ', null' : ''} | ${about} |`;
  });
  return ['| column | type | meaning |', '|---|---|---|', ...rows].join('\n');
}
