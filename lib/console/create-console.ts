import type { ClientId } from '#lib/core';
import { bundleCall, bundleList, bundleReceipts } from './bundle-receipts.ts';
import { machineTokenCommand } from './connect-instructions.ts';
import { keyOverview, logFacts } from './key-overview.ts';
import {
  disablePerson,
  disconnectPersonAgent,
  enablePerson,
  endPersonSessions,
  erasePerson,
} from './act-on-people.ts';
import { listPeople, viewPerson } from './view-people.ts';
import { listAgents } from './list-agents.ts';
import { listReceipts } from './list-receipts.ts';
import { readerOf } from './reader.ts';
import { receiptChoices } from './receipt-choices.ts';
import { endAgentGrants, listRegisteredAgents, viewRegisteredAgent } from './registered-agents.ts';
import type { Console, ConsoleDeps } from './types.ts';
import { viewReceipt } from './view-receipt.ts';
import { listServers, viewServer } from './view-servers.ts';

/** The console over the modules it reads from. Holds no state. */
export function createConsole(deps: ConsoleDeps): Console {
  const { oauth, receipts } = deps;
  return {
    machineTokenCommand,
    listAgents: (visitor) => listAgents(deps, visitor),
    disconnectAgent: (visitor, clientId) =>
      oauth.grants.revoke(
        visitor.tenant.id,
        { person: visitor.session.person.id, clientId: clientId as ClientId },
        { reason: 'person', actor: readerOf(visitor).actor },
      ),
    disconnectAgents: (visitor) =>
      oauth.grants.revoke(
        visitor.tenant.id,
        { person: visitor.session.person.id },
        { reason: 'person', actor: readerOf(visitor).actor },
      ),
    listPeople: (visitor, query) => listPeople(deps, visitor, query),
    viewPerson: (visitor, reference) => viewPerson(deps, visitor, reference),
    disablePerson: (visitor, reference) => disablePerson(deps, visitor, reference),
    enablePerson: (visitor, reference) => enablePerson(deps, visitor, reference),
    endPersonSessions: (visitor, reference) => endPersonSessions(deps, visitor, reference),
    disconnectPersonAgent: (visitor, reference, clientId) =>
      disconnectPersonAgent(deps, visitor, reference, clientId),
    erasePerson: (visitor, reference, confirmation) => erasePerson(deps, visitor, reference, confirmation),
    listServers: (visitor) => listServers(deps, visitor),
    viewServer: (visitor, id) => viewServer(deps, visitor, id),
    listRegisteredAgents: (visitor) => listRegisteredAgents(deps, visitor),
    viewRegisteredAgent: (visitor, clientId) => viewRegisteredAgent(deps, visitor, clientId),
    endAgentGrants: (visitor, clientId) => endAgentGrants(deps, visitor, clientId),
    keyOverview: (visitor) => keyOverview(deps, visitor),
    logFacts: (visitor) => logFacts(deps, visitor),
    listReceipts: (visitor, query) => listReceipts(deps, visitor, query),
    receiptChoices: (visitor) => receiptChoices(deps, visitor),
    viewReceipt: (visitor, id) => viewReceipt(deps, visitor, id),
    openBodies: (visitor, id) => receipts.openBodies(visitor.tenant.id, id, readerOf(visitor)),
    bundle: (visitor, ids, bodies) => bundleReceipts(deps, visitor, ids, bodies),
    bundleCall: (visitor, id) => bundleCall(deps, visitor, id),
    bundleList: (visitor, filters, bodies) => bundleList(deps, visitor, filters, bodies),
  };
}
