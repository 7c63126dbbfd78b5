import { canonicalJson, isJsonObject, type Json, type JsonObject } from '#lib/core';
import { ownedName, parseOwnedName } from './ownership.ts';
import type { StoredResource } from './read-resources.ts';
import type { AppliedServer, MemberChange, ResourceChange } from './types.ts';

interface States {
  readonly before: readonly StoredResource[];
  readonly after: readonly StoredResource[];
  readonly ownedBefore: ReadonlySet<string>;
  readonly ownedAfter: ReadonlySet<string>;
  readonly servers: readonly AppliedServer[];
}

/** The difference that a file makes, resource by resource; nothing for one that stays as it is. */
export function compareResources({
  before,
  after,
  ownedBefore,
  ownedAfter,
  servers,
}: States): readonly ResourceChange[] {
  const old = new Map(before.map((resource) => [ownedName(resource), resource]));
  const now = new Map(after.map((resource) => [ownedName(resource), resource]));
  const pins = new Map(servers.map((server) => [`server/${server.id}`, server.pins]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [from, to] = [old.get(name), now.get(name)];
    const members = compareBodies(from, to);
    const report = pins.get(name);
    const moved = report && { added: report.added, changed: report.changed, removed: report.removed };
    const hasPins = moved !== undefined && Object.values(moved).some(({ length }) => length > 0);
    const owner = ownership(name, ownedBefore, ownedAfter);
    const change = from === undefined ? 'created' : to === undefined ? 'removed' : (owner ?? 'changed');
    const isNothing = from !== undefined && to !== undefined && owner === undefined && members.length === 0;
    if (isNothing && !hasPins) return [];
    return [{ ...parseOwnedName(name), change, members, ...(hasPins ? { pins: moved } : {}) }];
  });
}

function ownership(
  name: string,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): 'taken-over' | 'released' | undefined {
  if (before.has(name) === after.has(name)) return undefined;
  return after.has(name) ? 'taken-over' : 'released';
}

/** Members that differ, leaf by leaf; a list or a policy's text is one leaf. */
function compareBodies(
  from: StoredResource | undefined,
  to: StoredResource | undefined,
): readonly MemberChange[] {
  const [old, now] = [leaves(from?.body ?? {}), leaves(to?.body ?? {})];
  const members = [...new Set([...old.keys(), ...now.keys()])].flatMap((at) => {
    const [before, after] = [old.get(at), now.get(at)];
    const same =
      before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after);
    if (same) return [];
    return [
      {
        at,
        ...(before === undefined ? {} : { from: before }),
        ...(after === undefined ? {} : { to: after }),
      },
    ];
  });
  // Nothing else moves the mark of a resource whose body stays.
  const isSecret = from !== undefined && to !== undefined && from.revision !== to.revision;
  return isSecret && members.length === 0 ? [{ at: 'secret' }] : members;
}

function leaves(body: JsonObject, below = ''): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const [name, value] of Object.entries(body)) {
    const at = below === '' ? name : `${below}.${name}`;
    if (isJsonObject(value) && Object.keys(value).length > 0)
      for (const [inner, leaf] of leaves(value, at)) found.set(inner, leaf);
    else found.set(at, value);
  }
  return found;
}
