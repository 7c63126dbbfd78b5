/**
 * The program that the suite runs to test a client: Countersign is that client. It registers the suite's server, whose
 * URL is the last argument, with a tenant, approves what it shows, and lets a real agent call it through Countersign.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Agent, connectLegacy, connectModern } from './agents.ts';
import { ADMIN, addServer, signIn } from './site-admin.ts';
import { tokenFor } from './site.ts';

const context = z.object({
  toolCalls: z.array(z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()) })).optional(),
});

/** What each scenario's own instructions ask of a client beyond calling every tool that it is shown. */
const DRIVERS: Readonly<Record<string, (agent: Agent) => Promise<void>>> = {
  'http-standard-headers': async (agent) => {
    await callTools(agent);
    for (const { uri } of await agent.resources()) await agent.read(uri);
    for (const { name } of await agent.prompts()) await agent.prompt(name);
  },
  'sep-2322-client-request-state': async (agent) => {
    // At the same time, so that one call's questions and answers could get into another.
    await Promise.all((await agent.tools()).map(async ({ name }) => await agent.call(name)));
  },
  'http-custom-headers': async (agent) => {
    const { toolCalls = [] } = context.parse(JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}'));
    for (const { name, arguments: args } of toolCalls) {
      const answer = await agent.call(name, args);
      // What does not fit the schema, such as a null where there is none, does not pass Countersign: left out, it does.
      if (answer.isError === true) await agent.call(name, withoutNulls(args));
    }
  },
};

const { COUNTERSIGN_URL: canonicalUrl = '', MCP_CONFORMANCE_SCENARIO: scenario = '' } = process.env;
const url = process.argv.at(-1) ?? '';
const id = `mock-${randomBytes(6).toString('hex')}`;
const browser = await signIn(canonicalUrl, ADMIN);
await addServer(browser, canonicalUrl, id, url);
const resource = `${canonicalUrl}/mcp/${id}`;
const token = await tokenFor({ canonicalUrl }, ADMIN, resource, browser);
const isModern = process.env['MCP_CONFORMANCE_PROTOCOL_VERSION'] === '2026-07-28';
const agent = isModern
  ? await connectModern(resource, token, 'pinned')
  : await connectLegacy(resource, token);
await (DRIVERS[scenario] ?? callTools)(agent);
await agent.close();

async function callTools(agent: Agent): Promise<void> {
  for (const { name, inputSchema } of await agent.tools()) await agent.call(name, sampleOf(inputSchema));
}

/** One value for each argument that has to be there. */
function sampleOf(schema: object): Record<string, unknown> {
  const { properties = {}, required = [] } = z
    .object({
      properties: z.record(z.string(), z.object({ type: z.string().optional() })).optional(),
      required: z.array(z.string()).optional(),
    })
    .parse(schema);
  const values: Readonly<Record<string, unknown>> = { number: 5, integer: 5, boolean: true };
  return Object.fromEntries(required.map((name) => [name, values[properties[name]?.type ?? ''] ?? 'a-text']));
}

function withoutNulls(args: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}
