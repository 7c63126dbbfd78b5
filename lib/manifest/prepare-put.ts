import { err, ok, type ClientId, type PersonId, type Result, type SubjectReference } from '#lib/core';
import type {
  IdentityProviderRecord,
  IdentityProviderSettings,
  ProviderCandidate,
  TenantRecord,
} from '#lib/identity';
import { draftProvider } from './draft-provider.ts';
import { guardAdmins } from './guard-provider.ts';
import { invalid, unreadable } from './problems.ts';
import {
  collectFaults,
  putAgent,
  putPolicy,
  putProvider,
  putServer,
  putSettings,
  type Written,
} from './put-resource.ts';
import { isReserved, parseNewServerId, RESERVED } from './reserved-ids.ts';
import { readBody, type BodyOf } from './resource-bodies.ts';
import type { ResourceFault, ResourceName, ResourceProblem } from './resource-types.ts';
import { clientId as clientIdSchema } from './tenant-schema.ts';
import type { ManifestDeps } from './types.ts';
import type { Writing } from './write-parts.ts';

/** Writes what was prepared, in the transaction. */
export type WritePut = (writing: Writing) => Promise<Result<Written, ResourceProblem>>;

type Prepared = Result<WritePut, ResourceProblem>;

/** Checks a body, and asks before the transaction what must not be asked inside it: people and providers. */
export async function preparePut(
  deps: ManifestDeps,
  tenant: TenantRecord,
  name: ResourceName,
  body: unknown,
): Promise<Prepared> {
  const { kind, id = '' } = name;
  const read = readBody(kind, body);
  if (!read.ok) return err(invalid(name, read.error));
  const misnamed = wrongId(name, read.value);
  if (misnamed !== undefined) return err(invalid(name, [misnamed]));
  switch (kind) {
    case 'settings':
      return ok((writing) => putSettings(writing, read.value as BodyOf<'settings'>));
    case 'identity_provider':
      return await prepareProvider(deps, tenant, name, read.value as BodyOf<'identity_provider'>);
    case 'server': {
      const server = parseNewServerId(id);
      if (!server.ok) return err(invalid(name, [{ at: 'id', message: server.error }]));
      return ok((writing) => putServer(writing, read.value as BodyOf<'server'>, server.value));
    }
    case 'policy':
      if (isReserved('policy', id)) return err(invalid(name, [{ at: 'id', message: RESERVED }]));
      return ok((writing) => putPolicy(writing, read.value as BodyOf<'policy'>, id));
    case 'agent':
      return await prepareAgent(deps, tenant, name, read.value as BodyOf<'agent'>);
  }
}

/** An id that the body repeats has to be the one that is addressed. */
function wrongId({ kind, id }: ResourceName, body: object): ResourceFault | undefined {
  const member = kind === 'agent' ? 'client_id' : 'id';
  const repeated = (body as Readonly<Record<string, unknown>>)[member];
  return repeated === undefined || repeated === id ? undefined : { at: member, message: `is not '${id}'` };
}

async function prepareAgent(
  deps: ManifestDeps,
  tenant: TenantRecord,
  name: ResourceName,
  body: BodyOf<'agent'>,
): Promise<Prepared> {
  const clientId = clientIdSchema.safeParse(name.id);
  if (!clientId.success) {
    const message = clientId.error.issues[0]?.message ?? 'is no client id';
    return err(invalid(name, [{ at: 'client_id', message }]));
  }
  const owner = body.owner === undefined ? undefined : await findOwner(deps, tenant, body.owner);
  if (body.owner !== undefined && owner === undefined) {
    const message = 'is nobody who has signed in here (they have to, once, before they can own an agent)';
    return err(invalid(name, [{ at: 'owner', message }]));
  }
  return ok((writing) => putAgent(writing, body, clientId.data as ClientId, owner));
}

/** The person behind an email or a reference. */
export async function findOwner(
  deps: Pick<ManifestDeps, 'identity'>,
  tenant: TenantRecord,
  owner: string,
): Promise<PersonId | undefined> {
  const selector = owner.includes('@') ? { email: owner } : { reference: owner as SubjectReference };
  return (await deps.identity.people.find(tenant, selector))?.person.id;
}

async function prepareProvider(
  deps: ManifestDeps,
  tenant: TenantRecord,
  name: ResourceName,
  body: BodyOf<'identity_provider'>,
): Promise<Prepared> {
  const { providers } = deps.identity;
  const stored = await providers.load(tenant);
  const drafted = draftBody(name, body, stored);
  if (!drafted.ok) return drafted;
  if (stored?.issuer !== drafted.value.issuer) {
    const found = await deps.identity.sso.check(tenant, drafted.value);
    if (!found.ok) {
      const { kind, reason } = found.error;
      const why = reason === undefined ? kind : `${kind}: ${reason}`;
      return err(unreadable(`The identity provider is of no use as it is (${why}).`));
    }
  }
  return ok(async (writing) => {
    const before = await providers.loadIn(writing.tx);
    const settings = draftBody(name, body, before);
    if (!settings.ok) return settings;
    const guarded = guardAdmins(before, settings.value, writing.actor);
    return guarded.ok ? await putProvider(writing, settings.value, body.client_secret) : guarded;
  });
}

/** A body in the words of identity, to try it out before it is saved. */
export async function readProviderDraft(
  deps: Pick<ManifestDeps, 'identity'>,
  tenant: TenantRecord,
  body: unknown,
): Promise<Result<ProviderCandidate, ResourceProblem>> {
  const name = { kind: 'identity_provider' } as const;
  const read = readBody(name.kind, body);
  if (!read.ok) return err(invalid(name, read.error));
  const given = read.value as BodyOf<'identity_provider'>;
  const settings = draftBody(name, given, await deps.identity.providers.load(tenant));
  if (!settings.ok) return settings;
  const { client_secret: clientSecret } = given;
  return ok({ settings: settings.value, ...(clientSecret === undefined ? {} : { clientSecret }) });
}

/** A secret belongs to the issuer it was given for: another issuer needs one of its own. */
function draftBody(
  name: ResourceName,
  body: BodyOf<'identity_provider'>,
  before: IdentityProviderRecord | undefined,
): Result<IdentityProviderSettings, ResourceProblem> {
  const { client_secret: secret, roles } = body;
  const hasStored = before?.issuer === body.issuer && before.clientSecretId !== undefined;
  const { faults, refuse } = collectFaults();
  const known = secret === undefined ? (hasStored ? 'stored' : 'none') : 'given';
  const settings = draftProvider(body, roles, known, refuse);
  return settings === undefined || faults.length > 0 ? err(invalid(name, faults)) : ok(settings);
}
