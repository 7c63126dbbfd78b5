import { Document, isMap, isScalar, isSeq, Scalar, type Node } from 'yaml';
import type { Json, JsonObject, SubjectReference } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import type { ResourceParts } from './create-resources.ts';
import { needsSecret } from './draft-agent.ts';
import type { StoredResource } from './read-resources.ts';
import type { ExportedFile, ExportOptions } from './types.ts';

/** A variable that whoever applies the file has to provide. */
interface SecretVariable {
  readonly name: string;
  readonly of: string;
}

/** A tenant's configuration in the format that `apply` reads: all of it, whoever owns what. */
export async function renderFile(
  parts: ResourceParts,
  tenant: TenantRecord,
  { policiesDir }: ExportOptions,
): Promise<ExportedFile> {
  const { store, reader } = parts;
  const resources = await store.read(tenant.id, async (client) => await reader.all(client, tenant.id));
  const ofKind = (kind: StoredResource['kind']) => resources.filter((resource) => resource.kind === kind);
  const variables = createVariables(tenant.slug);
  const [settings] = ofKind('settings');
  const { display_name: displayName, admission, grants } = settings?.body ?? {};
  const agents = [];
  for (const { body } of ofKind('agent')) agents.push(await renderAgent(parts, tenant, body, variables));
  const policies = ofKind('policy').map(({ id = '', body }) => [id, textOf(body['text'])] as const);
  const files = new Map(policies.map(([id, text]) => [`${id}.cedar`, text]));
  const value = {
    tenant: { slug: tenant.slug, display_name: displayName, ...(tenant.demo ? { demo: true } : {}) },
    admission,
    grants,
    ...renderProvider(ofKind('identity_provider')[0]?.body, variables),
    servers: ofKind('server').map(({ body }) => body),
    policies: Object.fromEntries(
      policies.map(([id, text]) => [
        id,
        policiesDir === undefined ? text : { file: `${policiesDir}/${id}.cedar` },
      ]),
    ),
    agents,
  };
  return {
    text: write(value, tenant, variables.all),
    policies: policiesDir === undefined ? new Map() : files,
  };
}

function without(body: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

interface Variables {
  readonly all: SecretVariable[];
  /** A reference to a variable of its own. */
  reference(name: string, of: string): string;
}

function createVariables(slug: string): Variables {
  const all: SecretVariable[] = [];
  return {
    all,
    reference(name, of) {
      const plain = `COUNTERSIGN_SECRET_${slug}_${name}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
      let unique = plain;
      for (let count = 2; all.some((known) => known.name === unique); count += 1)
        unique = `${plain}_${count}`;
      all.push({ name: unique, of });
      return `env:${unique}`;
    },
  };
}

function renderProvider(body: JsonObject | undefined, variables: Variables): JsonObject {
  if (body === undefined) return {};
  const { roles = {}, has_secret: hasSecret, ...entry } = body;
  // A stored secret that is not used has no place in a file.
  const isUsed = hasSecret === true && entry['client_authentication'] !== 'none';
  const secret = isUsed
    ? { client_secret: variables.reference('IDP', 'the client secret at the identity provider') }
    : {};
  return { identity_provider: { ...entry, ...secret }, roles };
}

async function renderAgent(
  { deps }: ResourceParts,
  tenant: TenantRecord,
  body: JsonObject,
  variables: Variables,
): Promise<JsonObject> {
  const { owner } = body;
  const entry = without(body, 'owner', 'has_secret');
  const clientId = textOf(entry['client_id']);
  const isSecret = needsSecret(entry['authentication'] as Parameters<typeof needsSecret>[0]);
  const secret = isSecret ? { secret: variables.reference(clientId, `the secret of agent ${clientId}`) } : {};
  if (typeof owner !== 'string') return { ...entry, ...secret };
  const person = await deps.identity.people.find(tenant, { reference: owner as SubjectReference });
  const email = person?.person.email;
  // An address that two people have names neither.
  const found = email === undefined ? undefined : await deps.identity.people.find(tenant, { email });
  return { ...entry, ...secret, owner: found === undefined ? owner : (email as string) };
}

function write(value: object, tenant: TenantRecord, variables: readonly SecretVariable[]): string {
  const document = new Document(withoutUndefined(value));
  document.commentBefore = [
    ` Tenant ${tenant.slug}, as \`countersign export\` found it. Applied again it changes nothing.`,
    ...(variables.length === 0
      ? []
      : [' Secrets do not leave Countersign. Provide them where you apply this file:']),
    ...variables.map(({ name, of }) => `   ${name}  ${of}`),
  ].join('\n');
  quietly(document.contents as Node);
  return document.toString({ lineWidth: 0, aliasDuplicateObjects: false } as object);
}

function withoutUndefined(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** Texts of several lines stand as they are, short lists on one line. */
function quietly(node: Node): void {
  if (isScalar(node)) {
    if (typeof node.value === 'string' && node.value.includes('\n')) node.type = Scalar.BLOCK_LITERAL;
    return;
  }
  if (!isMap(node) && !isSeq(node)) return;
  if (isSeq(node) && node.items.every((item) => isScalar(item))) node.flow = true;
  for (const item of node.items) {
    const inner: unknown = isMap(node) ? (item as { value: unknown }).value : item;
    if (inner !== null && typeof inner === 'object') quietly(inner as Node);
  }
}
