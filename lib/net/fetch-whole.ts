import type { Dispatcher } from 'undici';
import { EgressError, type EgressProblemKind } from './errors.ts';
import type { EgressRequest } from './types.ts';

export interface FetchLimits {
  readonly bytesMax: number;
  readonly timeoutMs: number;
}

/** One request with its whole answer, within limits. @throws {EgressError} */
export async function fetchWhole(
  dispatcher: Dispatcher,
  url: URL,
  request: EgressRequest,
  limits: FetchLimits,
): Promise<Response> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
  try {
    const answer = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: outgoingHeaders(request),
      body: request.body ?? null,
      signal,
    });
    refuseUnusable(answer, url.host);
    const bytes = await readCapped(answer.body, limits.bytesMax, url.host);
    return toResponse(answer, bytes);
  } catch (error) {
    const isLate = timeout.aborted || isTimeout(request.signal?.reason);
    throw asEgressError(error, isLate, limits, url.host);
  }
}

/** Ours alone is `accept-encoding`: what comes compressed would have to be unpacked to be measured. */
function outgoingHeaders({ headers }: EgressRequest): Record<string, string> {
  const flat = headers instanceof Headers ? Object.fromEntries(headers) : { ...headers };
  for (const name of Object.keys(flat)) {
    if (/^(accept-encoding|host|connection)$/i.test(name)) delete flat[name];
  }
  return { ...flat, 'accept-encoding': 'identity' };
}

function refuseUnusable({ statusCode, headers, body }: Dispatcher.ResponseData, host: string): void {
  const refuse = (kind: EgressProblemKind, message: string): never => {
    discard(body);
    throw new EgressError({ kind, message });
  };
  if (statusCode >= 300 && statusCode < 400) {
    refuse(
      'redirect',
      `${host} answered with a redirect (HTTP ${statusCode}). Redirects are never followed: configure the final URL.`,
    );
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    refuse('encoded', `${host} sent compressed content, which was not asked for.`);
  }
}

/** Closes the connection: reading the rest to reuse it would do what the limit forbids. */
function discard(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => undefined);
  body.destroy();
}

async function readCapped(
  body: Dispatcher.ResponseData['body'],
  bytesMax: number,
  host: string,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > bytesMax) {
      discard(body);
      throw new EgressError({
        kind: 'too-large',
        message: `${host} sent more than ${bytesMax} bytes, which is the limit here.`,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toResponse({ statusCode, headers }: Dispatcher.ResponseData, bytes: Buffer<ArrayBuffer>): Response {
  const list = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined) list.append(name, each);
  }
  const withoutBody = statusCode === 204 || statusCode === 205;
  return new Response(withoutBody ? null : bytes, { status: statusCode, headers: list });
}

function asEgressError(error: unknown, isLate: boolean, { timeoutMs }: FetchLimits, host: string): Error {
  if (error instanceof EgressError) return error;
  if (isLate) {
    return new EgressError(
      { kind: 'timed-out', message: `${host} did not answer within ${timeoutMs} ms.` },
      error,
    );
  }
  if (error instanceof Error && error.name === 'AbortError') return error;
  return new EgressError(
    { kind: 'unreachable', message: `${host} could not be reached${codeOf(error)}.` },
    error,
  );
}

/** Why a caller's own signal of time ended the request. */
function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? ` (${code})` : '';
}
