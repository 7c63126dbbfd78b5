import type { CedarValueJson, EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/nodejs';
import { isIP } from 'node:net';
import { keepAtHand, type Principal } from '#lib/core';
import { ADDRESS_CHARS_MAX, ADDRESSES_KEPT_MAX } from './constants.ts';
import type { CedarRecord } from './map-arguments.ts';
import { matchesTemplate } from './match-template.ts';
import type { ResourceType } from './cedar-schema.ts';
import type { PolicyRequest, PolicyServer } from './types.ts';

/** Whose permission is asked for: the person's, or the agent's. */
export type Side = 'User' | 'Agent';

/** A user's agent may do what both may; an agent by itself what it may. */
export function sidesOf({ mode }: Principal): readonly Side[] {
  return mode === 'user' ? ['User', 'Agent'] : ['Agent'];
}

/** What the request acts on, as a Cedar entity with its parents. */
export interface Target {
  readonly type: ResourceType;
  readonly id: string;
  readonly attributes: Record<string, string>;
  readonly parents: readonly TypeAndId[];
  /** Hash of the pinned definition, for caches; empty for what is not pinned. */
  readonly definitionSha256: string;
  /** Why nobody may use it at present, though it was approved once. */
  readonly drifted?: string;
}

/** The request's resource, or in words why there is none that could be decided on. */
export function targetOf(request: PolicyRequest): Target | string {
  const { server } = request;
  if (request.tool !== undefined) return toolTarget(server, request.tool.name);
  if (request.prompt !== undefined) {
    return pinned('Prompt', server, server.prompts, request.prompt.name, { name: request.prompt.name });
  }
  if (request.template !== undefined) {
    const { uriTemplate } = request.template;
    return pinned('Template', server, server.templates, uriTemplate, { uri_template: uriTemplate });
  }
  if (request.resource !== undefined) return resourceTarget(server, request.resource.uri);
  if (request.task !== undefined) return taskTarget(server, request.task);
  return { type: 'Server', id: server.id, parents: [], attributes: {}, definitionSha256: '' };
}

/** By what is pinned, and by name: the same object for the same tool, so that caches can hang on it. */
const toolTargets = new WeakMap<PolicyServer, Map<string, Target>>();

function toolTarget(server: PolicyServer, name: string): Target | string {
  let known = toolTargets.get(server);
  const found = known?.get(name);
  if (found !== undefined) return found;
  const made = pinned('Tool', server, server.tools, name, { name });
  // Only what is pinned is kept: nobody makes this grow by asking for what is not there.
  if (typeof made === 'string') return made;
  if (known === undefined) toolTargets.set(server, (known = new Map()));
  known.set(name, made);
  return made;
}

/** A task is as usable as the tool whose call it is: a tool that is no longer what was approved gives no results either. */
function taskTarget(server: PolicyServer, { id, tool }: NonNullable<PolicyRequest['task']>): Target | string {
  const within = { type: 'Server', id: server.id };
  const task = { type: 'Task', id: `${server.id}/${id}`, attributes: {} } as const;
  if (tool === undefined) return { ...task, parents: [within], definitionSha256: '' };
  const made = pinned('Tool', server, server.tools, tool, {});
  if (typeof made === 'string') return made;
  return { ...made, ...task, parents: [within, { type: made.type, id: made.id }] };
}

interface Pinned {
  readonly definitionSha256: string;
  readonly drift?: string;
}

function pinned(
  type: ResourceType,
  server: PolicyServer,
  known: ReadonlyMap<string, Pinned>,
  name: string,
  attributes: Record<string, string>,
): Target | string {
  const definition = known.get(name);
  if (definition === undefined)
    return `${type.toLowerCase()} '${name}' of server '${server.id}' is not pinned`;
  return {
    type,
    id: `${server.id}/${name}`,
    attributes,
    parents: [{ type: 'Server', id: server.id }],
    definitionSha256: definition.definitionSha256,
    ...(definition.drift === undefined ? {} : { drifted: changed(type, name, server.id) }),
  };
}

function changed(type: string, name: string, server: string): string {
  return `${type.toLowerCase()} '${name}' of server '${server}' is no longer what was approved; an admin has to approve it`;
}

function resourceTarget(server: PolicyServer, uri: string): Target {
  const definition = server.resources.get(uri);
  const templates = [...server.templates.values()].filter(({ name }) => matchesTemplate(name, uri));
  const parents = templates.map(({ name }) => ({ type: 'Template', id: `${server.id}/${name}` }));
  const drift = [definition, ...templates].find((pinnedOne) => pinnedOne?.drift !== undefined);
  return {
    type: 'Resource',
    id: `${server.id}/${uri}`,
    attributes: { uri },
    parents: [{ type: 'Server', id: server.id }, ...parents],
    definitionSha256: definition?.definitionSha256 ?? '',
    ...(drift === undefined ? {} : { drifted: changed('Resource', uri, server.id) }),
  };
}

export function principalOf(principal: Principal, side: Side): TypeAndId {
  const person = principal.mode === 'user' ? principal.person : undefined;
  if (side === 'Agent' || person === undefined) return { type: 'Agent', id: principal.agent.clientId };
  return { type: 'User', id: person.reference };
}

/** Everything Cedar is told about principal and resource. Both principals are always there: `context.agent` names one. */
export function entitiesOf(principal: Principal, target: Target): EntityJson[] {
  const { agent } = principal;
  const entities: EntityJson[] = [
    { uid: { type: 'Agent', id: agent.clientId }, attrs: { admission: agent.admission }, parents: [] },
    { uid: { type: target.type, id: target.id }, attrs: target.attributes, parents: [...target.parents] },
  ];
  if (principal.mode === 'user') entities.push(userEntity(principal.person));
  return entities;
}

function userEntity(person: Extract<Principal, { mode: 'user' }>['person']): EntityJson {
  const attrs: Record<string, CedarValueJson> = {
    issuer: person.issuer,
    subject: person.subject,
    roles: [...person.roles],
  };
  if (person.email !== undefined) attrs['email'] = person.email;
  if (person.name !== undefined) attrs['name'] = person.name;
  const parents = person.groups.map((id) => ({ type: 'Group', id }));
  return { uid: { type: 'User', id: person.reference }, attrs, parents };
}

/** `context` with everything known. */
export function contextOf(request: PolicyRequest, args: CedarRecord): Record<string, CedarValueJson> {
  const context = constantContext(request);
  context['arguments'] = args as CedarValueJson;
  context['time'] = { __extn: { fn: 'datetime', arg: new Date(request.time).toISOString() } };
  if (request.ip !== undefined) context['ip'] = { __extn: { fn: 'ip', arg: request.ip } };
  if (request.session !== undefined) context['session'] = request.session;
  return context;
}

/**
 * `context` with what changes from call to call left unknown. An absent address or session stays absent: Cedar
 * would take an unknown one for present.
 */
export function unknownContext(request: PolicyRequest): Record<string, CedarValueJson> {
  const context = constantContext(request);
  const unknown = (name: string): CedarValueJson => ({ __extn: { fn: 'unknown', arg: name } });
  context['arguments'] = unknown('arguments');
  context['time'] = unknown('time');
  if (request.ip !== undefined) context['ip'] = unknown('ip');
  if (request.session !== undefined) context['session'] = unknown('session');
  return context;
}

function constantContext({ principal }: PolicyRequest): Record<string, CedarValueJson> {
  return { mode: principal.mode, agent: { __entity: { type: 'Agent', id: principal.agent.clientId } } };
}

const addresses = new Map<string, string | undefined>();

/** The address in a form that Cedar takes: IPv4 in IPv6 clothing is IPv4, a zone says nothing. Undefined: no address. */
export function normalizeIp(ip: string): string | undefined {
  if (addresses.has(ip)) return addresses.get(ip);
  const bare = ip.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
  const address = isIP(bare) === 0 ? undefined : bare;
  return ip.length > ADDRESS_CHARS_MAX ? address : keepAtHand(addresses, ADDRESSES_KEPT_MAX, ip, address);
}
