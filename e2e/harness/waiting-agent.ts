/** An agent on the person's own machine: it waits at a loopback address while they sign in and decide in their browser. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DemoAgent, type McpSession } from '../demo/agent.ts';

export interface WaitingAgent {
  /** What it asks the person to open. */
  readonly authorizationUrl: string;
  readonly redirectHost: string;
  /** The client id that it registered itself under. */
  readonly clientId: string;
  /** Resolves with the callback's URL once it is authorised; rejects with what came instead. */
  readonly authorized: Promise<URL>;
  /** An MCP session with the token that it got. */
  connect(): Promise<McpSession>;
  accessToken(): string;
  stop(): Promise<void>;
}

/** Starts one that knows an MCP URL and nothing else; the rest is the official SDK's. */
export async function startWaitingAgent(mcpUrl: string, name = 'Demo agent'): Promise<WaitingAgent> {
  const arrived = Promise.withResolvers<URL>();
  const asked = Promise.withResolvers<URL>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><html lang="en"><title>Agent</title><h1>Back at the agent</h1></html>');
    if (url.pathname === '/callback') arrived.resolve(url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const redirectHost = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const agent = new DemoAgent(
    (url) => {
      asked.resolve(url);
      return arrived.promise;
    },
    `http://${redirectHost}/callback`,
    name,
  );
  const authorized = agent.authorize(mcpUrl, undefined);
  // Whoever waits for the outcome hears of it; a test that declines does not have to.
  authorized.catch(asked.reject);
  asked.promise.catch(() => undefined);
  const authorizationUrl = (await asked.promise).href;
  return {
    authorizationUrl,
    redirectHost,
    clientId: agent.clientInformation()?.client_id ?? '',
    authorized,
    connect: async () => await agent.connect(mcpUrl),
    accessToken: () => agent.accessToken,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
