import type { SubjectReference } from '#lib/core';
import type { ReceiptSummary } from '#lib/receipts';
import { RECEIPTS_PER_PAGE, RECEIPTS_PER_PAGE_MAX } from './constants.ts';
import { hasAct, nameAct } from './name-act.ts';
import { readerOf } from './reader.ts';
import type { ConsoleDeps, ReceiptListQuery, ReceiptRow, ReceiptRows, Visitor } from './types.ts';

/** One page of receipts, newest first, with the names of people and agents that are still known. */
export async function listReceipts(
  deps: ConsoleDeps,
  visitor: Visitor,
  query: ReceiptListQuery,
): Promise<ReceiptRows> {
  const { filters, fold, after, before, limit } = query;
  const page = await deps.receipts.search(visitor.tenant.id, {
    viewer: readerOf(visitor),
    limit: Math.min(limit ?? RECEIPTS_PER_PAGE, RECEIPTS_PER_PAGE_MAX),
    ...(filters === undefined ? {} : { filters }),
    ...(fold === undefined ? {} : { fold }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  });
  // Going back has reached the newest: a page as full as the first one, not what was left over.
  if (before !== undefined && page.previous === undefined) {
    const { before: _reached, ...fromNewest } = query;
    return await listReceipts(deps, visitor, fromNewest);
  }
  const rows = await tellActs(deps, visitor, await nameRows(deps, visitor, page.entries));
  const { next, previous } = page;
  return {
    rows,
    ...(next === undefined ? {} : { next }),
    ...(previous === undefined ? {} : { previous }),
  };
}

/** Adds what was done to lines whose kind says too little. What the visitor may not see is not opened. */
async function tellActs(
  { receipts }: ConsoleDeps,
  visitor: Visitor,
  rows: readonly ReceiptRow[],
): Promise<readonly ReceiptRow[]> {
  const ids = rows.filter(({ kind }) => hasAct(kind)).map(({ id }) => id);
  const details = await receipts.details(visitor.tenant.id, ids, readerOf(visitor));
  return rows.map((row) => {
    const known = details.get(row.id);
    const act = known && nameAct(row.kind, known);
    return act === undefined ? row : { ...row, act };
  });
}

/** Adds names to summaries: the log itself holds references and look-ups only. */
export async function nameRows(
  deps: ConsoleDeps,
  visitor: Visitor,
  summaries: readonly ReceiptSummary[],
): Promise<readonly ReceiptRow[]> {
  const [people, agents] = await Promise.all([
    namePeople(deps, visitor, summaries),
    nameAgents(deps, visitor, summaries),
  ]);
  return summaries.map((summary) => {
    const personName = summary.subject === undefined ? undefined : people.get(summary.subject);
    const agentName = summary.client === undefined ? undefined : agents.get(summary.client);
    return {
      ...summary,
      ...(personName === undefined ? {} : { personName }),
      ...(agentName === undefined ? {} : { agentName }),
    };
  });
}

async function namePeople(
  { identity }: ConsoleDeps,
  { tenant }: Visitor,
  summaries: readonly ReceiptSummary[],
): Promise<Map<SubjectReference, string>> {
  const references = [...new Set(summaries.flatMap(({ subject }) => subject ?? []))];
  const found = await Promise.all(
    references.map(async (reference) => {
      const record = await identity.people.find(tenant, { reference });
      const name = record?.person.name ?? record?.person.email;
      return name === undefined ? [] : [[reference, name] as const];
    }),
  );
  return new Map(found.flat());
}

async function nameAgents(
  { identity, receipts }: ConsoleDeps,
  { tenant }: Visitor,
  summaries: readonly ReceiptSummary[],
): Promise<Map<string, string>> {
  if (!summaries.some(({ client }) => client !== undefined)) return new Map();
  const agents = await identity.agents.list(tenant);
  return new Map(
    await Promise.all(
      agents.map(
        async ({ clientId, name }) => [await receipts.clientLookup(tenant.id, clientId), name] as const,
      ),
    ),
  );
}
