/** Programs that misbehave: they are shut in, they end with whoever they ran for, and the agent gets clear words. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { RawSession, send, type RawAnswer } from './testing/mcp-client.ts';
import {
  hostileEntry,
  hostileProcesses,
  isAlive,
  NO_CREDENTIAL,
  noSandbox,
  programsFile,
  unlessNoSandbox,
} from './testing/programs.ts';

let door: FrontDoor;
let folder: string;
let journal: string;
let neighbour: Server;

beforeAll(async () => {
  folder = mkdtempSync('/var/tmp/countersign-hostile-');
  journal = join(folder, 'journal');
  writeFileSync(journal, '');
  neighbour = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  door = await openFrontDoor({
    secrets: { 'env:COUNTERSIGN_SECRET_KEY': 'the-key-of-the-program' },
    programs: programsFile([
      hostileEntry('shut-in', { limits: { memory_mb: 1_000 } }),
      hostileEntry('on-line', { network: true }),
      hostileEntry('keyed', { environment: { KEY: 'env:COUNTERSIGN_SECRET_KEY' } }),
      hostileEntry('watched', { environment: { JOURNAL: journal }, write: [folder] }),
      hostileEntry('patient', { environment: { JOURNAL: journal }, write: [folder] }),
      hostileEntry('banner', {}, 'banner'),
      hostileEntry('gone', {}, 'gone'),
    ]),
  });
  const names = ['shut-in', 'on-line', 'keyed', 'watched', 'patient'];
  await door.register(
    Object.fromEntries(
      names.map((name) => [
        name,
        { url: `stdio:${name}`, timeoutMs: name === 'patient' ? 20_000 : 3_000, ...NO_CREDENTIAL },
      ]),
    ),
  );
}, 120_000);

afterAll(async () => {
  await door?.close();
  neighbour?.close();
  rmSync(folder, { recursive: true, force: true });
});

const opened: RawSession[] = [];

async function open(name: string): Promise<RawSession> {
  const session = await door.open(name);
  opened.push(session);
  return session;
}

afterEach(async () => {
  for (const { url, headers } of opened.splice(0)) await send(url, '', headers, 'DELETE');
});

async function call(name: string, tool: string, args: object = {}): Promise<RawAnswer> {
  return await (await open(name)).call(tool, args);
}

const textOf = ({ body }: RawAnswer) => body.result?.content?.[0]?.text;
const errorOf = ({ body }: RawAnswer) => body.error?.message ?? '';

async function statusOf(answer: RawAnswer) {
  return (await door.receipt(answer.headers.get('countersign-receipt') ?? ''))?.summary.status;
}

describe(`a program in its sandbox${unlessNoSandbox}`, { skip: noSandbox !== undefined }, () => {
  it.each([
    ['our data', () => door.folder, 'list'],
    ["the operator's file", () => join(door.folder, 'stdio.yaml'), 'read'],
    ['the password file', () => '/etc/shadow', 'read'],
    ['private keys of the machine', () => '/etc/ssl/private', 'list'],
    ['the home of root', () => '/root', 'list'],
    ['what is in /var', () => folder, 'list'],
    ['the sources of Countersign', () => join(import.meta.dirname, 'index.ts'), 'read'],
  ])('does not see %s', async (_, path, tool) => {
    expect(textOf(await call('shut-in', tool, { path: path() }))).toBe('denied ENOENT');
  });

  it('sees no process but its own, and so nobody’s environment', async () => {
    const session = await open('shut-in');
    const pids = (textOf(await session.call('list', { path: '/proc' })) ?? '').match(/\b\d+\b/g) ?? [];
    expect(pids.length).toBeLessThan(6);
    expect(pids).not.toContain(String(process.pid));
    const own = textOf(await session.call('read', { path: '/proc/1/environ' }));
    expect(own).not.toContain('npm_');
    expect(textOf(await session.call('environment'))).not.toContain('DATABASE');
  });

  it('has a /tmp of its own, and can write nowhere else', async () => {
    const session = await open('shut-in');
    const outside = mkdtempSync('/tmp/countersign-outside-');
    expect(textOf(await session.call('list', { path: '/tmp' }))).not.toContain(basename(outside));
    rmSync(outside, { recursive: true });
    expect(textOf(await session.call('write', { path: '/tmp/x' }))).toBe('written');
    for (const path of ['/x', '/usr/x', '/dev/x', '/proc/x'])
      expect(textOf(await session.call('write', { path }))).toMatch(/^denied (EROFS|EACCES|ENOENT|EPERM)$/);
  });

  it('has no network, unless the operator declared it', async () => {
    const { port } = neighbour.address() as AddressInfo;
    expect(textOf(await call('shut-in', 'connect', { port }))).toMatch(/^refused/);
    expect(textOf(await call('on-line', 'connect', { port }))).toBe('connected');
  });

  it('ends with all that it started, even in a session of its own', async () => {
    const session = await open('watched');
    await session.call('fork');
    const started = hostileProcesses(true);
    expect(started.length).toBeGreaterThan(0);
    expect((await send(session.url, '', session.headers, 'DELETE')).status).toBe(204);
    await expect.poll(() => started.filter(isAlive), { timeout: 10_000 }).toStrictEqual([]);
  });

  it('gets no more memory than it may have', async () => {
    const answer = await call('shut-in', 'memory', { megabytes: 2_000 });
    expect(errorOf(answer)).toMatch(/ended \(/);
  });
});

describe('a program that', () => {
  it('dies ends the call, and comes back for a later one', async () => {
    const session = await open('shut-in');
    const died = await session.call('die');
    expect(errorOf(died)).toBe("The server 'shut-in' ended (exit code 3) before it had answered.");
    expect(await statusOf(died)).toBe('failed');
    await expect
      .poll(async () => textOf(await session.call('echo', { say: 'again' })), { timeout: 10_000 })
      .toBe('again');
  });

  it('dies again and again is left alone for a while, longer each time', async () => {
    const session = await open('shut-in');
    await expect
      .poll(async () => errorOf(await session.call('die')), { timeout: 20_000 })
      .toMatch(/has ended by itself \(\d times? in a row\) and is started again in \d s/);
  });

  it('never answers is not waited for, and hears that nobody does', async () => {
    const session = await open('watched');
    const answer = await session.call('hang');
    expect(errorOf(answer)).toContain('did not answer within 3 s');
    expect(await statusOf(answer)).toBe('timed_out');
    await expect.poll(() => readFileSync(journal, 'utf8')).toContain('"method":"notifications/cancelled"');
  });

  it('writes anything but JSON-RPC has broken the protocol, and is ended', async () => {
    const session = await open('shut-in');
    const answer = await session.call('garbage');
    expect(errorOf(answer)).toContain('a line on its standard output that is not JSON-RPC');
    expect(await statusOf(answer)).toBe('protocol_error');
  });

  it('writes a line without end is stopped at the limit', async () => {
    const answer = await call('shut-in', 'endless');
    expect(errorOf(answer)).toMatch(/of more than \d+ bytes/);
    expect(await statusOf(answer)).toBe('protocol_error');
  });

  it('answers with more than a result may have loses that call alone', async () => {
    const session = await open('shut-in');
    const answer = await session.call('huge', { bytes: 1_200_000 });
    expect(errorOf(answer)).toContain('an answer of more than 1000000 bytes');
    expect(textOf(await session.call('echo', { say: 'still here' }))).toBe('still here');
  });

  it('answers under ids that nobody used is not believed', async () => {
    expect(textOf(await call('shut-in', 'confused'))).toBe('mine');
  });

  it('floods a call with messages is cut off there, and grows nothing here', async () => {
    const session = await open('shut-in');
    const before = process.memoryUsage().rss;
    const answer = await session.call('flood', { count: 12_000 });
    expect(errorOf(answer)).toContain('more messages inside this call than are relayed');
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  it('asks the client something is told no, and the question has a receipt', async () => {
    const session = await open('watched');
    expect(textOf(await session.call('ask'))).toBe('asked');
    const stream = await fetch(session.url, { headers: { ...session.headers, accept: 'text/event-stream' } });
    await expect.poll(() => readFileSync(journal, 'utf8')).toContain('"id":"of-the-server","error"');
    await send(session.url, '', session.headers, 'DELETE');
    await stream.text();
  });

  it('says something before hello is not let in', async () => {
    const found = await door.gateway().readDefinitions(door.tenant, draftOf('banner'));
    expect(found).toMatchObject({ ok: false, error: { kind: 'nonsense' } });
  });

  it('ends at once is not let in', async () => {
    const found = await door.gateway().readDefinitions(door.tenant, draftOf('gone'));
    expect(found).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
    if (!found.ok) expect(found.error.message).toContain('exit code 1');
  });
});

describe('interleaved calls', () => {
  it('get each its own answer, in whatever order they come', async () => {
    const session = await open('patient');
    const waits = ['a', 'b', 'c'].map((key) =>
      session.request('tools/call', { name: 'wait', arguments: { key: `of ${key}` } }, key),
    );
    await expect.poll(() => readFileSync(journal, 'utf8').match(/"of [abc]"/g)).toHaveLength(3);
    for (const key of ['c', 'a', 'b'])
      await session.request(
        'tools/call',
        { name: 'release', arguments: { key: `of ${key}` } },
        `free ${key}`,
      );
    expect((await Promise.all(waits)).map(textOf)).toStrictEqual([
      'released of a',
      'released of b',
      'released of c',
    ]);
  });

  it('get each its own progress, under equal tokens', async () => {
    const session = await open('patient');
    const asked = [1, 2, 3].map((steps) => session.call('progress', { steps }, { progressToken: 'same' }));
    const heard = (await Promise.all(asked)).map(({ text }) => text.match(/"progressToken":"same"/g)?.length);
    expect(heard).toStrictEqual([1, 2, 3]);
  });
});

describe('access', () => {
  it('that is revoked ends the process at once, and its result is withheld', async () => {
    const token = await door.userToken('patient', 'alice@acme.example');
    const session = await RawSession.open(door.resource('patient'), token);
    const pending = session.call('wait', { key: 'revoked' });
    await expect.poll(() => readFileSync(journal, 'utf8')).toContain('"key":"revoked"');
    const running = hostileProcesses().at(-1) ?? 0;
    expect(isAlive(running)).toBe(true);
    await door.revokePerson('alice@acme.example');
    await expect.poll(() => isAlive(running), { timeout: 2_000 }).toBe(false);
    expect(errorOf(await pending)).toContain('Access was revoked');
  });

  it('to a program ends with the session', async () => {
    const session = await open('watched');
    await session.call('stubborn');
    const running = hostileProcesses().at(-1) ?? 0;
    expect((await send(session.url, '', session.headers, 'DELETE')).status).toBe(204);
    await expect.poll(() => isAlive(running), { timeout: 10_000 }).toBe(false);
  });

  it('of another kind than none is not sent to a program, whatever is registered', async () => {
    const found = await door
      .gateway()
      .readDefinitions(door.tenant, { ...draftOf('shut-in'), credential: { agent: 'minted' } });
    expect(found).toMatchObject({ ok: false, error: { kind: 'credential' } });
  });

  it('to a program that was not opened to the tenant is refused when it is started', async () => {
    const found = await door.gateway().readDefinitions(door.tenant, draftOf('not-there'));
    expect(found).toMatchObject({ ok: false });
    if (!found.ok) expect(found.error.message).toContain('has not opened to this tenant');
  });

  it('to a program’s secrets is the program’s alone', async () => {
    expect(textOf(await call('keyed', 'environment'))).toContain('the-key-of-the-program');
    expect(textOf(await call('shut-in', 'environment'))).not.toContain('the-key-of-the-program');
  });

  it('goes on after a restart of the gateway, with a process of its own', async () => {
    const session = await open('shut-in');
    await door.restartGateway();
    await expect
      .poll(async () => textOf(await session.call('echo', { say: 'back' })), { timeout: 10_000 })
      .toBe('back');
  });
});

function draftOf(name: string) {
  return {
    id: name as never,
    title: name,
    url: `stdio:${name}`,
    emailAllowed: false,
    timeoutMs: 3_000,
    ...NO_CREDENTIAL,
  };
}
