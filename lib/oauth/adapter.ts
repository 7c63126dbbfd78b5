import { Provider, errors, type Adapter, type AdapterFactory, type AdapterPayload } from 'oidc-provider';
import type { ClientId, GrantId } from '#lib/core';
import type { TenantScope } from './tenant-scope.ts';
import { clientPayload } from './client-payload.ts';
import { MCP_SCOPE, USED_CODE_KEPT_SECONDS } from './constants.ts';
import { awaitReplay } from './replay-refresh.ts';
import type { Payload } from './store.ts';

/** Models that must never reach storage: their features are off, or the tokens are JWTs that nobody stores. */
class ClosedAdapter implements Adapter {
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
  }

  async upsert(): Promise<void> {
    throw new Error(`${this.#model} is not kept here`);
  }
  async find(_id: string): Promise<AdapterPayload | undefined> {
    return undefined;
  }
  async findByUserCode(): Promise<undefined> {
    return undefined;
  }
  async findByUid(): Promise<undefined> {
    return undefined;
  }
  async consume(): Promise<void> {
    throw new Error(`${this.#model} is not kept here`);
  }
  async destroy(_id: string): Promise<void> {
    // Nothing is kept, so nothing is left behind.
  }
  async revokeByGrantId(): Promise<void> {
    // The grant itself is what ends; see GrantAdapter.
  }
}

/** Clients are identity's agents; registration is ours, so nothing is written here. */
class ClientAdapter extends ClosedAdapter {
  readonly #scope: TenantScope;

  constructor(scope: TenantScope) {
    super('Client');
    this.#scope = scope;
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const record = await this.#scope.identity.agents.load(this.#scope.tenant.id, id as ClientId);
    return record && clientPayload(record);
  }
}

/** Grants are rows of ours, made by consent; the library only reads them, and ends them when something is replayed. */
class GrantAdapter extends ClosedAdapter {
  readonly #scope: TenantScope;

  constructor(scope: TenantScope) {
    super('Grant');
    this.#scope = scope;
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const { tenant, grantStore, addresses } = this.#scope;
    const grant = await grantStore.load(tenant.id, id as GrantId);
    if (!grant || grant.revokedAt !== undefined || grant.mode !== 'user') return undefined;
    return {
      kind: 'Grant',
      jti: grant.id,
      iat: Math.floor(grant.createdAt / 1000),
      exp: Math.floor(grant.expiresAt / 1000),
      clientId: grant.clientId,
      resources: { [addresses.resourceUrl(tenant.slug, grant.server)]: MCP_SCOPE },
      ...(grant.person === undefined ? {} : { accountId: grant.person }),
    };
  }

  override async destroy(id: string): Promise<void> {
    const context = Provider.ctx?.oidc;
    const client = context?.entities.Client?.clientId;
    await this.#scope.endGrant(id as GrantId, revocationReason(context?.route, context?.params), client);
  }
}

function revocationReason(route: string | undefined, params: unknown) {
  if (route === 'revocation') return 'client';
  const grantType = (params as { grant_type?: unknown } | undefined)?.grant_type;
  return grantType === 'refresh_token' ? 'refresh_token_reuse' : 'code_replay';
}

/** Codes, refresh tokens, interactions and used client assertions: one row each, hashed and sealed. */
class PayloadAdapter implements Adapter {
  readonly #model: string;
  readonly #scope: TenantScope;

  constructor(model: string, scope: TenantScope) {
    this.#model = model;
    this.#scope = scope;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const { payloads, clock } = this.#scope;
    const kept = (expiresIn ?? 0) + (this.#model === 'AuthorizationCode' ? USED_CODE_KEPT_SECONDS : 0);
    const expiresAt = expiresIn === undefined ? undefined : clock.now() + kept * 1000;
    if (this.#model !== 'ReplayDetection') return payloads.save(this.#model, id, { ...payload }, expiresAt);
    // Of two presentations of one assertion at the same instant the insert lets one through.
    const first = await payloads.saveOnce(this.#model, id, { ...payload }, expiresAt);
    if (!first) throw new errors.InvalidClientAuth('client assertion tokens must only be used once');
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const stored = await this.#scope.payloads.find(this.#model, id);
    if (!stored) return undefined;
    if (stored.consumedAt === undefined) return { ...stored.payload };
    if (this.#model === 'RefreshToken') await this.#repeat(id, stored.payload, stored.consumedAt);
    return usedPayload(this.#model, stored.payload, stored.consumedAt);
  }

  async consume(id: string): Promise<void> {
    if (await this.#scope.payloads.consume(this.#model, id)) return;
    const stored = await this.#scope.payloads.find(this.#model, id);
    if (!stored) throw new errors.InvalidGrant('its grant has ended');
    if (this.#model === 'RefreshToken') await this.#repeat(id, stored.payload, this.#scope.clock.now());
    const { grantId } = stored.payload;
    const reason = this.#model === 'RefreshToken' ? 'refresh_token_reuse' : 'code_replay';
    if (typeof grantId === 'string') {
      await this.#scope.endGrant(grantId as GrantId, reason, Provider.ctx?.oidc.client?.clientId);
    }
    throw new errors.InvalidGrant('it was used already');
  }

  /** An interaction is answered once: of two browsers' returns at the same instant, one goes on. */
  async destroy(id: string): Promise<void> {
    const removed = await this.#scope.payloads.remove(this.#model, id);
    if (!removed && this.#model === 'Interaction') {
      throw new errors.SessionNotFound('this request was completed already');
    }
  }

  async revokeByGrantId(): Promise<void> {
    // The grant's end deletes what hangs on it, in one transaction.
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async findByUid(): Promise<undefined> {
    return undefined;
  }

  /** A client that races with itself gets the answer its other process got. */
  async #repeat(id: string, { clientId }: Payload, consumedAt: number): Promise<void> {
    const context = Provider.ctx;
    const client = context?.oidc.client?.clientId;
    if (!context || client === undefined || client !== clientId || context.oidc.route !== 'token') return;
    const answer = await awaitReplay(this.#scope, id, client, consumedAt);
    if (answer === undefined) return;
    context.state['replayedAnswer'] = answer;
    throw new errors.InvalidGrant('answered as before');
  }
}

/** A used code is looked at after its time, too: presenting it again must end what came of it, also a minute later. */
function usedPayload(model: string, payload: Payload, consumedAt: number): AdapterPayload {
  const consumed = Math.floor(consumedAt / 1000);
  if (model !== 'AuthorizationCode') return { ...payload, consumed };
  const exp = Number(payload['exp']) + USED_CODE_KEPT_SECONDS;
  return { ...payload, exp, consumed };
}

const KEPT = new Set(['AuthorizationCode', 'RefreshToken', 'Interaction', 'ReplayDetection']);

export function createAdapterFactory(scope: TenantScope): AdapterFactory {
  return (model) => {
    if (model === 'Client') return new ClientAdapter(scope);
    if (model === 'Grant') return new GrantAdapter(scope);
    return KEPT.has(model) ? new PayloadAdapter(model, scope) : new ClosedAdapter(model);
  };
}
