import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createEgress,
  EgressError,
  hostsOf,
  type Egress,
  type EgressConfig,
  type ResolveHost,
} from '#lib/net';

const running: (Server | Egress)[] = [];
afterEach(async () => {
  for (const each of running.splice(0).toReversed()) {
    if ('fetch' in each) await each.close();
    else await new Promise((resolve) => each.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<{ port: number; url: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push(server);
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}` };
}

function egressOf(config: Partial<EgressConfig> = {}, resolveHost?: ResolveHost): Egress {
  const egress = createEgress({
    config: {
      tenantUrl: 'http://localhost:3000/t/{tenant}',
      environment: 'test',
      egressPrivateHosts: [],
      upstreamTimeoutMs: 5_000,
      ...config,
    },
    ...(resolveHost ? { resolveHost } : {}),
  });
  running.push(egress);
  return egress;
}

const PRODUCTION = { tenantUrl: 'https://{tenant}.mcp.example.com', environment: 'production' } as const;

/** A name server that gives the same answer to every question. */
function answering(...addresses: string[]): ResolveHost {
  const list = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_host, done) => done(null, list);
}

async function kindOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => 'answered',
    (reason: unknown) => reason,
  );
  return error instanceof EgressError ? error.kind : String(error);
}

function dispatchOnce(
  egress: Egress,
  origin: string,
  onData: () => void = () => undefined,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let body = '';
    egress.pool('upstream', origin).dispatch(
      { method: 'GET', path: '/', headers: ['accept', 'text/plain'] },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, code) => void (status = code),
        onResponseData: (_controller, chunk) => {
          body += chunk.toString();
          onData();
        },
        onResponseEnd: () => resolve({ status, body }),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

describe('where requests may go', () => {
  it('to loopback on a machine of its own, for what an admin registered only', async () => {
    const { url } = await serve((_request, response) => response.end('hello'));
    const egress = egressOf();
    expect(await (await egress.fetch('upstream', url)).text()).toBe('hello');
    expect(await (await egress.fetch('idp', url, { hosts: hostsOf([url]) })).text()).toBe('hello');
    expect(await kindOf(egress.fetch('metadata', url))).toBe('unavailable');
  });

  it('not to loopback in production, unless the operator named it', async () => {
    const { url, port } = await serve((_request, response) => response.end('hello'));
    expect(await kindOf(egressOf(PRODUCTION).fetch('upstream', url))).toBe('forbidden-address');
    for (const named of [`127.0.0.1:${port}`, '127.0.0.0/8', '127.0.0.1']) {
      const egress = egressOf({ ...PRODUCTION, egressPrivateHosts: [named] });
      expect((await egress.fetch('upstream', url)).status).toBe(200);
    }
    const otherPort = egressOf({ ...PRODUCTION, egressPrivateHosts: [`127.0.0.1:${port + 1}`] });
    expect(await kindOf(otherPort.fetch('upstream', url))).toBe('forbidden-address');
  });

  it.each([
    'http://10.0.0.1/',
    'https://10.0.0.1/',
    'https://0x0a000001/',
    'https://167772161/',
    'https://[::ffff:10.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://[fe80::1]/',
    'https://169.254.169.254/latest/meta-data/',
    'http://0.0.0.0/',
  ])('not to %s', async (url) => {
    for (const config of [{}, PRODUCTION]) {
      expect(await kindOf(egressOf(config).fetch('upstream', url))).toBe('forbidden-address');
      expect(egressOf(config).allowed('upstream', url).ok).toBe(false);
      expect(() => egressOf(config).pool('upstream', new URL(url).origin)).toThrow(EgressError);
    }
  });

  it('not to a link-local address even when its range is named', () => {
    const egress = egressOf({ egressPrivateHosts: ['169.254.0.0/16', '0.0.0.0/0'] });
    expect(egress.allowed('upstream', 'https://169.254.169.254/').ok).toBe(false);
  });

  it('not to a name that resolves to such an address, whatever it resolves to besides', async () => {
    const resolve = answering('10.0.0.1', '169.254.169.254', '::ffff:192.168.0.1');
    const egress = egressOf(PRODUCTION, resolve);
    expect(await kindOf(egress.fetch('upstream', 'https://innocent.example/'))).toBe('forbidden-address');
    expect(
      await kindOf(
        egress.fetch('idp', 'https://innocent.example/', { hosts: hostsOf(['https://innocent.example']) }),
      ),
    ).toBe('forbidden-address');
    expect(await kindOf(egress.fetch('metadata', 'https://innocent.example/'))).toBe('unavailable');
  });

  it('to a private name that the operator named, over plain http too', async () => {
    const { port } = await serve((_request, response) => response.end('inside'));
    const config = { ...PRODUCTION, egressPrivateHosts: [`tools.internal:${port}`] };
    const egress = egressOf(config, answering('127.0.0.1'));
    expect(await (await egress.fetch('upstream', `http://tools.internal:${port}/`)).text()).toBe('inside');
    expect(await kindOf(egress.fetch('upstream', `http://other.internal:${port}/`))).toBe('insecure');
  });

  it('of an identity provider to its own hosts and ports, and to no other, however public', async () => {
    let asked = 0;
    const { url, port } = await serve((_request, response) => {
      asked += 1;
      response.end('keys');
    });
    const egress = egressOf();
    const elsewhere = hostsOf([
      'https://accounts.example',
      `http://127.0.0.1:${port + 1}`,
      'no URL',
      undefined,
    ]);
    for (const hosts of [undefined, hostsOf([]), elsewhere])
      expect(await kindOf(egress.fetch('idp', `${url}/keys`, { hosts }))).toBe('foreign-host');
    expect(asked).toBe(0);
    const named = hostsOf(['https://accounts.example', url]);
    expect(await (await egress.fetch('idp', `${url}/keys`, { hosts: named })).text()).toBe('keys');
    const refused = egress.fetch('idp', 'https://keys.example/secret?token=1', { hosts: named });
    await expect(refused).rejects.toThrow(/^keys\.example:443 is neither where the issuer/);
  });

  it('not where another scheme, a password or no URL at all stands', async () => {
    const egress = egressOf();
    for (const url of ['ftp://example.com/', 'https://user:pass@example.com/', 'example.com', '/path']) {
      expect(await kindOf(egress.fetch('upstream', url))).toBe('malformed');
    }
  });

  it('refuses on the callback path what it refuses on the other', async () => {
    const egress = egressOf(PRODUCTION, answering('10.0.0.1'));
    await expect(dispatchOnce(egress, 'https://innocent.example')).rejects.toMatchObject({
      code: 'EGRESS_FORBIDDEN_ADDRESS',
    });
  });
});

describe('what comes back', () => {
  it('is read by callbacks over a kept connection', async () => {
    const ports = new Set<number | undefined>();
    const { url } = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('hello');
    });
    const egress = egressOf();
    for (let call = 0; call < 3; call += 1) {
      expect(await dispatchOnce(egress, url)).toEqual({ status: 200, body: 'hello' });
      // The connection is free again once the exchange's own turn is over.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(ports.size).toBe(1);
  });

  it.each([301, 302, 303, 307, 308, 300])(
    'is an error for a redirect (%i), which is not followed',
    async (status) => {
      let followed = false;
      const { url } = await serve((request, response) => {
        if (request.url === '/elsewhere') followed = true;
        response.writeHead(status, { location: '/elsewhere' }).end();
      });
      const promise = egressOf().fetch('idp', url, { hosts: hostsOf([url]) });
      await expect(promise).rejects.toThrow(/Redirects are never followed/);
      expect(followed).toBe(false);
    },
  );

  it('is an error beyond the size limit', async () => {
    const { url } = await serve((_request, response) => response.end('x'.repeat(100_000)));
    const egress = egressOf();
    expect(await kindOf(egress.fetch('idp', url, { bytesMax: 1_000, hosts: hostsOf([url]) }))).toBe(
      'too-large',
    );
    expect((await egress.fetch('idp', url, { hosts: hostsOf([url]) })).status).toBe(200);
  });

  it('is an error when it takes too long, also between head and end', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/half') response.write('half');
    });
    const egress = egressOf();
    expect(await kindOf(egress.fetch('upstream', url, { timeoutMs: 100 }))).toBe('timed-out');
    expect(await kindOf(egress.fetch('upstream', `${url}/half`, { timeoutMs: 100 }))).toBe('timed-out');
  });

  it('never comes compressed: nobody asks for it, and it is refused', async () => {
    let asked: string | undefined;
    const { url } = await serve((request, response) => {
      asked = request.headers['accept-encoding'];
      response.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(10_000)));
    });
    const kind = await kindOf(egressOf().fetch('upstream', url, { headers: { 'Accept-Encoding': 'gzip' } }));
    expect([asked, kind]).toEqual(['identity', 'encoded']);
  });

  it('says that nothing listens, without the path', async () => {
    const { url } = await serve(() => undefined);
    const server = running.pop() as Server;
    await new Promise((resolve) => server.close(resolve));
    const promise = egressOf().fetch('upstream', `${url}/secret-path?token=1`);
    await expect(promise).rejects.toThrow(/^127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED\)\.$/);
  });

  it('of a stranger’s document is one and the same error, whatever happened', async () => {
    const { port } = await serve((_request, response) => response.end('hello'));
    const egress = egressOf({}, answering('127.0.0.1'));
    const messages = new Set<string>();
    for (const url of [
      `http://127.0.0.1:${port}`,
      'https://10.0.0.1',
      'https://inside.example',
      'nonsense',
    ]) {
      await egress.fetch('metadata', url).catch((error: EgressError) => {
        messages.add(`${error.kind} ${error.message} ${String(error.cause)}`);
      });
    }
    expect(messages.size).toBe(1);
  });
});

describe('closing', () => {
  it('cuts a stream that would never end', async () => {
    const { url } = await serve((_request, response) => void response.write('first'));
    const egress = egressOf();
    const begun = Promise.withResolvers<void>();
    const stream = dispatchOnce(egress, url, begun.resolve);
    const ended = stream.catch((error: Error) => error.name);
    await begun.promise;
    await egress.close();
    expect(await ended).toMatch(/Error/);
  });
});

describe('strangers’ documents', () => {
  it('are asked for so often, and no more', async () => {
    let questions = 0;
    const egress = egressOf({}, (_host, done) => {
      questions += 1;
      done(null, [{ address: '10.0.0.1', family: 4 }]);
    });
    for (let call = 0; call < 30; call += 1) {
      await egress.fetch('metadata', 'https://one.example/').catch(() => undefined);
    }
    expect(questions).toBe(10);
  });
});
