import { z } from 'zod';
import type { Json, JsonObject } from '#lib/core';
import type { Components, Described, Operation } from './types.ts';

interface Around {
  /** Address of the API of this tenant. */
  readonly url: string;
  /** Schemas of the resources' bodies, which their owner keeps. */
  readonly bodies: Components;
  /** Name of the session's cookie here. */
  readonly sessionCookie: string;
}

const PROBLEM: JsonObject = {
  type: 'object',
  description: 'RFC 9457. `code` is stable; `errors` says what is wrong with the input, each where it is.',
  required: ['type', 'status', 'code', 'title', 'detail'],
  properties: {
    type: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    title: { type: 'string' },
    detail: { type: 'string' },
    remedy: { type: 'string', description: 'What can be done about it.' },
    reference: { type: 'string', description: 'Finds the log line.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: {
          path: { type: 'string' },
          message: { type: 'string' },
          line: { type: 'integer' },
          column: { type: 'integer' },
        },
      },
    },
  },
};

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: 'The input does not fit; `errors` says where.',
  401: 'There is no live session.',
  403: 'The role, the origin or the CSRF token does not allow it.',
  404: 'There is no such thing in this tenant.',
  409: 'It is kept in the tenant file, or would break something that `errors` names.',
  412: 'Somebody changed it since it was read, or it is there already.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'What stands at the other address can not be read.',
  503: 'The database or the key provider does not answer.',
};

/** The API as an OpenAPI 3.1 document, from the schemas that its routes check their input with. */
export function openApiDocument(
  operations: readonly Operation[],
  { url, bodies, sessionCookie }: Around,
): JsonObject {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    paths[operation.path] ??= pathItem(operation.path);
    (paths[operation.path] as Record<string, Json>)[operation.method] = describe(operation);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: '1',
      description:
        "One tenant's configuration, receipts and keys. Everything is limited to what the session's person may see and do.",
    },
    servers: [{ url }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...bodies, Problem: PROBLEM },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: sessionCookie },
        csrf: {
          type: 'apiKey',
          in: 'header',
          name: 'x-csrf-token',
          description: 'The `csrf_token` of GET /session; with every request that changes something.',
        },
      },
    },
  };
}

function pathItem(path: string): Record<string, Json> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  if (names.length === 0) return {};
  return {
    parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
  };
}

function describe(operation: Operation): JsonObject {
  const { tag, summary, description, auth, body, method } = operation;
  const parameters = [...queryParameters(operation), ...conditionParameters(operation)];
  const isUnsafe = method !== 'get';
  return {
    tags: [tag],
    operationId: operationId(operation),
    summary,
    ...(description === undefined ? {} : { description }),
    security: auth === 'public' ? [] : [isUnsafe ? { session: [], csrf: [] } : { session: [] }],
    ...(typeof auth === 'string' ? {} : { 'x-roles': [...auth] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(body, 'input') } },
          },
        }),
    responses: { ...answers(operation), ...problems(operation) },
  };
}

function operationId({ method, path }: Operation): string {
  const words = path.split(/[/{}._-]+/).filter(Boolean);
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function schemaOf(described: Described, io: 'input' | 'output'): JsonObject {
  if (typeof described === 'string') return { $ref: `#/components/schemas/${described}` };
  const { $schema: dialect, ...schema } = z.toJSONSchema(described, {
    io,
    unrepresentable: 'any',
  }) as JsonObject;
  return dialect === undefined ? {} : schema;
}

function queryParameters({ query }: Operation): readonly JsonObject[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    properties?: Readonly<Record<string, JsonObject>>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function conditionParameters({ conditional }: Operation): readonly JsonObject[] {
  if (conditional === undefined) return [];
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  });
  const match = header('If-Match', 'The ETag that was read: 412 when it is another by now.');
  const none = header('If-None-Match', 'Only *: 412 when there is one already.');
  return conditional === 'create' ? [match, none] : [match];
}

function answers({ answer, method }: Operation): JsonObject {
  const { status, description, schema, contentType = 'application/json', etag } = answer;
  const response = {
    description,
    ...(etag === true ? { headers: { ETag: { schema: { type: 'string' } } } } : {}),
    ...(schema === undefined ? {} : { content: { [contentType]: { schema: schemaOf(schema, 'output') } } }),
  };
  const isPut = method === 'put' && status === 200;
  return { [status]: response, ...(isPut ? { 201: { ...response, description: 'It was created.' } } : {}) };
}

function problems({ auth, body, problems: own = [], method }: Operation): JsonObject {
  const usual = [
    400,
    ...(auth === 'public' ? [] : [401, 403]),
    ...(body === undefined ? [] : [413, 415]),
    ...(method === 'get' ? [] : [403]),
    503,
  ];
  const statuses = [...new Set([...usual, ...own])];
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      {
        description: STATUS_WORDS[status] ?? 'Refused.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}
