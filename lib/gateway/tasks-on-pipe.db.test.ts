/** Tasks of a program with a session for clients without one: on a pipe nothing tells what a message belongs to but the message. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { NO_CREDENTIAL, programEntry, programsFile } from './testing/programs.ts';

const TASKS = 'io.modelcontextprotocol/tasks';
const ABLE = {
  meta: {
    'io.modelcontextprotocol/clientCapabilities': { extensions: { [TASKS]: {} }, elicitation: { form: {} } },
  },
};

/** Its task asks something of whoever waits for the result, and takes that back when it is asked for its state once more. */
const PROGRAM = `
  const RELATED = { 'io.modelcontextprotocol/related-task': { taskId: 'own' } };
  const say = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }));
  const at = '2026-11-27T00:00:00Z';
  const state = (status) => ({ taskId: 'own', status, ttl: 60000, createdAt: at, lastUpdatedAt: at });
  const schema = { type: 'object', properties: {} };
  let asked = false;
  const answers = {
    initialize: ({ protocolVersion }) => ({
      protocolVersion,
      capabilities: { tools: {}, tasks: { requests: { tools: { call: {} } } } },
      serverInfo: { name: 'clerk', version: '1' },
    }),
    'tools/list': () => ({ tools: [{ name: 'act', inputSchema: schema, execution: { taskSupport: 'optional' } }] }),
    'tools/call': () => ({ task: state('working') }),
    'tasks/get': () => {
      if (!asked) return state('input_required');
      say({ method: 'notifications/cancelled', params: { requestId: 7 } });
      return state('working');
    },
    'tasks/result': () => {
      asked = true;
      const params = { message: 'Which?', requestedSchema: schema, _meta: RELATED };
      say({ id: 7, method: 'elicitation/create', params });
    },
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (method === undefined || id === undefined) return;
    if (answers[method] === undefined) return say({ id, error: { code: -32601, message: 'no' } });
    const result = answers[method](params);
    if (result !== undefined) say({ id, result });
  });
`;

let door: FrontDoor;

beforeAll(async () => {
  door = await openFrontDoor({ programs: programsFile([programEntry('clerk', ['-e', PROGRAM])]) });
  await door.register({ clerk: { url: 'stdio:clerk', ...NO_CREDENTIAL } });
}, 120_000);

afterAll(() => door?.close());

it('what a task does not wait for any more is over, though its program says so without the task’s name', async () => {
  const client = await door.statelessFor('alice@acme.example', 'clerk');
  expect((await client.call('act', {}, ABLE)).body.result).toMatchObject({ resultType: 'task' });
  const get = () => client.request('tasks/get', { taskId: 'own' }, ABLE);
  expect(Object.keys((await get()).body.result?.['inputRequests'] ?? {})).toHaveLength(1);
  expect((await get()).body.result).toMatchObject({ status: 'working' });
  const asked = (await door.summaries()).filter(({ kind }) => kind === 'elicitation');
  expect(asked.map(({ status }) => status)).toStrictEqual(['held', 'cancelled']);
});
