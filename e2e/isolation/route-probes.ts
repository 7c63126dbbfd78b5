/**
 * For every file that answers a request: the requests by which somebody would reach a tenant's things through it, from
 * that tenant's ids. A new route or page needs an entry here before its tests pass.
 */
import type { Ids } from './two-tenants.ts';

export interface Probe {
  /**
   * Below the tenant's address, or with two slashes from the root. `{tenant}`, `{canonical}` and `{server}` are those of
   * whom is asked, everything else comes from the ids.
   */
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent beside whatever session is tried. */
  readonly cookies?: string;
  /** What the owner gets with the very same request: shows that the probe would find something. */
  readonly owner: readonly number[];
  /** It ends the session that it is made with, and names nothing: of no use at one's own address. */
  readonly endsSession?: true;
  /** The owner makes it with a session of its own: it ends that, or one before it did. */
  readonly ownSession?: true;
  /** The access token stands for the session. */
  readonly bearer?: true;
}

export interface FileProbes {
  /** `public` answers are the same for everybody; they must not hold anything of another tenant all the same. */
  readonly reach: 'public' | 'guarded';
  readonly probes: (ids: Ids) => readonly Probe[];
  /** The owner's request takes something away: made last. */
  readonly spends?: true;
}

const publicAt = (...paths: string[]): FileProbes => ({
  reach: 'public',
  probes: () => paths.map((path) => ({ path, owner: [200] })),
});

/** What is kept in the file: read, and refused to be changed. Elsewhere there is none, which `If-Match` says. */
function configured(pathOf: (ids: Ids) => string): FileProbes {
  return {
    reach: 'guarded',
    probes: (ids) => [
      { path: pathOf(ids), owner: [200] },
      {
        path: pathOf(ids),
        method: 'PUT',
        json: bodyFor(pathOf(ids)),
        headers: { 'if-match': '"none"' },
        owner: [409],
      },
      ...(/\/(settings|identity-provider)$/.test(pathOf(ids))
        ? []
        : [{ path: pathOf(ids), method: 'DELETE' as const, owner: [409] }]),
    ],
  };
}

/** A body that fits, so that the answer is about the name. */
function bodyFor(path: string): object {
  if (path.includes('/servers/'))
    return { title: 'Mine', url: 'https://mine.example/mcp', credential: { user: 'none' } };
  if (path.includes('/policies/')) return { text: 'permit (principal, action, resource);' };
  if (path.includes('/agents/'))
    return { name: 'Mine', authentication: 'none', redirect_uris: ['http://127.0.0.1/cb'] };
  if (path.endsWith('/settings')) return { display_name: 'Mine' };
  return { issuer: 'http://127.0.0.1:9', client_id: 'mine', client_authentication: 'none' };
}

const listed = (path: string): FileProbes => ({
  reach: 'guarded',
  probes: () => [{ path, owner: [200] }],
});

const MCP = { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' };
const rpc = (method: string, params: object = {}) => ({ jsonrpc: '2.0', id: 1, method, params });
const initialize = rpc('initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'probe', version: '1' },
});

/** By file, in the order in which the owner's own requests are made. */
export const ROUTE_PROBES: Readonly<Record<string, FileProbes>> = {
  'app/page.tsx': { reach: 'public', probes: () => [{ path: '//', owner: [200] }] },
  'app/livez/route.ts': publicAt('//livez'),
  'app/readyz/route.ts': publicAt('//readyz'),
  'app/choose/route.ts': {
    reach: 'public',
    probes: () => [{ path: '//choose?tenant={tenant}', owner: [200] }],
  },
  'app/t/[tenant]/mint/jwks/route.ts': publicAt('/mint/jwks'),
  'app/t/[tenant]/oauth/jwks/route.ts': publicAt('/oauth/jwks'),
  'app/t/[tenant]/log/trust.json/route.ts': publicAt('/log/trust.json'),
  'app/t/[tenant]/sso/error/page.tsx': publicAt('/sso/error?kind=state_mismatch'),
  'app/t/[tenant]/sso/signed-out/page.tsx': publicAt('/sso/signed-out'),
  'app/t/[tenant]/sso/everywhere/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/sso/everywhere', owner: [200] }],
  },
  'app/t/[tenant]/sso/start/route.ts': {
    reach: 'public',
    probes: () => [{ path: '/sso/start?return_to=/receipts', owner: [303] }],
  },
  'app/.well-known/[name]/t/[tenant]/[[...path]]/route.ts': {
    reach: 'public',
    probes: ({ server }) => [
      { path: `//.well-known/oauth-protected-resource/t/{tenant}/mcp/${server}`, owner: [200] },
      { path: '//.well-known/oauth-authorization-server/t/{tenant}', owner: [200] },
    ],
  },
  'app/t/[tenant]/page.tsx': { reach: 'guarded', probes: () => [{ path: '', owner: [307] }] },
  'app/t/[tenant]/(console)/connections/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/connections', owner: [200] }],
  },
  'app/t/[tenant]/(console)/destinations/route.ts': {
    reach: 'guarded',
    probes: () => [{ path: '/destinations', owner: [200] }],
  },
  'app/t/[tenant]/(console)/appearance/route.ts': {
    reach: 'public',
    probes: () => [{ path: '/appearance', method: 'POST', form: { theme: 'dark' }, owner: [303] }],
  },
  'app/t/[tenant]/(console)/servers/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/servers', owner: [200] }],
  },
  'app/t/[tenant]/(console)/servers/[id]/page.tsx': {
    reach: 'guarded',
    probes: ({ server }) => [{ path: `/servers/${server}`, owner: [200] }],
  },
  'app/t/[tenant]/(console)/servers/new/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/servers/new', owner: [200] }],
  },
  'app/t/[tenant]/(console)/servers/[id]/definitions/page.tsx': {
    reach: 'guarded',
    probes: ({ server }) => [{ path: `/servers/${server}/definitions`, owner: [200] }],
  },
  'app/t/[tenant]/(console)/servers/[id]/settings/page.tsx': {
    reach: 'guarded',
    probes: ({ server }) => [{ path: `/servers/${server}/settings`, owner: [200] }],
  },
  'app/t/[tenant]/(console)/agents/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/agents', owner: [200] }],
  },
  'app/t/[tenant]/(console)/agents/new/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/agents/new', owner: [200] }],
  },
  'app/t/[tenant]/(console)/agents/[client_id]/page.tsx': {
    reach: 'guarded',
    probes: ({ client }) => [{ path: `/agents/${client}`, owner: [200] }],
  },
  'app/t/[tenant]/(console)/settings/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/settings', owner: [200] }],
  },
  'app/t/[tenant]/(console)/keys/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/keys', owner: [200] }],
  },
  'app/t/[tenant]/(console)/receipts/page.tsx': {
    reach: 'guarded',
    probes: ({ cursor, person, client, server }) => [
      { path: '/receipts', owner: [200] },
      { path: `/receipts?after=${encodeURIComponent(cursor)}`, owner: [200] },
      { path: `/receipts?person=${person}`, owner: [200] },
      { path: `/receipts?agent=${client}&server=${server}`, owner: [200] },
    ],
  },
  'app/t/[tenant]/(console)/receipts/verify/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/receipts/verify', owner: [200] }],
  },
  'app/t/[tenant]/(console)/receipts/[id]/page.tsx': {
    reach: 'guarded',
    probes: ({ receipt, call }) => [receipt, call].map((id) => ({ path: `/receipts/${id}`, owner: [200] })),
  },
  'app/t/[tenant]/(console)/receipts/[id]/bodies/route.ts': {
    reach: 'guarded',
    probes: ({ call }) => [{ path: `/receipts/${call}/bodies`, method: 'POST', form: {}, owner: [200] }],
  },
  'app/t/[tenant]/api/v1/receipts/route.ts': {
    reach: 'guarded',
    probes: ({ cursor, person, client, server }) => [
      { path: '/api/v1/receipts', owner: [200] },
      { path: `/api/v1/receipts?after=${encodeURIComponent(cursor)}`, owner: [200] },
      { path: `/api/v1/receipts?person=${person}`, owner: [200] },
      { path: `/api/v1/receipts?agent=${client}&server=${server}`, owner: [200] },
    ],
  },
  'app/t/[tenant]/api/v1/receipts/[id]/route.ts': {
    reach: 'guarded',
    probes: ({ receipt, call }) =>
      [receipt, call].map((id) => ({ path: `/api/v1/receipts/${id}`, owner: [200] })),
  },
  'app/t/[tenant]/api/v1/receipts/[id]/bodies/route.ts': {
    reach: 'guarded',
    probes: ({ call }) => [{ path: `/api/v1/receipts/${call}/bodies`, method: 'POST', owner: [200] }],
  },
  'app/t/[tenant]/api/v1/receipts/[id]/proof/route.ts': {
    reach: 'guarded',
    probes: ({ call }) => [{ path: `/api/v1/receipts/${call}/proof`, owner: [200] }],
  },
  'app/t/[tenant]/api/v1/receipts/[id]/sd-jwt/route.ts': {
    reach: 'guarded',
    probes: ({ call }) => [{ path: `/api/v1/receipts/${call}/sd-jwt`, owner: [200] }],
  },
  'app/t/[tenant]/api/v1/receipts/[id]/bundle/route.ts': {
    reach: 'guarded',
    probes: ({ call }) => [{ path: `/api/v1/receipts/${call}/bundle`, owner: [200] }],
  },
  'app/t/[tenant]/api/v1/bundles/route.ts': {
    reach: 'guarded',
    probes: ({ receipt, call, person, server }) => [
      { path: '/api/v1/bundles', method: 'POST', json: { filters: { person, server } }, owner: [200] },
      { path: '/api/v1/bundles', method: 'POST', json: { receipts: [receipt] }, owner: [200] },
      { path: '/api/v1/bundles', method: 'POST', json: { receipts: [call], bodies: true }, owner: [200] },
    ],
  },
  'app/t/[tenant]/api/v1/keys/route.ts': {
    reach: 'guarded',
    probes: () => [{ path: '/api/v1/keys', owner: [200] }],
  },
  'app/t/[tenant]/api/v1/session/route.ts': {
    reach: 'guarded',
    probes: () => [{ path: '/api/v1/session', owner: [200] }],
  },
  'app/t/[tenant]/api/v1/openapi.json/route.ts': publicAt('/api/v1/openapi.json'),
  'app/t/[tenant]/api/v1/settings/route.ts': configured(() => '/api/v1/settings'),
  'app/t/[tenant]/api/v1/identity-provider/route.ts': configured(() => '/api/v1/identity-provider'),
  'app/t/[tenant]/api/v1/servers/route.ts': listed('/api/v1/servers'),
  'app/t/[tenant]/api/v1/servers/[id]/route.ts': configured(({ server }) => `/api/v1/servers/${server}`),
  'app/t/[tenant]/api/v1/servers/probe/route.ts': {
    reach: 'guarded',
    probes: ({ server }) => [
      {
        path: '/api/v1/servers/probe',
        method: 'POST',
        json: { id: server, title: server, url: 'http://127.0.0.1:9/mcp', credential: { user: 'none' } },
        owner: [422],
      },
    ],
  },
  'app/t/[tenant]/api/v1/servers/[id]/probe/route.ts': {
    reach: 'guarded',
    probes: ({ server }) => [{ path: `/api/v1/servers/${server}/probe`, method: 'POST', owner: [200] }],
  },
  'app/t/[tenant]/api/v1/servers/[id]/approval/route.ts': {
    reach: 'guarded',
    probes: ({ server }) => [
      {
        path: `/api/v1/servers/${server}/approval`,
        method: 'POST',
        json: { listing_sha256: '0'.repeat(64) },
        owner: [412],
      },
    ],
  },
  'app/t/[tenant]/api/v1/policies/route.ts': listed('/api/v1/policies'),
  'app/t/[tenant]/api/v1/policies/[id]/route.ts': configured(() => '/api/v1/policies/engineering'),
  'app/t/[tenant]/api/v1/agents/route.ts': listed('/api/v1/agents'),
  'app/t/[tenant]/api/v1/agents/[client_id]/route.ts': configured(() => '/api/v1/agents/nightly-report'),
  'app/t/[tenant]/api/v1/agents/[client_id]/secret/route.ts': {
    reach: 'guarded',
    probes: () => [{ path: '/api/v1/agents/nightly-report/secret', method: 'POST', owner: [409] }],
  },
  'app/t/[tenant]/api/v1/agents/[client_id]/admission/route.ts': {
    reach: 'guarded',
    probes: ({ client }) => [
      {
        path: `/api/v1/agents/${client}/admission`,
        method: 'POST',
        json: { admission: 'admitted' },
        owner: [204],
      },
    ],
  },
  'app/t/[tenant]/api/v1/agents/[client_id]/registration/route.ts': {
    reach: 'guarded',
    probes: () => [{ path: '/api/v1/agents/nightly-report/registration', method: 'DELETE', owner: [409] }],
  },
  'app/t/[tenant]/(console)/settings/sign-in/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/settings/sign-in', owner: [200] }],
  },
  'app/t/[tenant]/(console)/settings/sign-in/tests/[id]/page.tsx': {
    reach: 'guarded',
    // Nobody ran a test: an id of another's report is one of nothing, too.
    probes: ({ verifier }) => [{ path: `/settings/sign-in/tests/${verifier.slice(0, 43)}`, owner: [404] }],
  },
  'app/t/[tenant]/api/v1/sign-in-tests/route.ts': {
    reach: 'guarded',
    probes: () => [{ path: '/api/v1/sign-in-tests', method: 'POST', json: {}, owner: [200] }],
  },
  'app/t/[tenant]/(console)/people/page.tsx': {
    reach: 'guarded',
    probes: ({ person }) => [
      { path: '/people', owner: [200] },
      { path: `/people?search=${person}`, owner: [200] },
    ],
  },
  'app/t/[tenant]/(console)/people/[reference]/page.tsx': {
    reach: 'guarded',
    probes: ({ person }) => [{ path: `/people/${person}`, owner: [200] }],
  },
  'app/t/[tenant]/api/v1/people/route.ts': {
    reach: 'guarded',
    probes: ({ person }) => [
      { path: '/api/v1/people', owner: [200] },
      { path: `/api/v1/people?search=${person}`, owner: [200] },
      { path: `/api/v1/people?limit=1&after=9999999999999.${person}`, owner: [200] },
    ],
  },
  'app/t/[tenant]/api/v1/people/[reference]/route.ts': {
    reach: 'guarded',
    probes: ({ person }) => [{ path: `/api/v1/people/${person}`, owner: [200] }],
  },
  'app/t/[tenant]/api/v1/people/[reference]/state/route.ts': {
    reach: 'guarded',
    probes: ({ person }) => [
      { path: `/api/v1/people/${person}/state`, method: 'POST', json: { state: 'active' }, owner: [200] },
    ],
  },
  'app/t/[tenant]/api/v1/people/[reference]/erasure/route.ts': {
    reach: 'guarded',
    // The owner is asked about themself, whom no admin erases: 409, where a stranger to the tenant finds nobody.
    probes: ({ person }) => [
      { path: `/api/v1/people/${person}/erasure`, method: 'POST', json: { confirm: person }, owner: [409] },
    ],
  },
  'app/t/[tenant]/api/v1/policies/test/route.ts': {
    reach: 'guarded',
    probes: ({ person, client, server }) => [
      {
        path: '/api/v1/policies/test',
        method: 'POST',
        json: {
          request: {
            person: { reference: person },
            agent: { client_id: client },
            server,
            tool: 'read_balance',
            arguments: { account: 'a' },
          },
        },
        owner: [200],
      },
    ],
  },
  'app/t/[tenant]/api/v1/policies/validation/route.ts': {
    reach: 'guarded',
    probes: ({ server }) => [
      {
        path: '/api/v1/policies/validation',
        method: 'POST',
        json: { policies: { probe: `permit (principal, action, resource in Server::"${server}");` } },
        owner: [200],
      },
    ],
  },
  'app/t/[tenant]/api/v1/policies/schema/route.ts': {
    reach: 'guarded',
    probes: ({ server }) => [
      { path: '/api/v1/policies/schema', owner: [200] },
      { path: `/api/v1/policies/schema?server=${server}&tool=read_balance`, owner: [200] },
      { path: `/api/v1/policies/schema?server=${server}&tool=read_balance&of=arguments`, owner: [200] },
    ],
  },
  'app/t/[tenant]/api/v1/policies/versions/route.ts': {
    reach: 'guarded',
    probes: () => [{ path: '/api/v1/policies/versions', owner: [200] }],
  },
  'app/t/[tenant]/api/v1/policies/versions/[n]/route.ts': {
    reach: 'guarded',
    probes: () => [{ path: '/api/v1/policies/versions/1?against=0', owner: [200] }],
  },
  'app/t/[tenant]/api/v1/policies/versions/[n]/activation/route.ts': {
    reach: 'guarded',
    probes: () => [{ path: '/api/v1/policies/versions/1/activation', method: 'POST', owner: [200] }],
  },
  'app/t/[tenant]/(console)/policies/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/policies', owner: [200] }],
  },
  'app/t/[tenant]/(console)/policies/new/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/policies/new', owner: [200] }],
  },
  'app/t/[tenant]/(console)/policies/[id]/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/policies/engineering', owner: [200] }],
  },
  'app/t/[tenant]/(console)/policies/test/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/policies/test', owner: [200] }],
  },
  'app/t/[tenant]/(console)/policies/versions/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/policies/versions', owner: [200] }],
  },
  'app/t/[tenant]/(console)/policies/versions/[n]/page.tsx': {
    reach: 'guarded',
    probes: () => [{ path: '/policies/versions/1?against=0', owner: [200] }],
  },
  'app/t/[tenant]/log/[log]/[...path]/route.ts': {
    reach: 'guarded',
    probes: ({ log }) =>
      ['checkpoint', 'tile/0/000.p/1', 'tile/entries/000.p/1'].map((file) => ({
        path: `/log/${log}/${file}`,
        owner: [200],
      })),
  },
  'app/t/[tenant]/consent/[uid]/page.tsx': {
    reach: 'guarded',
    probes: ({ interaction, interactionCookies }) => [
      { path: `/consent/${interaction}`, cookies: interactionCookies, owner: [200] },
    ],
  },
  'app/t/[tenant]/mcp/[server]/route.ts': {
    reach: 'guarded',
    probes: ({ server, mcpSession }) => {
      const inSession = { ...MCP, 'mcp-session-id': mcpSession };
      const path = '/mcp/{server}';
      return [
        {
          path: `/mcp/${server}`,
          method: 'POST',
          json: initialize,
          headers: MCP,
          bearer: true,
          owner: [200],
        },
        { path, method: 'POST', json: rpc('tools/list'), headers: inSession, bearer: true, owner: [200] },
        {
          path,
          method: 'POST',
          json: rpc('tools/call', { name: 'read_balance', arguments: { account: 'x' } }),
          headers: inSession,
          bearer: true,
          owner: [200],
        },
      ];
    },
  },
  'app/t/[tenant]/oauth/[...path]/route.ts': {
    reach: 'public',
    spends: true,
    probes: ({ client, codeClient, code, verifier, refresh, server }) => {
      const redirect = 'http://127.0.0.1:8123/callback';
      const authorize = new URLSearchParams({
        response_type: 'code',
        client_id: client,
        redirect_uri: redirect,
        code_challenge: verifier,
        code_challenge_method: 'S256',
        resource: `{canonical}/mcp/${server}`,
      });
      const token = (form: Record<string, string>): Probe => ({
        path: '/oauth/token',
        method: 'POST',
        form: { resource: '{canonical}/mcp/{server}', ...form },
        owner: [200],
      });
      return [
        {
          path: `/oauth/authorize?${authorize.toString().replaceAll('%7B', '{').replaceAll('%7D', '}')}`,
          owner: [303],
        },
        token({
          grant_type: 'authorization_code',
          client_id: codeClient,
          code,
          code_verifier: verifier,
          redirect_uri: redirect,
        }),
        token({ grant_type: 'refresh_token', client_id: client, refresh_token: refresh }),
        { path: '/oauth/revoke', method: 'POST', form: { client_id: client, token: refresh }, owner: [200] },
      ];
    },
  },
  'app/t/[tenant]/sso/callback/route.ts': {
    reach: 'public',
    spends: true,
    probes: ({ signInState, signInCookies }) => [
      { path: `/sso/callback?code=x&state=${signInState}`, cookies: signInCookies, owner: [303] },
    ],
  },
  'app/t/[tenant]/consent/[uid]/decision/route.ts': {
    reach: 'guarded',
    spends: true,
    probes: ({ interaction, interactionCookies }) => [
      {
        path: `/consent/${interaction}/decision`,
        method: 'POST',
        form: { effect: 'decline' },
        cookies: interactionCookies,
        owner: [200],
      },
    ],
  },
  'app/t/[tenant]/api/v1/keys/[purpose]/rotation/route.ts': {
    reach: 'guarded',
    spends: true,
    probes: ({ key }) => [
      { path: '/api/v1/keys/receipt/rotation', method: 'POST', json: { in_force: key }, owner: [200] },
    ],
  },
  'app/t/[tenant]/api/v1/agents/[client_id]/grants/route.ts': {
    reach: 'guarded',
    spends: true,
    probes: ({ client }) => [{ path: `/api/v1/agents/${client}/grants`, method: 'DELETE', owner: [200] }],
  },
  'app/t/[tenant]/(console)/connections/disconnect/route.ts': {
    reach: 'guarded',
    spends: true,
    probes: ({ client }) => [
      { path: '/connections/disconnect', method: 'POST', form: { client_id: client }, owner: [303] },
    ],
  },
  'app/t/[tenant]/api/v1/people/[reference]/agents/[client_id]/route.ts': {
    reach: 'guarded',
    spends: true,
    probes: ({ person, client }) => [
      { path: `/api/v1/people/${person}/agents/${client}`, method: 'DELETE', owner: [200] },
    ],
  },
  'app/t/[tenant]/api/v1/people/[reference]/sessions/route.ts': {
    reach: 'guarded',
    spends: true,
    probes: ({ person }) => [
      { path: `/api/v1/people/${person}/sessions`, method: 'DELETE', ownSession: true, owner: [200] },
    ],
  },
  'app/t/[tenant]/sso/sign-out-everywhere/route.ts': {
    reach: 'guarded',
    spends: true,
    probes: () => [
      { path: '/sso/sign-out-everywhere', method: 'POST', form: {}, endsSession: true, owner: [200] },
    ],
  },
  'app/t/[tenant]/sso/sign-out/route.ts': {
    reach: 'guarded',
    spends: true,
    probes: () => [{ path: '/sso/sign-out', method: 'POST', form: {}, endsSession: true, owner: [200] }],
  },
};
