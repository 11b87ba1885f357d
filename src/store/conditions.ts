/** The conditions, as SQL, of the fields of a query that are given. */
export function conditionsOf<Field extends string>(
  conditions: Readonly<Record<Field, string>>,
  query: Readonly<Partial<Record<Field, unknown>>>,
): readonly string[] {
  return (Object.keys(conditions) as Field[])
    .filter((field) => query[field] !== undefined)
    .map((field) => conditions[field]);
}

/** Without the fields that are undefined, which SQLite would bind. */
export function givenOf<Query extends object>(query: Query): Partial<Query> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Partial<Query>;
}
