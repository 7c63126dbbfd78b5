import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import words from './messages/en/requests.json' with { type: 'json' };
import { type JsonRequest, readProblem, sendJson } from './send-json.ts';

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

let server: Server;
let canonicalUrl: string;
let seen: IncomingMessage[];
let answers: (request: IncomingMessage) => Answer;

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request);
    request.resume();
    const { status, body, headers } = answers(request);
    response.writeHead(status, headers).end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  canonicalUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  seen = [];
});

function send(token: string, request: Partial<JsonRequest> = {}) {
  const console = { canonicalUrl, csrfToken: { current: token }, words };
  return sendJson(console, { url: `${canonicalUrl}/thing`, method: 'PUT', body: {}, ...request });
}

describe('sendJson', () => {
  it('sends the token, and the version that was shown', async () => {
    answers = () => ({ status: 200, body: { id: 'x' }, headers: { etag: '"2"' } });
    const outcome = await send('token', { etag: '"1"' });
    expect(outcome).toMatchObject({ ok: true, body: { id: 'x' }, etag: '"2"' });
    expect(seen[0]?.headers).toMatchObject({
      'x-csrf-token': 'token',
      'if-match': '"1"',
      'content-type': 'application/json',
    });
    expect(seen[0]?.headers['if-none-match']).toBeUndefined();
  });

  it('asks for a new thing only where there is none', async () => {
    answers = () => ({ status: 201 });
    expect((await send('token', { create: true })).ok).toBe(true);
    expect(seen[0]?.headers['if-none-match']).toBe('*');
  });

  it('fetches the token of a new session, and sends again what was refused for the old one', async () => {
    answers = ({ url, headers }) => {
      if (url === '/api/v1/session') return { status: 200, body: { csrf_token: 'new' } };
      return headers['x-csrf-token'] === 'new' ? { status: 204 } : { status: 403, body: { code: 'csrf' } };
    };
    expect((await send('old')).ok).toBe(true);
    expect(seen.map(({ url }) => url)).toEqual(['/thing', '/api/v1/session', '/thing']);
  });

  it('does not send again when the session is still the same', async () => {
    answers = ({ url }) =>
      url === '/api/v1/session'
        ? { status: 200, body: { csrf_token: 'old' } }
        : { status: 403, body: { code: 'csrf', title: 'No' } };
    expect(await send('old')).toMatchObject({ ok: false, problem: { code: 'csrf' } });
    expect(seen).toHaveLength(2);
  });

  it('says in words that no answer came', async () => {
    const outcome = await send('token', { url: 'http://127.0.0.1:1/closed' });
    expect(outcome).toMatchObject({ ok: false, problem: { status: 0, title: words.noAnswer.title } });
  });
});

describe('readProblem', () => {
  const read = (status: number, body: unknown, headers = {}) =>
    readProblem({ status, headers: new Headers(headers) }, JSON.stringify(body), words);

  it('passes on what the server says, with its errors and reference', () => {
    const errors = [{ path: 'url', message: 'is no URL' }];
    const said = { code: 'malformed', title: 'T', detail: 'D', remedy: 'R', errors, reference: 'abc' };
    expect(read(400, said)).toEqual({ status: 400, ...said });
  });

  it.each([
    [401, words.signedOut.title],
    [412, words.changed.title],
    [413, words.tooLarge.title],
    [429, words.tooMany.title],
  ])('says of %i what to do with the open page', (status, title) => {
    expect(read(status, { title: 'its own', remedy: 'x' })).toMatchObject({ title });
  });

  it.each([
    ['a proxy’s page', '<html>502</html>'],
    ['nothing', ''],
    ['JSON that is no object', 'null'],
  ])('has words for %s', (_what, text) => {
    expect(readProblem({ status: 502, headers: new Headers() }, text, words)).toMatchObject({
      title: words.unavailable.title,
      errors: [],
    });
  });
});
