/** MCP servers that are programs, from the operator's file to the end of the instance that runs them. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSession } from '../../lib/gateway/testing/mcp-client.ts';
import { hostileEntry, hostileProcesses, programsFile } from '../../lib/gateway/testing/programs.ts';
import { postForm } from '../../lib/oauth/testing/drive-client.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';

const SECRET = 'the-secret-of-the-nightly-job-is-long-enough';
/** Beside the instance's own folders, which no program may see. */
const FILE = `/var/tmp/countersign-programs-${process.pid}.yaml`;

let test: TestDatabase;
let instance: Instance;

const tenantFile = (url: string) => `
tenant: {slug: works}
servers:
  - {id: tools, title: Tools, url: '${url}', credential: {agent: none}}
policies:
  nightly: permit (principal == Agent::"nightly", action, resource);
agents:
  - {client_id: nightly, name: Nightly, secret: 'env:COUNTERSIGN_SECRET_NIGHTLY', grant_types: [client_credentials]}
`;

beforeAll(async () => {
  const entry = { environment: { KEY: 'env:COUNTERSIGN_SECRET_KEY' } };
  const programs = [
    hostileEntry('tools', { ...entry, tenants: ['works'] }),
    hostileEntry('others', { tenants: ['elsewhere'] }),
  ];
  writeFileSync(FILE, programsFile(programs));
  test = await createTestDatabase();
  instance = await startInstance({
    database: test,
    env: { STDIO_SERVERS: FILE, COUNTERSIGN_SECRET_KEY: 'canary-of-the-program' },
  });
}, 120_000);

afterAll(async () => {
  await instance?.stop();
  await test?.close();
  rmSync(FILE, { force: true });
});

async function apply(url: string) {
  const file = join(instance.dataDir, 'works.tenant.yaml');
  writeFileSync(file, tenantFile(url));
  return await instance.countersign(['apply', '-f', file], { COUNTERSIGN_SECRET_NIGHTLY: SECRET });
}

describe('a program of the operator', () => {
  it('is refused to a tenant that it was not opened to, in the words of one that is not there', async () => {
    const [others, nothing] = [await apply('stdio:others'), await apply('stdio:nothing')];
    expect([others.code, nothing.code]).toStrictEqual([1, 1]);
    expect(others.stderr).toContain("has opened no stdio server 'others' to this tenant");
    expect(others.stderr.replaceAll('others', 'nothing')).toBe(nothing.stderr);
  });

  it('is read and pinned when the tenant’s file is applied, and left again', async () => {
    const applied = await apply('stdio:tools');
    expect([applied.code, applied.stderr]).toStrictEqual([0, '']);
    expect(applied.stdout).toContain('tool echo');
    expect(hostileProcesses()).toStrictEqual([]);
  });

  it('is what the doctor looks at, too', async () => {
    const found = await instance.countersign(['doctor', '--json']);
    const { findings } = JSON.parse(found.stdout) as { findings: { name: string; detail: string }[] };
    const names = findings.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['stdio server tools', 'stdio server others']));
  });

  it('serves an agent, writes to the log without its secrets, and ends with the instance', async () => {
    const resource = `${instance.canonicalUrl('works')}/mcp/tools`;
    const { body, text } = await postForm(
      `${instance.canonicalUrl('works')}/oauth/token`,
      { grant_type: 'client_credentials', resource },
      { authorization: `Basic ${Buffer.from(`nightly:${SECRET}`).toString('base64')}` },
    );
    if (body.access_token === undefined) throw new Error(text);
    const session = await RawSession.open(resource, body.access_token);
    const answer = await session.call('echo', { say: 'hello' });
    expect(answer.body.result?.content?.[0]?.text).toBe('hello');
    await session.call('tell', { variable: 'KEY' });
    await expect.poll(() => instance.output()).toContain('the secret is [redacted]');
    expect(instance.output()).not.toContain('canary-of-the-program');
    expect(hostileProcesses()).toHaveLength(1);
    expect(await instance.terminate()).toBe(0);
    expect(hostileProcesses()).toStrictEqual([]);
  });
});
