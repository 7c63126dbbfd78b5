import { randomBytes } from 'node:crypto';
import type { ClientId, JsonObject } from '#lib/core';
import type { Identity, TenantRecord } from '#lib/identity';
import { BODY_BYTES_MAX, CLIENT_SECRET_BYTES, MCP_SCOPE, OFFLINE_SCOPE } from './constants.ts';
import { jsonResponse, readBody } from './http-parts.ts';
import type { SettingsStore } from './store-settings.ts';
import { validateClientMetadata, type ValidClientMetadata } from './validate-client-metadata.ts';

interface RegistrationDeps {
  readonly identity: Identity;
  readonly settings: SettingsStore;
}

/** RFC 7591: a stranger introduces a client. What it says of itself is shown as its claim and decides nothing. */
export async function registerClient(
  { identity, settings }: RegistrationDeps,
  tenant: TenantRecord,
  request: Request,
): Promise<Response> {
  const { admission } = await settings.load(tenant.id);
  if (admission === 'listed') {
    return refusal(
      403,
      'access_denied',
      'this organisation lists its agents itself: ask its admin to add yours',
    );
  }
  const metadata = validateClientMetadata(await readJson(request), 'dynamic');
  if (!metadata.ok) return refusal(400, metadata.error.error, metadata.error.description);
  const clientId = `dyn_${randomBytes(16).toString('base64url')}` as ClientId;
  const secret =
    metadata.value.token_endpoint_auth_method === 'none'
      ? undefined
      : randomBytes(CLIENT_SECRET_BYTES).toString('base64url');
  const registered = await identity.agents.register(
    tenant,
    {
      clientId,
      name: metadata.value.client_name,
      metadata: { ...metadata.value } as unknown as JsonObject,
      ...(secret === undefined ? {} : { secret }),
    },
    admission === 'open' ? 'open' : 'pending',
  );
  if (!registered.ok) return refusal(429, 'temporarily_unavailable', registered.error.message);
  return jsonResponse(201, answer(metadata.value, clientId, secret, registered.value.createdAt), {
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
  });
}

function answer(
  metadata: ValidClientMetadata,
  clientId: ClientId,
  secret: string | undefined,
  createdAt: number,
): JsonObject {
  return {
    ...(metadata as unknown as JsonObject),
    client_id: clientId,
    client_id_issued_at: Math.floor(createdAt / 1000),
    scope: `${MCP_SCOPE} ${OFFLINE_SCOPE}`,
    ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
  };
}

async function readJson(request: Request): Promise<unknown> {
  const text = await readBody(request, BODY_BYTES_MAX);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, error: string, description: string): Response {
  return jsonResponse(
    status,
    { error, error_description: description },
    { 'cache-control': 'no-store', 'access-control-allow-origin': '*' },
  );
}
