/** The conditions, as SQL, of the fields of a query that are given. */
export function conditionsOf<Field extends string>(
  conditions: Readonly<Record<Field, string>>,
  query: Readonly<Partial<Record<Field, unknown>>>,
): readonly string[] {
  return (Object.keys(conditions) as Field[])
    .filter((field) => query[field] !== undefined)
    .map((field) => conditions[field]);
}

/** Without the fields that are undefined, which a database would take for values. */
export function givenOf<Value>(query: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(query).filter((entry): entry is [string, Value] => entry[1] !== undefined));
}
