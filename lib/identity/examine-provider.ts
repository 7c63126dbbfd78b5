import { isJsonObject } from '#lib/core';
import { hostsOf } from '#lib/net';
import type { ServerMetadata } from 'openid-client';
import { CLOCK_TOLERANCE_SECONDS } from './constants.ts';
import type { ProviderClient } from './provider-client.ts';
import { providerHosts } from './provider-fetch.ts';
import type {
  IdentityDeps,
  IdentityProviderRecord,
  IdentityProviders,
  ProviderFinding,
  TenantRecord,
} from './types.ts';

export interface ExaminationDeps {
  readonly identity: IdentityDeps;
  readonly providers: IdentityProviders;
  readonly client: ProviderClient;
}

/** What an ID token may be signed with: the library verifies these with a key of the provider's key set. */
const ALGORITHMS = [
  'RS256',
  'PS256',
  'ES256',
  'EdDSA',
  'Ed25519',
  'RS384',
  'RS512',
  'PS384',
  'PS512',
  'ES384',
  'ES512',
];

/** Everything that can be known about a provider without a person who signs in. Reads its documents anew. */
export async function examineProvider(
  deps: ExaminationDeps,
  tenant: TenantRecord,
): Promise<readonly ProviderFinding[]> {
  const redirect = deps.identity.addresses.ssoCallbackUrl(tenant.slug);
  const registered = {
    about: 'redirect URI',
    ok: true,
    detail: `register ${redirect} at the provider`,
  } as const;
  const provider = await deps.providers.load(tenant);
  if (provider === undefined) {
    const remedy = 'Name one in the tenant file and apply it, or under Settings, Sign-in.';
    const detail = (await deps.providers.isAltered(tenant))
      ? 'its row in the database is not as it was saved, so nobody can sign in'
      : 'there is none, so nobody can sign in';
    return [{ about: 'issuer', ok: false, detail, remedy }, registered];
  }
  const need = { secret: false, step: 'discovery', fresh: true } as const;
  const found = await deps.client.run(tenant, provider, need, async (configuration) =>
    configuration.serverMetadata(),
  );
  if (!found.ok) {
    const { kind, reason = kind } = found.error;
    const detail = `${provider.issuer}: ${reason}`;
    const refused = (await deps.providers.load(tenant))?.hosts?.refused ?? [];
    if (refused.length > 0) {
      const remedy = 'Ask whoever runs the provider whether it has moved there; only then accept the hosts.';
      return [{ about: 'endpoints', ok: false, detail, remedy }, registered];
    }
    const remedy = `Compare the issuer, letter by letter, with the provider's discovery document: open ${documentUrl(provider)} from this machine. A private address needs EGRESS_PRIVATE_HOSTS.`;
    return [{ about: 'issuer', ok: false, detail, remedy }, registered];
  }
  const metadata = found.value;
  return [
    { about: 'issuer', ok: true, detail: provider.issuer },
    examineEndpoints(deps.identity, provider, metadata),
    await examineKeys(deps.identity, metadata),
    examineAlgorithms(metadata),
    examineClient(provider, metadata),
    await examineClock(deps.identity, provider),
    registered,
  ];
}

function documentUrl({ issuer }: IdentityProviderRecord): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

function examineEndpoints(
  { egress }: IdentityDeps,
  { userinfo }: IdentityProviderRecord,
  metadata: ServerMetadata,
): ProviderFinding {
  const wanted = [
    'authorization_endpoint',
    'token_endpoint',
    'jwks_uri',
    ...(userinfo ? ['userinfo_endpoint'] : []),
  ];
  const told = metadata as unknown as Readonly<Record<string, unknown>>;
  const wrong = wanted.flatMap((name) => {
    const url = told[name];
    if (typeof url !== 'string') return [`${name} is not in the discovery document`];
    const allowed = name === 'authorization_endpoint' ? undefined : egress.allowed('idp', url);
    return allowed === undefined || allowed.ok ? [] : [`${name}: ${allowed.error.message}`];
  });
  const about = 'endpoints';
  if (wrong.length === 0) {
    const signOut = metadata.end_session_endpoint === undefined ? 'none' : 'offered';
    return { about, ok: true, detail: `all there; sign-out at the provider: ${signOut}` };
  }
  const remedy =
    'Check that the issuer is an OpenID Provider, and name its private hosts in EGRESS_PRIVATE_HOSTS.';
  return { about, ok: false, detail: wrong.join('; '), remedy };
}

async function examineKeys({ egress }: IdentityDeps, metadata: ServerMetadata): Promise<ProviderFinding> {
  const about = 'keys';
  const remedy = 'Check the key set at the provider: without its keys no ID token can be verified.';
  const { jwks_uri: url } = metadata;
  const document = url === undefined ? undefined : await readJson(egress, url, providerHosts(metadata));
  const keys = isJsonObject(document) && Array.isArray(document['keys']) ? document['keys'] : [];
  const signing = keys.filter((key) => isJsonObject(key) && key['use'] !== 'enc' && key['kty'] !== 'oct');
  if (signing.length === 0) return { about, ok: false, detail: 'the key set has no key that signs', remedy };
  return { about, ok: true, detail: `${signing.length} in the key set` };
}

async function readJson(
  egress: IdentityDeps['egress'],
  url: string,
  hosts: ReadonlySet<string>,
): Promise<unknown> {
  try {
    return await (await egress.fetch('idp', url, { hosts })).json();
  } catch {
    return undefined;
  }
}

function examineAlgorithms({ id_token_signing_alg_values_supported: told }: ServerMetadata): ProviderFinding {
  const about = 'algorithms';
  // OpenID Connect Discovery §3: the member is required, and RS256 is in it; one that leaves it out means RS256.
  const announced = told ?? ['RS256'];
  const good = announced.filter((name) => ALGORITHMS.includes(name));
  if (good.length > 0) return { about, ok: true, detail: good.join(', ') };
  const detail = `the provider signs ID tokens with nothing that can be verified here (${announced.join(', ').slice(0, 200)})`;
  return {
    about,
    ok: false,
    detail,
    remedy: 'Let it sign this client’s ID tokens with RS256, ES256, PS256 or EdDSA.',
  };
}

/** RFC 8414 §2: without the member, the method is client_secret_basic. */
function examineClient(
  { clientAuthentication, clientSecretId, scopes }: IdentityProviderRecord,
  metadata: ServerMetadata,
): ProviderFinding {
  const about = 'client';
  if (clientAuthentication !== 'none' && clientSecretId === undefined) {
    const remedy = 'Give client_secret by reference in the tenant file and apply it.';
    return { about, ok: false, detail: 'there is no client secret', remedy };
  }
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  if (clientAuthentication !== 'none' && !methods.includes(clientAuthentication)) {
    const detail = `the provider does not list ${clientAuthentication}, only ${methods.join(', ').slice(0, 200)}`;
    return { about, ok: false, detail, remedy: 'Set client_authentication to one that it lists.' };
  }
  const unlisted = scopes.filter((scope) => metadata.scopes_supported?.includes(scope) === false);
  const note =
    unlisted.length === 0 ? '' : `; scopes that the provider does not list: ${unlisted.join(', ')}`;
  return { about, ok: true, detail: `${clientAuthentication}${note}` };
}

async function examineClock(
  { egress, clock }: IdentityDeps,
  provider: IdentityProviderRecord,
): Promise<ProviderFinding> {
  const about = 'clock';
  const hosts = hostsOf([provider.issuer]);
  const answer = await egress.fetch('idp', documentUrl(provider), { hosts }).catch(() => undefined);
  const told = Date.parse(answer?.headers.get('date') ?? '');
  if (Number.isNaN(told)) return { about, ok: true, detail: 'the provider does not tell its time' };
  const seconds = Math.round((told - clock.now()) / 1_000);
  const detail = `the provider’s clock is ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} ours`;
  if (Math.abs(seconds) <= CLOCK_TOLERANCE_SECONDS) return { about, ok: true, detail };
  const remedy = 'Set this machine’s clock by NTP; if it is right, the provider’s is not.';
  return { about, ok: false, detail: `${detail}: its tokens are refused`, remedy };
}
