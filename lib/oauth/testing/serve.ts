/**
 * What stands around the authorization server in the product, as little of it as the flows need: single sign-on's
 * callback, a consent page made of plain forms, metadata, and one MCP address that only checks its token.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { ServerId } from '#lib/core';
import { parseCookies, type Addresses } from '#lib/edge';
import type { BrowserSession, Identity, TenantRecord } from '#lib/identity';
import type { Oauth } from '#lib/oauth';

/** The product's modules the site hands requests to. */
export interface Served {
  readonly tenant: TenantRecord;
  readonly addresses: Addresses;
  readonly identity: Identity;
  readonly oauth: Oauth;
}

export interface TestSite {
  close(): Promise<void>;
}

interface Visit {
  readonly request: Request;
  readonly path: string;
  readonly session: BrowserSession | undefined;
  readonly served: Served;
}

export async function serveTenant(port: number, served: () => Served): Promise<TestSite> {
  const server = createServer((incoming, outgoing) => {
    answer(incoming, served())
      .catch((error: unknown) => new Response(String(error), { status: 500 }))
      .then(async (response) => {
        for (const [name, value] of response.headers)
          if (name !== 'set-cookie') outgoing.setHeader(name, value);
        outgoing.setHeader('set-cookie', response.headers.getSetCookie());
        outgoing.writeHead(response.status);
        outgoing.end(Buffer.from(await response.arrayBuffer()));
      })
      .catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(incoming: IncomingMessage, served: Served): Promise<Response> {
  const { tenant, addresses, identity, oauth } = served;
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
  const request = new Request(`http://internal.invalid${incoming.url ?? '/'}`, {
    method: incoming.method ?? 'GET',
    headers,
    ...body,
  });
  const match = addresses.match(headers.get('host') ?? undefined, new URL(request.url).pathname);
  if (match.kind === 'well-known') return wellKnown(served, match.name, match.path);
  if (match.kind !== 'tenant' || match.slug !== tenant.slug) return new Response(null, { status: 421 });
  const cookies = parseCookies(headers.get('cookie'));
  const session = await identity.sessions.verify(tenant, (name) => cookies.get(name));
  const visit = { request, path: match.path, session, served };
  if (match.path.startsWith('/oauth/')) {
    return oauth.handle(request, tenant, { ip: '127.0.0.1', ...(session ? { session } : {}) });
  }
  if (match.path === '/sign-in') return beginSignIn(served);
  if (match.path === '/sso/callback') return completeSignIn(visit, cookies);
  if (match.path.startsWith('/consent/')) return consent(visit);
  if (match.path.startsWith('/mcp/')) return resource(visit);
  return new Response(null, { status: 404 });
}

async function wellKnown({ oauth, tenant }: Served, name: string, path: string): Promise<Response> {
  if (name !== 'oauth-protected-resource') return Response.json(oauth.metadata(tenant));
  const found = await oauth.protectedResourceMetadata(tenant, path.slice('/mcp/'.length) as ServerId);
  return found ? Response.json(found) : new Response(null, { status: 404 });
}

async function beginSignIn({ identity, tenant }: Served): Promise<Response> {
  const begun = await identity.sso.begin(tenant, { returnTo: '/' });
  if (!begun.ok) return new Response(begun.error.kind, { status: 503 });
  const headers = new Headers({ location: begun.value.redirectTo });
  for (const cookie of begun.value.setCookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}

async function completeSignIn(
  { request, served }: Visit,
  cookies: ReadonlyMap<string, string>,
): Promise<Response> {
  const completed = await served.identity.sso.complete(served.tenant, {
    parameters: new URL(request.url).searchParams,
    readCookie: (name) => cookies.get(name),
    ip: '127.0.0.1',
  });
  if (!completed.ok) return new Response(completed.error.kind, { status: 403 });
  const headers = new Headers({ location: completed.value.returnTo });
  for (const cookie of completed.value.setCookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}

async function consent({ request, path, session, served }: Visit): Promise<Response> {
  const { oauth, identity, tenant } = served;
  if (!session) return new Response('sign in first', { status: 401 });
  const uid = path.slice('/consent/'.length);
  const visit = { session, cookies: request.headers.get('cookie'), ip: '127.0.0.1' };
  if (request.method === 'GET') {
    const shown = await oauth.interaction(tenant, uid, visit);
    if (!shown.ok) return new Response(shown.error.title, { status: shown.error.status });
    const csrf = identity.sessions.createCsrfToken(session);
    return html(`<pre>${JSON.stringify(shown.value)}</pre><form method="post">
      <input type="hidden" name="csrf" value="${csrf}"><button name="effect" value="allow"></button>
      <input type="checkbox" name="admit" value="yes"></form>`);
  }
  const form = new URLSearchParams(await request.text());
  if (!identity.sessions.verifyCsrfToken(session, form.get('csrf') ?? '')) {
    return new Response('csrf', { status: 403 });
  }
  const decision =
    form.get('effect') === 'allow'
      ? ({ effect: 'allow', admit: form.get('admit') === 'yes' } as const)
      : ({ effect: 'decline' } as const);
  const decided = await oauth.decide(tenant, uid, decision, visit);
  return decided.ok
    ? new Response(null, { status: 303, headers: { location: decided.value.redirectTo } })
    : new Response(decided.error.title, { status: decided.error.status });
}

function html(body: string): Response {
  return new Response(`<!doctype html><body>${body}</body>`, { headers: { 'content-type': 'text/html' } });
}

async function resource({ request, path, served }: Visit): Promise<Response> {
  const { oauth, tenant } = served;
  const server = path.slice('/mcp/'.length) as ServerId;
  const bearer = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1];
  if (bearer === undefined) {
    return new Response(null, {
      status: 401,
      headers: { 'www-authenticate': oauth.challenge(tenant, server) },
    });
  }
  return new Promise((resolve) => {
    oauth.checkAccessToken(tenant, server, bearer, (result) => {
      resolve(
        result.ok
          ? Response.json({
              mode: result.value.mode,
              grant: result.value.grant,
              version: result.value.version,
            })
          : new Response(null, {
              status: result.error.status,
              headers: { 'www-authenticate': oauth.challenge(tenant, server, result.error) },
            }),
      );
    });
  });
}
