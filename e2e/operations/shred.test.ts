import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSession, send } from '../../lib/gateway/testing/mcp-client.ts';
import type { HttpBrowser } from '../fixtures/http-browser.ts';
import { freePort } from '../harness/free-port.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { type Organisation, startOrganisation, type UserTokens } from '../harness/start-organisation.ts';

let dataDir: string;
let port: number;
let instance: Instance;
let acme: Organisation;
let other: Organisation;
let alice: { browser: HttpBrowser; tokens: UserTokens; session: RawSession };

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-shred-'));
  port = await freePort();
  instance = await startInstance({ dataDir, port });
  acme = await startOrganisation(instance, { slug: 'acme' });
  other = await startOrganisation(instance, { slug: 'other' });
  const browser = await acme.signIn('alice@acme.example');
  const tokens = await acme.userTokens('alice@acme.example', browser);
  alice = { browser, tokens, session: await RawSession.open(acme.resource, tokens.access) };
});
afterAll(async () => {
  await instance.stop();
  await acme.stop();
  await other.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const at = (name: string) => join(dataDir, name);
const post = async () =>
  await alice.session.call('post_entry', { account: 'travel', amount: 1, environment: 'dev' });

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

const bundle = async (name: string, ...more: readonly string[]) =>
  await run(
    ...[
      'bundle',
      '--tenant',
      'acme',
      '--out',
      at(`${name}.json`),
      '--trust',
      at(`${name}.trust.json`),
      ...more,
    ],
  );

async function expectNothingServed(): Promise<void> {
  const forwarded = acme.ledger.journal.length;
  const call = await post();
  expect([404, 503]).toContain(call.status);
  expect(acme.ledger.journal).toHaveLength(forwarded);
  for (const path of ['/connections', '/receipts', '/log/trust.json', '/oauth/jwks']) {
    const answer = await fetch(acme.canonicalUrl + path, {
      redirect: 'manual',
      headers: { cookie: alice.browser.cookies(acme.canonicalUrl) },
    });
    expect([200, 303, 307], path).not.toContain(answer.status);
    expect(await answer.text(), path).not.toMatch(/Alice/);
  }
}

describe('a tenant that is shredded', () => {
  it('is asked for twice', async () => {
    expect((await post()).status).toBe(200);
    expect(await bundle('before', '--bodies')).toMatchObject({ code: 0 });
    const wrong = await run('shred', '--tenant', 'acme', '--confirm', 'other');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/--confirm must repeat/);
    expect((await run('shred', '--tenant', 'acme')).code).toBe(2);
    expect((await post()).status).toBe(200);
  });

  it('is not served any more, and nothing of it opens; the others go on', async () => {
    expect(await instance.terminate()).toBe(0);
    await cp(at('postgres'), at('copy'), { recursive: true });
    instance = await startInstance({ dataDir, port });
    expect((await post()).status).toBe(200);

    const keyFiles = await readdir(at('keys'));
    const shredded = await run('shred', '--tenant', 'acme', '--confirm', 'acme', '--json');
    expect(shredded).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(shredded.stdout)).toMatchObject({ state: 'destroyed', log: {} });
    expect(await readdir(at('keys'))).toHaveLength(keyFiles.length - 1);
    await expectNothingServed();
    expect((await bundle('after', '--bodies')).code).toBe(1);
    expect((await run('erase', '--tenant', 'acme', '--person', 'alice@acme.example')).code).toBe(1);
    await expect(acme.apply()).rejects.toThrow(/is shredded/);

    const token = await other.agentToken();
    const ping = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    expect((await send(other.resource, ping, { authorization: `Bearer ${token}` })).status).not.toBe(503);
    expect((await fetch(`${instance.origin}/readyz`)).status).toBe(200);
    // Done once, it stays done.
    const again = await run('shred', '--tenant', 'acme', '--confirm', 'acme');
    expect(again.code).toBe(0);
    expect(instance.output()).not.toMatch(/"level":(50|60)/);
  });

  it('leaves what was exported before valid', async () => {
    const verified = await run('verify', '--trust', at('before.trust.json'), at('before.json'));
    expect(verified.stdout).toMatch(/^VALID/);
  });

  it('opens nothing from a database that was restored without its key file', async () => {
    expect(await instance.terminate()).toBe(0);
    await rm(at('postgres'), { recursive: true });
    await cp(at('copy'), at('postgres'), { recursive: true });
    instance = await startInstance({ dataDir, port });
    await expectNothingServed();
    expect((await bundle('restored', '--bodies')).code).toBe(1);
    const doctor = await run('doctor');
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(/acme.*key file .* does not exist/);
    // What was shredded is shredded again: nothing is left that could be signed with.
    const again = await run('shred', '--tenant', 'acme', '--confirm', 'acme');
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/destroyed the keys/);
  });
});
