import type { ConsoleContextValue } from '#ui/console-context.tsx';
import type { RequestWords } from '#ui/messages.ts';

export interface JsonRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  /** The version that was shown: somebody else's later change is not overwritten (412). */
  readonly etag?: string | undefined;
  /** Only if nothing of this name is there yet. */
  readonly create?: boolean;
}

/** One thing that is wrong with the input. */
export interface InputError {
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** A refusal as a person reads it. */
export interface RequestProblem {
  /** 0 where no answer came. */
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy?: string;
  readonly reference?: string;
  readonly errors: readonly InputError[];
}

export type JsonOutcome<Body = unknown> =
  | { readonly ok: true; readonly body: Body; readonly etag: string | undefined; readonly headers: Headers }
  | { readonly ok: false; readonly problem: RequestProblem };

/** As the server's `CSRF_HEADER`; this file runs in the browser, which `lib/http` does not. */
const CSRF_HEADER = 'x-csrf-token';
const ANSWER_MS_MAX = 60_000;

/** By address: the version that this page was shown last, after a save of its own or beside a conflict. */
const shown = new Map<string, string>();

/** The version that the person in front of this page knows: what an act on the whole thing may be based on. */
export function versionShown(url: string, atFirst: string | undefined): string | undefined {
  return shown.get(url) ?? atFirst;
}

/**
 * Sends JSON to the API under the session's CSRF token. A token that has had its day (the person signed in again in
 * another tab) is fetched anew, once: what was typed is not lost over it.
 */
export async function sendJson<Body = unknown>(
  console: ConsoleContextValue,
  request: JsonRequest,
): Promise<JsonOutcome<Body>> {
  const first = await attempt<Body>(console, request);
  if (first.ok || first.problem.code !== 'csrf') return first;
  return (await renewToken(console)) ? await attempt<Body>(console, request) : first;
}

async function attempt<Body>(
  { csrfToken, words }: ConsoleContextValue,
  request: JsonRequest,
): Promise<JsonOutcome<Body>> {
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: headersOf(request, csrfToken.current),
      body: request.body === undefined ? null : JSON.stringify(request.body),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const text = await response.text();
    if (!response.ok) return { ok: false, problem: readProblem(response, text, words) };
    const body = (text === '' ? undefined : JSON.parse(text)) as Body;
    const { headers } = response;
    const etag = headers.get('etag') ?? undefined;
    if (etag !== undefined) shown.set(request.url, etag);
    return { ok: true, body, etag, headers };
  } catch {
    return { ok: false, problem: { status: 0, code: 'no-answer', ...words.noAnswer, errors: [] } };
  }
}

function headersOf({ body, etag, create }: JsonRequest, csrfToken: string): Headers {
  const headers = new Headers({ accept: 'application/json', [CSRF_HEADER]: csrfToken });
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (etag !== undefined) headers.set('if-match', etag);
  if (create === true) headers.set('if-none-match', '*');
  return headers;
}

async function renewToken({ canonicalUrl, csrfToken }: ConsoleContextValue): Promise<boolean> {
  const response = await fetch(`${canonicalUrl}/api/v1/session`, { redirect: 'error' }).catch(
    () => undefined,
  );
  if (response?.ok !== true) return false;
  const session = (await response.json()) as { csrf_token?: string };
  if (session.csrf_token === undefined || session.csrf_token === csrfToken.current) return false;
  csrfToken.current = session.csrf_token;
  return true;
}

/** Statuses whose words here say more than the answer's: what to do with the page that is open. */
const OWN_WORDS = { 401: 'signedOut', 412: 'changed', 413: 'tooLarge', 429: 'tooMany' } as const;

/** What the answer says, or, where it is not a problem of ours (a proxy's page), what its status means. */
export function readProblem(
  response: Pick<Response, 'status' | 'headers'>,
  text: string,
  words: RequestWords,
): RequestProblem {
  const { status } = response;
  const said = parseProblem(text);
  const own = status in OWN_WORDS ? words[OWN_WORDS[status as keyof typeof OWN_WORDS]] : undefined;
  const fallback = status >= 500 ? words.unavailable : words.refused;
  const reference = said.reference ?? response.headers.get('countersign-request') ?? undefined;
  return {
    status,
    code: said.code ?? `status-${status}`,
    title: own?.title ?? said.title ?? fallback.title,
    detail: own?.detail ?? said.detail ?? fallback.detail,
    ...(own === undefined && said.remedy !== undefined ? { remedy: said.remedy } : {}),
    ...(reference === undefined ? {} : { reference }),
    errors: said.errors ?? [],
  };
}

function parseProblem(text: string): Partial<RequestProblem> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
