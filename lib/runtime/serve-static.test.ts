import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendHttp } from '../../e2e/harness/send-http.ts';
import { createStaticFiles } from './serve-static.ts';

const SCRIPT = 'const answer = 42;\n'.repeat(50);
const root = mkdtempSync(join(tmpdir(), 'countersign-static-'));
let server: Server;
let origin: string;

beforeAll(async () => {
  mkdirSync(join(root, 'static/chunks'), { recursive: true });
  writeFileSync(join(root, 'static/chunks/a.js'), SCRIPT);
  writeFileSync(join(root, 'static/chunks/gone.js'), SCRIPT);
  writeFileSync(join(root, 'static/chunks/a.js.map'), '{}');
  writeFileSync(join(root, 'secret.js'), 'secret');
  const files = createStaticFiles(join(root, 'static'), false);
  server = createServer((request, response) => {
    if (!files(request, response)) response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

const ask = (path: string, encoding = 'gzip, br', method = 'GET') =>
  sendHttp(origin + path, { method, headers: { 'accept-encoding': encoding } });

describe('static files', () => {
  it('come compressed, for ever, and as what they are', async () => {
    const response = await fetch(`${origin}/_next/static/chunks/a.js`, {
      headers: { 'accept-encoding': 'br' },
    });
    expect(await response.text()).toBe(SCRIPT);
    expect(Number(response.headers.get('content-length'))).toBeLessThan(SCRIPT.length / 4);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-encoding': 'br',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
    });
  });

  it.each([
    ['a client that reads no Brotli', '/_next/static/chunks/a.js', 'gzip, sbr', 'GET'],
    ['another method', '/_next/static/chunks/a.js', 'br', 'POST'],
    ['a file that is not in the build', '/_next/static/chunks/b.js', 'br', 'GET'],
    ['a file of another kind', '/_next/static/chunks/a.js.map', 'br', 'GET'],
    ['a way out of the folder', '/_next/static/../secret.js', 'br', 'GET'],
    ['an encoded way out of the folder', '/_next/static/%2e%2e/secret.js', 'br', 'GET'],
    ['a page', '/', 'br', 'GET'],
  ])('leave %s to whoever is next', async (_what, path, encoding, method) => {
    expect((await ask(path, encoding, method)).status).toBe(418);
  });

  it('that are gone from the disk end their own request, and nothing else', async () => {
    rmSync(join(root, 'static/chunks/gone.js'));
    await expect(ask('/_next/static/chunks/gone.js')).rejects.toThrow();
    expect((await ask('/_next/static/chunks/a.js')).status).toBe(200);
  });

  it('are whole, however many ask at the same time', async () => {
    const bodies = await Promise.all(
      Array.from({ length: 5 }, () =>
        fetch(`${origin}/_next/static/chunks/a.js`, { headers: { 'accept-encoding': 'br' } }).then((each) =>
          each.text(),
        ),
      ),
    );
    expect(new Set(bodies)).toEqual(new Set([SCRIPT]));
  });
});
