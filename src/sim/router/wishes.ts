import type { Feature } from '../../domain/verdict.ts';

/** What a request asks for besides an answer to its last message. */
export interface Wishes {
  /** Text of a system message. */
  readonly system: string | null;
  /** The first tool on offer. */
  readonly tool: { readonly name: string; readonly parameters: object } | null;
  /** The JSON Schema that the answer is to follow. */
  readonly schema: object | null;
  readonly stop: readonly string[];
  readonly seed: number | null;
}

export const NO_WISHES: Wishes = { system: null, tool: null, schema: null, stop: [], seed: null };

/** What of a request is not heard by whoever lies about these features: it is answered as if nobody had asked for them. */
export function heardBy(lies: readonly Feature[], wishes: Wishes): Wishes {
  const deaf = (feature: Feature) => lies.includes(feature);
  return {
    system: deaf('system_prompt') ? null : wishes.system,
    tool: deaf('tool_call') ? null : wishes.tool,
    schema: deaf('json_schema') ? null : wishes.schema,
    stop: deaf('stop') ? [] : wishes.stop,
    seed: deaf('seed') ? null : wishes.seed,
  };
}

/** Reads them as hostile data: what is not of the expected shape was not asked for. */
export function readWishes(asked: Readonly<Record<string, unknown>>): Wishes {
  const { messages, tools, response_format: format, stop, seed } = asked;
  const system = listOf(messages).find((message) => Object(message).role === 'system');
  const called = Object(Object(listOf(tools)[0]).function);
  const schema = Object(Object(format).json_schema).schema;
  return {
    system: textOf(Object(system).content),
    tool: typeof called.name === 'string' ? { name: called.name, parameters: Object(called.parameters) } : null,
    schema: Object(format).type === 'json_schema' ? Object(schema) : null,
    stop: (typeof stop === 'string' ? [stop] : listOf(stop)).filter(
      (text) => typeof text === 'string' && text !== '',
    ) as string[],
    seed: Number.isSafeInteger(seed) ? (seed as number) : null,
  };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** A value that follows a JSON Schema of the simple kind, its texts taken from the prompt. */
export function exampleOf(schema: object, prompt: string): unknown {
  const { type, enum: choices, properties, items } = Object(schema);
  if (Array.isArray(choices)) return choices[0];
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(Object(properties)).map(([name, property]) => [name, exampleOf(Object(property), prompt)]),
      );
    case 'array':
      return [exampleOf(Object(items), prompt)];
    case 'integer':
      return 3;
    case 'number':
      return 37.5;
    case 'boolean':
      return true;
    default:
      return /(?<!^|[.?!:]\s+)\b[A-Z]\p{L}+/u.exec(prompt)?.[0] ?? 'unknown';
  }
}
