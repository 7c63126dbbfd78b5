import type { EntityUidJson, PolicyJson, TypeAndId } from '@cedar-policy/cedar-wasm/nodejs';
import type { ResourceType } from './cedar-schema.ts';

/** A set of questions that one slice of the policies answers. */
export interface Scope {
  readonly principalType: 'User' | 'Agent';
  readonly action: string;
  readonly resourceType: ResourceType;
  readonly server: string;
  /** Undefined: any id of this type and server. */
  readonly resourceId: string | undefined;
}

/**
 * Whether a policy's scope (what stands between its brackets) can match such a question. It errs to yes: a slice
 * may hold a policy too many, never one too few.
 */
export function mayApply(policy: PolicyJson, scope: Scope): boolean {
  return principalMay(policy, scope) && actionMay(policy, scope) && resourceMay(policy, scope);
}

function principalMay({ principal }: PolicyJson, { principalType }: Scope): boolean {
  if (principal.op === 'is' && principal.entity_type !== principalType) return false;
  if (principal.op === '==' && 'entity' in principal)
    return entityOf(principal.entity).type === principalType;
  const within = principal.op === 'in' ? principal : principal.op === 'is' ? principal.in : undefined;
  if (within === undefined || !('entity' in within)) return true;
  const { type } = entityOf(within.entity);
  return type === principalType || (type === 'Group' && principalType === 'User');
}

function actionMay({ action }: PolicyJson, scope: Scope): boolean {
  if (action.op === 'All') return true;
  const named = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : undefined;
  return named === undefined || named.some((entity) => entityOf(entity).id === scope.action);
}

/** Of what has parents besides its server: of which type they are. */
const PARENTS: Readonly<Partial<Record<ResourceType, ResourceType>>> = { Resource: 'Template', Task: 'Tool' };

function resourceMay({ resource }: PolicyJson, scope: Scope): boolean {
  if (resource.op === 'is' && resource.entity_type !== scope.resourceType) return false;
  if (resource.op === '==' && 'entity' in resource) return isIt(entityOf(resource.entity), scope);
  const within = resource.op === 'in' ? resource : resource.op === 'is' ? resource.in : undefined;
  if (within === undefined || !('entity' in within)) return true;
  const entity = entityOf(within.entity);
  if (entity.type === 'Server') return entity.id === scope.server;
  if (entity.type === PARENTS[scope.resourceType]) return entity.id.startsWith(`${scope.server}/`);
  return isIt(entity, scope);
}

function isIt({ type, id }: TypeAndId, scope: Scope): boolean {
  if (type !== scope.resourceType) return false;
  return scope.resourceId === undefined ? id.startsWith(`${scope.server}/`) : id === scope.resourceId;
}

export function entityOf(uid: EntityUidJson): TypeAndId {
  return '__entity' in uid ? uid.__entity : uid;
}
