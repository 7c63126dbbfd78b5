import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { askPatiently, TRIES_MAX } from './ask-patiently.ts';
import type { RawResponse } from './raw-exchange.ts';
import { write, type RawRequest } from './raw-request.ts';

const REQUEST: RawRequest = {
  kind: 'call',
  bytes: write('POST / HTTP/1.1', [['host', 'localhost']], Buffer.alloc(0)),
  pieceBytes: 0,
  incomplete: false,
};

function refuseAsSlow(response: ServerResponse): void {
  const message = 'The receipt log can not be reached, so nothing was forwarded. Try again shortly.';
  response
    .writeHead(503, { 'retry-after': '0.001', connection: 'close' })
    .end(JSON.stringify({ error: { message } }));
}

/** What is asked of a server that answers each request with what comes next, and the last of it for ever. */
async function ask(replies: readonly ((response: ServerResponse) => void)[], request = REQUEST) {
  const left = [...replies];
  const server = createServer((_, response) => (left.length > 1 ? left.shift() : left[0])?.(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const seen: RawResponse[] = [];
  let postponed = 0;
  const last = await askPatiently(
    {
      port: (server.address() as AddressInfo).port,
      onResponse: (response) => void seen.push(response),
      onPostponed: () => void (postponed += 1),
    },
    request,
  );
  return { last, postponed, statuses: seen.map(({ status }) => status) };
}

const reply = (status: number, body: string) => (response: ServerResponse) =>
  void response.writeHead(status, { 'retry-after': '0.001', connection: 'close' }).end(body);

it('makes a call anew that a slow log has let not through', async () => {
  const { last, postponed, statuses } = await ask([refuseAsSlow, refuseAsSlow, reply(200, 'done')]);
  expect({ body: last.body, postponed, statuses }).toEqual({
    body: 'done',
    postponed: 2,
    statuses: [503, 503, 200],
  });
});

it('takes the refusal in the end', async () => {
  const { last, statuses } = await ask([refuseAsSlow]);
  expect(last.status).toBe(503);
  expect(statuses).toHaveLength(TRIES_MAX);
});

it('takes any other refusal at once', async () => {
  const { statuses } = await ask([reply(503, '{"error":{"message":"too many calls"}}'), reply(200, 'done')]);
  expect(statuses).toEqual([503]);
});

it('gives an upstream more time only for what must pass', async () => {
  const replies = [reply(200, 'did not answer within 1 s'), reply(200, 'done')];
  const passing = { ...REQUEST, must: { kind: 'pass', id: '1' } } as const;
  expect((await ask(replies, passing)).last.body).toBe('done');
  expect((await ask(replies)).statuses).toEqual([200]);
});
