import { z } from 'zod';
import type { Route } from './route.ts';
import { SCHEMAS } from './schemas/schema.ts';
import type { Site } from './site.ts';

const REF = { uri: (id: string) => `#/components/schemas/${id}` };

/** `format` says the same as a pattern that nobody can read. */
const BRIEF = {
  override: ({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  },
};

/** OpenAPI 3.1 of these routes: their schemas are those by which answers are published and questions refused. */
export function openapi(routes: readonly Route[], version: string, { url }: Pick<Site, 'url'> = { url: '' }) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Inference Providers Metrics Tracker',
      version,
      description:
        'What was measured of inference providers, and the verdicts on it. Null is unknown, never zero; moments are ISO 8601 UTC.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: url || '/' }],
    tags: [
      { name: 'verdicts', description: 'What follows from the measurements, each with n, interval, window and rule.' },
      { name: 'records', description: 'The measurements themselves, and what happened.' },
      { name: 'embeds', description: 'For feed readers and pages of others.' },
      { name: 'operation', description: 'How the program itself is.' },
      { name: 'administration', description: 'For whoever has `ADMIN_TOKEN`; answers 404 while there is none.' },
    ],
    security: [],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: { admin: { type: 'http', scheme: 'bearer', description: '`ADMIN_TOKEN`' } },
    },
  };
}

function operationOf(route: Route) {
  const { id, tag, summary, parameters, body, answer, rendering, path, statuses, isStream } = route;
  const isAdministration = tag === 'administration';
  const content = rendering
    ? {
        [mediaType(rendering.type)]: { schema: rendering.schema ? answerSchema(rendering.schema) : { type: 'string' } },
      }
    : { [isStream ? 'text/event-stream' : 'application/json']: { schema: answerSchema(answer) } };
  const problem = { 'application/problem+json': { schema: { $ref: REF.uri('Problem') } } };
  const problems = {
    400: 'A parameter is wrong; it says which, and what is allowed.',
    ...(isAdministration ? { 401: 'The token is missing or wrong.' } : {}),
    404: 'There is no such thing.',
    429: 'Too many requests from this address; `Retry-After` says when.',
    ...(path.startsWith('/figures/') ? { 503: 'A part of what it is made of cannot be read now.' } : {}),
    ...(isStream ? { 503: 'As many follow as may; `Retry-After` says when to try again.' } : {}),
  };
  return {
    operationId: id,
    tags: [tag],
    summary,
    security: isAdministration ? [{ admin: [] }] : [],
    parameters: parametersOf(parameters, path),
    ...(body
      ? { requestBody: { required: true, content: { 'application/json': { schema: inputSchema(body) } } } }
      : {}),
    responses: {
      ...Object.fromEntries(statuses.map((status) => [status, { description: summary, content }])),
      ...Object.fromEntries(
        Object.entries(problems).map(([status, description]) => [status, { description, content: problem }]),
      ),
    },
  };
}

/** `text/plain; charset=utf-8` → `text/plain` */
const mediaType = (type: string) => type.split(';')[0]!;

function parametersOf(parameters: z.ZodObject, path: string) {
  const { properties = {}, required = [] } = z.toJSONSchema(parameters, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as { readonly description?: string };
    const inPath = path.includes(`{${name}}`);
    return { name, in: inPath ? 'path' : 'query', required: inPath || required.includes(name), description, schema };
  });
}

const inputSchema = (schema: z.ZodType) => withoutDialect(z.toJSONSchema(schema, { io: 'input' }));

/** A reference where the schema has a name. */
function answerSchema(schema: z.ZodType) {
  const id = SCHEMAS.get(schema)?.id;
  return id === undefined ? withoutDialect(z.toJSONSchema(schema)) : { $ref: REF.uri(id) };
}

function componentSchemas() {
  const { schemas } = z.toJSONSchema(SCHEMAS, { ...REF, ...BRIEF });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutDialect(schema)]));
}

/** OpenAPI 3.1 names the dialect for the whole document, and a component's place is its id. */
function withoutDialect<Schema extends object>(schema: Schema): Omit<Schema, '$schema' | '$id'> {
  const {
    $schema: _dialect,
    $id: _id,
    ...rest
  } = schema as Schema & { readonly $schema?: string; readonly $id?: string };
  return rest;
}
