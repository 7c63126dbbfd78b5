/** An OpenID Provider that does whatever a test wants wrong: one switch per lie. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';

export interface Lies {
  /** Changes the claims of the next ID tokens. */
  readonly claims?: (claims: JWTPayload) => JWTPayload;
  /** Signs with a key that the key set does not have, or not at all. */
  readonly signature?: 'foreign' | 'none';
  /** What the discovery document says of itself. */
  readonly metadata?: object;
  /** Answers the token request with this. */
  readonly tokenAnswer?: { readonly status: number; readonly body: string; readonly type?: string };
  /** What the userinfo endpoint says. */
  readonly userinfo?: object;
}

interface State {
  issuer: string;
  lies: Lies;
  readonly ownKey: CryptoKey;
  readonly foreignKey: CryptoKey;
  readonly jwk: JWK;
  readonly nonces: Map<string, string>;
  readonly tokenRequests: URLSearchParams[];
}

export interface HostileProvider {
  readonly issuer: string;
  readonly tokenRequests: readonly URLSearchParams[];
  lie(lies: Lies): void;
  /** What the browser would bring back from `/auth`; null leaves a parameter out. */
  callback(redirectTo: string, changes?: Readonly<Record<string, string | null>>): URLSearchParams;
  stop(): Promise<void>;
}

export async function startHostileProvider(): Promise<HostileProvider> {
  const own = await generateKeyPair('RS256', { extractable: true });
  const foreign = await generateKeyPair('RS256');
  const state: State = {
    issuer: '',
    lies: {},
    ownKey: own.privateKey,
    foreignKey: foreign.privateKey,
    jwk: { ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'RS256', use: 'sig' },
    nonces: new Map(),
    tokenRequests: [],
  };
  const server = createServer((request, response) => {
    answer(state, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer: state.issuer,
    tokenRequests: state.tokenRequests,
    lie: (lies) => void (state.lies = lies),
    callback: (redirectTo, changes = {}) => callbackOf(state, redirectTo, changes),
    stop: async () => await stop(server),
  };
}

function callbackOf(
  state: State,
  redirectTo: string,
  changes: Readonly<Record<string, string | null>>,
): URLSearchParams {
  const asked = new URL(redirectTo).searchParams;
  const code = `code-${state.nonces.size}`;
  state.nonces.set(code, asked.get('nonce') ?? '');
  const parameters = new URLSearchParams({ code, state: asked.get('state') ?? '', iss: state.issuer });
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  return parameters;
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const json = (body: object) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  switch (request.url) {
    case '/.well-known/openid-configuration':
      return void json({ ...metadataOf(state.issuer), ...state.lies.metadata });
    case '/jwks':
      return void json({ keys: [state.jwk] });
    case '/me':
      return void json(state.lies.userinfo ?? { sub: 'mallory' });
    case '/token': {
      const form = new URLSearchParams(await readText(request));
      state.tokenRequests.push(form);
      const told = state.lies.tokenAnswer;
      if (told)
        response.writeHead(told.status, { 'content-type': told.type ?? 'application/json' }).end(told.body);
      else
        json({
          access_token: 'x',
          token_type: 'Bearer',
          id_token: await idToken(state, form.get('code') ?? ''),
        });
      return;
    }
    default:
      response.writeHead(404).end();
  }
}

function metadataOf(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/me`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    authorization_response_iss_parameter_supported: true,
  };
}

async function idToken(state: State, code: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const honest = {
    iss: state.issuer,
    sub: 'mallory',
    aud: 'countersign',
    iat: now,
    exp: now + 60,
    nonce: state.nonces.get(code),
    groups: ['engineering'],
  };
  const claims = state.lies.claims?.(honest) ?? honest;
  if (state.lies.signature === 'none') {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'none' })}.${part(claims)}.`;
  }
  const key = state.lies.signature === 'foreign' ? state.foreignKey : state.ownKey;
  return await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'own' }).sign(key);
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
