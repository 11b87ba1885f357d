import { describe, expect, test } from 'bun:test';
import type { JsonSchemaType } from '@modelcontextprotocol/sdk/validation';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openapi } from '../../src/web/openapi.ts';
import { API_ROUTES } from '../../src/web/routes/all.ts';
import { EXAMPLES, openWeb } from './rig.ts';

const DOCUMENT = openapi(API_ROUTES, '0.1.0');

async function problemsOf(document: unknown): Promise<readonly string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'openapi.json', config });
  return problems.map(({ severity, ruleId, message }) => `${severity} ${ruleId}: ${message}`);
}

/** The schema that the served document gives for an answer, made to stand alone. */
function schemaOf(document: typeof DOCUMENT, id: string) {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path)) as ReturnType<
    typeof operation
  >[];
  const found = operations.find(({ operationId }) => operationId === id)!;
  return { ...found.responses[200]!.content['application/json']!.schema, components: document.components };
}
declare function operation(): {
  readonly operationId: string;
  readonly responses: Record<number, { readonly content: Record<string, { readonly schema: object }> }>;
};

const validatorOf = (schema: object) => new AjvJsonSchemaValidator().getValidator(schema as JsonSchemaType);

describe('the OpenAPI document', () => {
  test('passes the recommended rules of a linter without an error or a warning', async () => {
    expect(await problemsOf(DOCUMENT)).toEqual([]);
  });

  test('would not pass them with an operation without a name', async () => {
    const { '/api/v1/now': now, ...paths } = structuredClone(DOCUMENT.paths);
    const broken = { get: { ...(now!.get as object), operationId: undefined } };

    expect(await problemsOf({ ...DOCUMENT, paths: { ...paths, '/api/v1/now': broken } })).not.toEqual([]);
  });

  test('has every route', () => {
    const operations = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );

    expect(operations.toSorted()).toEqual(API_ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted());
  });

  const json = Object.entries(EXAMPLES).filter(([id]) =>
    API_ROUTES.some((route) => route.id === id && route.rendering === null && !route.isStream),
  );

  test.each(json)('the answer of %s is as it says, by another reader of JSON Schema', async (id, path) => {
    const web = openWeb();
    const served = (await web.json('/api/v1/openapi.json')) as typeof DOCUMENT;
    const validate = validatorOf(schemaOf(served, id));

    const answer = await web.json(path);

    expect(validate(answer)).toMatchObject({ valid: true });
    expect(validate({ [`not ${id}`]: 1 }).valid).toBe(id === 'openapi');
  });

  test('an error is as it says', async () => {
    const schema = { $ref: '#/components/schemas/Problem', components: DOCUMENT.components };
    const validate = validatorOf(schema);

    for (const path of ['/api/v1/nowhere', '/api/v1/compare', '/api/v1/models/a/b']) {
      expect(validate(await (await openWeb().ask(path)).json())).toMatchObject({ valid: true });
    }
  });
});
