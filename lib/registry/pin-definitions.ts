import type { JsonObject, TenantId } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import { fitting } from './fitting-names.ts';
import { readListed } from './read-listed.ts';
import type { RegistryStore } from './store.ts';
import type {
  ListedDefinitions,
  PinChoice,
  PinnedDefinition,
  PinnedServer,
  PinReport,
  ReceiptActor,
} from './types.ts';

/** Stages the `admin` receipt of a change. */
export type Say = (
  tx: TenantTransaction,
  tenant: TenantId,
  actor: ReceiptActor,
  server: { readonly id: string; readonly urlSha256?: string },
  details: JsonObject,
) => Promise<void>;

interface Pinning {
  readonly store: RegistryStore;
  readonly say: Say;
  readonly tx: TenantTransaction;
  readonly tenant: TenantId;
  readonly author: ReceiptActor;
}

type Named = Pick<PinnedDefinition, 'kind' | 'name'>;

const label = ({ kind, name }: Named) => `${kind} ${name}`;
const byLabel = <One extends Named>(definitions: readonly One[]) =>
  new Map(definitions.map((definition) => [label(definition), definition]));

/** Brings the pins to what was listed, or to what was chosen of it, and says in a receipt what that changed. */
export async function pin(
  { store, say, tx, tenant, author }: Pinning,
  before: PinnedServer,
  listed: ListedDefinitions,
  choice: PinChoice = {},
): Promise<PinReport> {
  const { definitions: shown, skipped } = readListed(listed);
  // What is not believed is not kept beside what is chosen: a mark that denies it would be all that stood against it.
  const old = byLabel(before.pinsAltered === true ? [] : definitionsOf(before));
  const wanted = choose(old, byLabel(shown), choice);
  const added = [...wanted.keys()].filter((key) => !old.has(key));
  const removed = [...old.keys()].filter((key) => !wanted.has(key));
  const changed = [...wanted].filter(([key, { definitionSha256 }]) => {
    const known = old.get(key);
    return known !== undefined && known.definitionSha256 !== definitionSha256;
  });
  const endedDrift = [...old].filter(([key, { drift }]) => drift !== undefined && !wanted.get(key)?.drift);
  const newDrift = [...wanted].filter(([key, { drift }]) => drift !== undefined && !old.get(key)?.drift);
  const report = {
    pinned: [...wanted.values()].map(({ kind, name, definitionSha256 }) => ({
      kind,
      name,
      sha256: definitionSha256,
    })),
    added,
    changed: changed.map(([key]) => key),
    removed,
    skipped,
  };
  const differences = [added, removed, changed, endedDrift, newDrift];
  if (before.state !== 'unpinned' && differences.every(({ length }) => length === 0)) return report;
  await store.replaceDefinitions(tx, tenant, before, [...wanted.values()]);
  await say(tx, tenant, author, before, {
    action: 'server.pin',
    ...(before.pinsAltered === true ? { previous: 'altered' } : {}),
    definitions: wanted.size,
    added: fitting(added),
    changed: fitting(changed.map(([key, { definitionSha256 }]) => `${key} ${definitionSha256}`)),
    removed: fitting(removed),
    ended_drift: fitting(endedDrift.map(([key]) => key)),
    ...(newDrift.length === 0 ? {} : { drifted: fitting(newDrift.map(([key]) => key)) }),
  });
  return report;
}

export function definitionsOf(server: PinnedServer): readonly PinnedDefinition[] {
  return [server.tools, server.prompts, server.resources, server.templates].flatMap((map) => [
    ...map.values(),
  ]);
}

type Definitions = ReadonlyMap<string, PinnedDefinition>;

/** What is not chosen stays as it is; where the listing shows it otherwise, it is denied from now on. */
function choose(old: Definitions, shown: Definitions, { definitions, withdraw }: PinChoice): Definitions {
  const wanted = new Map(
    definitions === undefined ? shown : [...old].map(([key, pinned]) => [key, kept(pinned, shown.get(key))]),
  );
  for (const chosen of definitions ?? []) {
    const found = shown.get(label(chosen));
    if (found === undefined) throw new Error(`'${label(chosen)}' was chosen and is not in the listing`);
    wanted.set(label(chosen), found);
  }
  for (const taken of withdraw ?? []) wanted.delete(label(taken));
  return wanted;
}

function kept(pinned: PinnedDefinition, shown: PinnedDefinition | undefined): PinnedDefinition {
  if (pinned.drift !== undefined || shown === undefined) return pinned;
  const { definitionSha256: live } = shown;
  return live === pinned.definitionSha256 ? pinned : { ...pinned, drift: live };
}
