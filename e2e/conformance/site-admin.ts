/** What an admin does over the API to make a server callable: register it, look at what it shows, approve that. */
import { z } from 'zod';
import { createBrowser, type HttpBrowser } from '../fixtures/http-browser.ts';

export const ADMIN = 'ada@acme.example';

/** A browser in which this person is signed in to Countersign; it stops at clients' redirect URIs. */
export async function signIn(canonicalUrl: string, email: string): Promise<HttpBrowser> {
  const own = new URL(canonicalUrl).host;
  const browser = createBrowser({ stopAt: (url) => url.host !== own && /[?#&]iss=/.test(url.href) });
  await browser.open(`${canonicalUrl}/connections`);
  const page = await browser.submit({ email });
  if (page.status !== 200) throw new Error(`${email} is not signed in: ${page.status} ${page.text}`);
  return browser;
}

/** Registers the server under this id and pins all that it shows. */
export async function addServer(
  browser: HttpBrowser,
  canonicalUrl: string,
  id: string,
  url: string,
): Promise<void> {
  const csrf = z
    .object({ csrf_token: z.string() })
    .parse(await callApi(browser, canonicalUrl, 'GET', '/session', '')).csrf_token;
  const api = (method: string, path: string, body?: object) =>
    callApi(browser, canonicalUrl, method, `/servers/${id}${path}`, csrf, body);
  await api('PUT', '', { title: id, url, credential: { user: 'minted', agent: 'minted' } });
  const probe = z.object({ listing_sha256: z.string() }).parse(await api('POST', '/probe'));
  await api('POST', '/approval', { listing_sha256: probe.listing_sha256 });
}

async function callApi(
  browser: HttpBrowser,
  canonicalUrl: string,
  method: string,
  path: string,
  csrf: string,
  body?: object,
): Promise<unknown> {
  const url = `${canonicalUrl}/api/v1${path}`;
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      cookie: browser.cookies(url),
      ...(method === 'GET' ? {} : { origin: new URL(url).origin, 'x-csrf-token': csrf }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
