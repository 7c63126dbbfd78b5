import { concatBytes, decodeUtf8, err, ok, type Result } from '#lib/core';
import { FIELDS_MAX } from './constants.ts';
import { malformed, tooLarge, wrongContentType, type Refusal } from './problems.ts';

type Fields = Readonly<Record<string, string | readonly string[]>>;

/** The body's bytes, read no further than the limit. */
async function readBytes(request: Request, bytesMax: number): Promise<Result<Uint8Array, Refusal>> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > bytesMax) return err(tooLarge);
  if (request.body === null) return ok(new Uint8Array());
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > bytesMax) return err(tooLarge);
      chunks.push(chunk);
    }
  } catch {
    return err(malformed('The body ended before it was complete.'));
  }
  return ok(concatBytes(...chunks));
}

function contentType(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

export function isForm(request: Request): boolean {
  return contentType(request) === 'application/x-www-form-urlencoded';
}

async function readText(request: Request, bytesMax: number): Promise<Result<string, Refusal>> {
  const bytes = await readBytes(request, bytesMax);
  if (!bytes.ok) return bytes;
  const text = decodeUtf8(bytes.value);
  return text === undefined ? err(malformed('The body is not UTF-8 text.')) : ok(text);
}

export async function readJson(request: Request, bytesMax: number): Promise<Result<unknown, Refusal>> {
  if (contentType(request) !== 'application/json') return err(wrongContentType('application/json'));
  const text = await readText(request, bytesMax);
  if (!text.ok) return text;
  try {
    return ok(JSON.parse(text.value) as unknown);
  } catch {
    return err(malformed('The body is not JSON.'));
  }
}

export async function readForm(request: Request, bytesMax: number): Promise<Result<Fields, Refusal>> {
  if (!isForm(request)) return err(wrongContentType('application/x-www-form-urlencoded'));
  const text = await readText(request, bytesMax);
  return text.ok ? readFields(new URLSearchParams(text.value)) : text;
}

/** Name to value; a name that comes several times has a list, which a schema for one value refuses. */
export function readFields(parameters: URLSearchParams): Result<Fields, Refusal> {
  if (parameters.size > FIELDS_MAX) return err(malformed(`More than ${FIELDS_MAX} fields.`));
  const fields = new Map<string, string | string[]>();
  for (const [name, value] of parameters) {
    const known = fields.get(name);
    if (known === undefined) fields.set(name, value);
    else fields.set(name, Array.isArray(known) ? [...known, value] : [known, value]);
  }
  // fromEntries makes own properties, also of `__proto__`.
  return ok(Object.fromEntries(fields));
}
