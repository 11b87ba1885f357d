import { z } from 'zod';
import { COLUMN_NAMES, COLUMNS, type Column, type ColumnName, dataName } from '../../domain/record.ts';
import { Moment, named, Text } from './schema.ts';

const KINDS: Readonly<Record<Column['kind'], z.ZodType>> = {
  text: Text,
  timestamp: Moment,
  integer: z.int(),
  number: z.number(),
  boolean: z.boolean(),
  numbers: z.array(z.number()),
  texts: z.array(Text),
};

const shapeOf = (names: readonly ColumnName[]) =>
  Object.fromEntries(
    names.map((name) => {
      const { kind, nullable, about }: Column = COLUMNS[name];
      return [dataName(name), (nullable ? KINDS[kind].nullable() : KINDS[kind]).describe(about)];
    }),
  );

const isShort = (name: ColumnName) => !COLUMNS[name].body && COLUMNS[name].kind !== 'numbers';

export const Attempt = named('Attempt', 'One HTTP request of a probe, as in the dataset.', shapeOf(COLUMN_NAMES));

export const AttemptSummary = named(
  'AttemptSummary',
  'An attempt without its large texts and its list of moments.',
  shapeOf(COLUMN_NAMES.filter(isShort)),
);

export const AttemptPage = named('AttemptPage', 'Newest first.', {
  attempts: z.array(AttemptSummary),
  next: z.string().nullable().describe('As `cursor`, it gives the next page; null: there is none.'),
});
