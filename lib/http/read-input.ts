import { err, ok, type Result } from '#lib/core';
import type { z } from 'zod';
import { isUnsafe } from './check-origin.ts';
import { CSRF_FIELD, CSRF_HEADER, INPUT_ERRORS_MAX } from './constants.ts';
import { malformed, nothingHere, type Refusal } from './problems.ts';
import { isForm, readFields, readForm, readJson } from './read-body.ts';
import type { InputSchemas } from './types.ts';

export type RouteParams = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ReadInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly form: unknown;
}

/** The body as read, before its schema; with the CSRF token taken out, wherever it was. */
export interface ReadBody {
  readonly body: unknown;
  readonly form: unknown;
  readonly csrfToken: string | undefined;
}

/** Reads what the schemas announce, and a form that may carry nothing but the token. */
export async function readRequestBody(
  request: Request,
  schemas: InputSchemas,
  bytesMax: number,
): Promise<Result<ReadBody, Refusal>> {
  const header = request.headers.get(CSRF_HEADER) ?? undefined;
  if (!isUnsafe(request.method)) return ok({ body: undefined, form: undefined, csrfToken: header });
  if (schemas.body !== undefined) {
    const body = await readJson(request, bytesMax);
    return body.ok ? ok({ body: body.value, form: undefined, csrfToken: header }) : body;
  }
  if (schemas.form === undefined && !isForm(request))
    return ok({ body: undefined, form: undefined, csrfToken: header });
  const form = await readForm(request, bytesMax);
  if (!form.ok) return form;
  const { [CSRF_FIELD]: field, ...rest } = form.value;
  return ok({ body: undefined, form: rest, csrfToken: typeof field === 'string' ? field : header });
}

/** Every part through its schema. A path that does not fit names nothing; anything else is said in words. */
export function parseInput(
  schemas: InputSchemas,
  raw: {
    readonly params: RouteParams;
    readonly query: URLSearchParams;
    readonly body: unknown;
    readonly form: unknown;
  },
): Result<ReadInput, Refusal> {
  const params = schemas.params?.safeParse(raw.params);
  if (params?.success === false) return err(nothingHere);
  const fields = readFields(raw.query);
  if (!fields.ok) return fields;
  const query = schemas.query?.safeParse(fields.value);
  if (query?.success === false) return err(unfit('The query does not fit.', query.error));
  const body = schemas.body?.safeParse(raw.body);
  if (body?.success === false) return err(unfit('The body does not fit.', body.error));
  const form = schemas.form?.safeParse(raw.form);
  if (form?.success === false) return err(unfit('The form does not fit.', form.error));
  return ok({ params: params?.data, query: query?.data, body: body?.data, form: form?.data });
}

function unfit(detail: string, error: z.ZodError): Refusal {
  const errors = error.issues
    .slice(0, INPUT_ERRORS_MAX)
    .map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  return malformed(detail, errors);
}
