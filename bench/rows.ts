import type { LoadClient } from './load-types.ts';
import type { BenchStack, Serving } from './start-stack.ts';
import { type BenchServer, MANY_TOOLS, SERVERS } from './tenant-file.ts';

/** One way from the load generator to the upstream. */
export interface Row {
  readonly name: string;
  readonly url: string;
  /** The processes whose CPU time is this row's. */
  readonly pids: readonly number[];
  readonly usesPostgres: boolean;
  /** Whether its answers must carry a receipt's stamp. */
  readonly stamped: boolean;
  /** Text that every successful answer holds; of calls `MARKER`. */
  readonly marker?: string;
  clients(count: number): Promise<readonly LoadClient[]>;
}

/** The rows of the table, in the order in which each round measures them. */
export async function listRows(stack: BenchStack): Promise<readonly Row[]> {
  const { upstream, bareProxy, instance } = stack;
  const nextRouter = await stack.startServing('serve-next-router.ts');
  return [
    plainRow(stack, 'direct', upstream),
    plainRow(stack, 'bare_proxy', bareProxy),
    countersignRow(stack, { name: 'countersign', serving: instance, server: 'ledger' }),
    countersignRow(stack, { name: 'countersign_waived', serving: instance, server: 'waived' }),
    countersignRow(stack, { name: 'next_router', serving: nextRouter, server: 'ledger' }),
  ];
}

/** Sends byte for byte what the other rows send, past Countersign. */
export function plainRow({ access }: BenchStack, name: string, { url, pids }: Serving): Row {
  const clients = (count: number) => access.clients('ledger', count);
  return { name, url, pids, usesPostgres: false, stamped: false, clients };
}

/** `tools/list` of many tools, of which policy shows every second one. */
export function listingRow(stack: BenchStack): Row {
  const row = countersignRow(stack, {
    name: 'tools_list',
    serving: stack.instance,
    server: 'many',
    stamped: false,
  });
  return { ...row, marker: `"tool_${MANY_TOOLS - 2}"` };
}

export interface CountersignRow {
  readonly name: string;
  /** Whichever process takes the calls, it answers to the instance's own address. */
  readonly serving: Serving;
  readonly server: BenchServer;
  /** False for a rung of the ladder that writes no receipts. */
  readonly stamped?: boolean;
}

export function countersignRow(
  { access, instance }: BenchStack,
  { name, serving, server, stamped = true }: CountersignRow,
): Row {
  const address = new URL(instance.url);
  const url = new URL(`${address.pathname}/mcp/${SERVERS[server]}`, serving.url).href.replace(
    '//localhost',
    '//127.0.0.1',
  );
  return {
    name,
    url,
    pids: serving.pids,
    usesPostgres: true,
    stamped,
    clients: async (count) => {
      const clients = await access.clients(server, count);
      return clients.map(({ headers, body }) => ({ headers: { ...headers, host: address.host }, body }));
    },
  };
}
