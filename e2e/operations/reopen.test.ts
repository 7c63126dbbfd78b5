import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSession, send } from '../../lib/gateway/testing/mcp-client.ts';
import type { HttpBrowser } from '../fixtures/http-browser.ts';
import { copyDatabase, restoreDatabase } from '../harness/database-copy.ts';
import { freePort } from '../harness/free-port.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { until } from '../harness/until.ts';
import { type Organisation, startOrganisation, type UserTokens } from '../harness/start-organisation.ts';

const WORDS = /countersign log reopen/;

let dataDir: string;
let port: number;
let instance: Instance;
let acme: Organisation;
let alice: { browser: HttpBrowser; tokens: UserTokens; session: RawSession };
let cookie: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-reopen-'));
  port = await freePort();
  instance = await startInstance({ dataDir, port });
  acme = await startOrganisation(instance, { slug: 'acme' });
  const browser = await acme.signIn('alice@acme.example');
  const tokens = await acme.userTokens('alice@acme.example', browser);
  alice = { browser, tokens, session: await RawSession.open(acme.resource, tokens.access) };
  cookie = browser.cookies(acme.canonicalUrl);
  await acme.userTokens('bob@acme.example');
});
afterAll(async () => {
  await instance.stop();
  await acme.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const at = (name: string) => join(dataDir, name);
const post = (session: RawSession, amount: number) =>
  session.call('post_entry', { account: 'travel', amount, environment: 'dev' });

async function run(...args: readonly string[]) {
  const { code, stdout, stderr } = await instance.countersign(args);
  return {
    code,
    stdout,
    stderr: stderr
      .split('\n')
      .filter((line) => !line.startsWith('{'))
      .join('\n'),
  };
}

async function exported(name: string): Promise<void> {
  const made = await run(
    ...[
      'bundle',
      '--tenant',
      'acme',
      '--last',
      '20',
      '--out',
      at(`${name}.json`),
      '--trust',
      at(`${name}.trust.json`),
    ],
  );
  expect(made).toMatchObject({ code: 0, stderr: '' });
}

async function verdict(bundle: string, trust: string): Promise<string> {
  const { stdout } = await run('verify', '--trust', at(`${trust}.trust.json`), at(`${bundle}.json`));
  return stdout.split(/[\s:]/)[0] ?? '';
}

/** Stops the instance, does something to its files at rest, and starts it again at the same address. */
async function whileStopped(work: () => Promise<void>): Promise<void> {
  expect(await instance.terminate()).toBe(0);
  await work();
  instance = await startInstance({ dataDir, port });
}

describe('a database that was put back from a copy', () => {
  it('is refused with 503 and words that name the command, for everything of the tenant', async () => {
    expect((await post(alice.session, 1)).status).toBe(200);
    await whileStopped(() => copyDatabase(dataDir));
    expect((await post(alice.session, 2)).status).toBe(200);
    const bob = await run('erase', '--tenant', 'acme', '--person', 'bob@acme.example');
    expect(bob.code).toBe(0);
    // Counted into the instance's own log when the process ends.
    expect((await fetch(`${instance.origin}/t/nobody/mcp/x`, { method: 'POST' })).status).toBe(404);
    await exported('old');
    expect(await verdict('old', 'old')).toBe('VALID');

    await whileStopped(() => restoreDatabase(dataDir));
    const forwarded = acme.ledger.journal.length;
    const call = await post(alice.session, 3);
    expect(call.status).toBe(503);
    expect(call.text).toMatch(WORDS);
    expect(acme.ledger.journal).toHaveLength(forwarded);
    const page = await alice.browser.open(`${acme.canonicalUrl}/connections`);
    expect(page.status).toBe(503);
    expect(page.text).toMatch(WORDS);
    for (const path of ['/log/trust.json', '/oauth/jwks', '/mint/jwks']) {
      const answer = await fetch(acme.canonicalUrl + path);
      expect(answer.status, path).toBe(503);
      expect(await answer.text(), path).toMatch(WORDS);
    }
    const { refresh, clientId } = alice.tokens;
    const refreshed = await fetch(`${acme.canonicalUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: refresh }),
    });
    expect(refreshed.status).toBe(503);
    const doctor = await run('doctor');
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(/countersign log reopen --tenant acme/);
  });

  it('continues in a new log, and nothing that was issued before holds', async () => {
    const reopened = await run('log', 'reopen', '--tenant', 'acme', '--json');
    expect(reopened).toMatchObject({ code: 0, stderr: '' });
    const done = JSON.parse(reopened.stdout) as Record<string, number>;
    expect(done).toMatchObject({ endedMcpSessions: 1, erasedAgain: 1 });
    expect(done['endedGrants']).toBeGreaterThanOrEqual(2);
    expect(done['endedBrowserSessions']).toBeGreaterThanOrEqual(2);
    expect(done['missingEntries']).toBeGreaterThanOrEqual(3);

    const { access, refresh, clientId } = alice.tokens;
    expect((await post(alice.session, 4)).status).toBe(401);
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    const fresh = await send(acme.resource, ping, { authorization: `Bearer ${access}` });
    expect(fresh.status).toBe(401);
    const refreshed = await fetch(`${acme.canonicalUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: refresh }),
    });
    expect(refreshed.status).toBe(400);
    const page = await fetch(`${acme.canonicalUrl}/connections`, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie },
    });
    expect(page.status).toBe(307);
    expect(page.headers.get('location')).toContain('/sso/start');

    const again = await acme.userTokens('alice@acme.example');
    const session = await RawSession.open(acme.resource, again.access);
    expect((await post(session, 5)).status).toBe(200);
  });

  it('is told of by an audit: which entries were seen before and are not here', async () => {
    const audited = await run('audit', '--tenant', 'acme', '--json');
    expect(audited.code).toBe(1);
    const { missing, logs } = JSON.parse(audited.stdout) as {
      missing: { kind: string; count: number }[];
      logs: { tree: string; reopened?: object }[];
    };
    expect(missing).toMatchObject([{ kind: 'left_entries' }]);
    expect(missing[0]?.count).toBeGreaterThanOrEqual(3);
    expect(logs.map(({ tree, reopened }) => [tree, reopened !== undefined])).toEqual([
      ['matches', false],
      ['matches', true],
    ]);
  });

  it('leaves what was exported before valid under what was pinned before, and names both logs', async () => {
    await exported('new');
    expect(await verdict('old', 'old')).toBe('VALID');
    expect(await verdict('new', 'new')).toBe('VALID');
    expect(await verdict('new', 'old')).toBe('UNVERIFIABLE');
    const trust = JSON.parse(await readFile(at('new.trust.json'), 'utf8')) as { logs: { origin: string }[] };
    const before = JSON.parse(await readFile(at('old.trust.json'), 'utf8')) as { logs: { origin: string }[] };
    expect(trust.logs).toHaveLength(2);
    expect(trust.logs[0]?.origin).toBe(before.logs[0]?.origin);
  });

  it('has erased again who was erased after the copy', async () => {
    const bob = await run('erase', '--tenant', 'acme', '--person', 'bob@acme.example');
    expect(bob.code).toBe(1);
    expect(bob.stderr).toMatch(/Nobody here/);
  });

  it('the instance’s own log is reopened like any other', async () => {
    const before = await fetch(`${instance.origin}/readyz`);
    expect(before.status).toBe(503);
    expect(await before.text()).toContain('countersign log reopen --tenant _instance');
    expect(await run('log', 'reopen', '--tenant', '_instance')).toMatchObject({ code: 0, stderr: '' });
    await until('the instance is ready', async () => (await fetch(`${instance.origin}/readyz`)).ok);
    expect((await run('doctor', '--json')).stdout).toMatch(/^\{"ok":true/);
  });

  it('is not reopened without a reason', async () => {
    const again = await run('log', 'reopen', '--tenant', 'acme');
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/--restored/);
    const nobody = await run('log', 'reopen', '--tenant', 'nobody');
    expect(nobody.code).toBe(1);
  });
});
