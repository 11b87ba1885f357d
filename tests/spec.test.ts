import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../package.json';
import { CLASSES } from '../src/domain/outcome.ts';
import { COLUMN_NAMES, CSV_COLUMN_NAMES } from '../src/domain/record.ts';
import { schemaTable } from '../src/domain/schema-table.ts';

const spec = readFileSync(join(import.meta.dir, '..', 'spec.md'), 'utf8');
const section = (number: number) => spec.split(/^## (?=\d+\. )/m).find((part) => part.startsWith(`${number}. `)) ?? '';

test('Section 5 is the data schema: the fourteen CSV columns first, then all others', () => {
  const [, csv = '', others = ''] = section(5).split(/^### /m);
  expect(csv).toContain(schemaTable(CSV_COLUMN_NAMES));
  expect(others).toContain(schemaTable(COLUMN_NAMES.slice(CSV_COLUMN_NAMES.length)));
});

test('Section 4 explains every outcome and every failure class', () => {
  const classes = Object.entries(CLASSES).flatMap(([outcome, names]) => [outcome, ...names]);
  expect(classes.filter((name) => !section(4).includes(`\`${name}\``))).toEqual([]);
});

test('the last section says why each dependency is there', () => {
  const names = [...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.devDependencies)];
  expect(names.filter((name) => !section(spec.match(/^## \d+\. /gm)!.length).includes(`\`${name}\``))).toEqual([]);
});
