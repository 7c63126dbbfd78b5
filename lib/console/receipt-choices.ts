import { listAgents } from './list-agents.ts';
import { PEOPLE_CHOICES_MAX } from './constants.ts';
import { readerOf } from './reader.ts';
import type { ConsoleDeps, ReceiptChoices, Visitor } from './types.ts';
import { listCallable } from './view-servers.ts';

/** What the list can be filtered by. Who sees only their own receipts learns of nobody else's agents, servers and tools. */
export async function receiptChoices(deps: ConsoleDeps, visitor: Visitor): Promise<ReceiptChoices> {
  const { all } = readerOf(visitor);
  const [people, agents, servers] = await Promise.all([
    all ? knownPeople(deps, visitor) : [],
    all ? deps.identity.agents.list(visitor.tenant) : listAgents(deps, visitor),
    all ? everyTool(deps, visitor) : listCallable(deps, visitor),
  ]);
  return {
    people,
    agents: agents.map(({ clientId, name }) => ({ clientId, name })).toSorted(byName),
    servers: servers.map(({ id, tools }) => ({ id, tools: tools.toSorted() })),
  };
}

async function everyTool({ registry }: ConsoleDeps, { tenant }: Visitor) {
  return (await registry.list(tenant.id)).map(({ id, tools }) => ({ id, tools: [...tools.keys()] }));
}

async function knownPeople(
  { identity }: ConsoleDeps,
  { tenant }: Visitor,
): Promise<ReceiptChoices['people']> {
  const records = await identity.people.list(tenant, { limit: PEOPLE_CHOICES_MAX });
  return records
    .map(({ person: { reference, name, email } }) => {
      const label =
        name === undefined ? (email ?? reference) : email === undefined ? name : `${name} (${email})`;
      return { reference, label, name: label };
    })
    .toSorted(byName)
    .map(({ reference, label }) => ({ reference, label }));
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name.localeCompare(right.name, 'en');
}
