import type { ClientId } from '#lib/core';
import { listAgents } from './list-agents.ts';
import { listReceipts } from './list-receipts.ts';
import { readerOf } from './reader.ts';
import type { Console, ConsoleDeps } from './types.ts';
import { viewReceipt } from './view-receipt.ts';

/** The console over the modules it reads from. Holds no state. */
export function createConsole(deps: ConsoleDeps): Console {
  const { oauth, receipts } = deps;
  return {
    listAgents: (visitor) => listAgents(deps, visitor),
    disconnectAgent: (visitor, clientId) =>
      oauth.grants.revoke(
        visitor.tenant.id,
        { person: visitor.session.person.id, clientId: clientId as ClientId },
        { reason: 'person', actor: readerOf(visitor).actor },
      ),
    listReceipts: (visitor, query) => listReceipts(deps, visitor, query),
    viewReceipt: (visitor, id) => viewReceipt(deps, visitor, id),
    openBodies: (visitor, id) => receipts.openBodies(visitor.tenant.id, id, readerOf(visitor)),
    bundle: (visitor, ids, bodies) =>
      receipts.bundle(visitor.tenant.id, { reader: readerOf(visitor), receipts: ids, bodies }),
  };
}
