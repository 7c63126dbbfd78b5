import type { Page } from '@playwright/test';

export interface ApiAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly etag: string | null;
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends no CSRF token, or this one. */
  readonly token?: string | false;
}

/** Calls the API as the person who is signed in on this page, from that page. */
export async function callApi(page: Page, canonicalUrl: string, path: string, request: ApiRequest = {}) {
  return await page.evaluate(
    async ([base, below, { method = 'GET', body, headers = {}, token }]): Promise<ApiAnswer> => {
      const session = (await (await fetch(`${base}/api/v1/session`)).json()) as { csrf_token: string };
      const csrf = token === false ? undefined : (token ?? session.csrf_token);
      const response = await fetch(`${base}/api/v1${below}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await response.text();
      return {
        status: response.status,
        body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
        etag: response.headers.get('etag'),
      };
    },
    [canonicalUrl, path, request] as const,
  );
}
