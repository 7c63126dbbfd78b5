import { describe, expect, it } from 'vitest';
import { renderDemoTenant } from '../../e2e/fixtures/render-demo-tenant.ts';
import { describeProblem } from './describe-applied.ts';
import { draftTenant } from './draft-tenant.ts';
import { readDocument } from './read-document.ts';
import { readPolicies } from './read-policies.ts';
import { createSecretResolver } from './resolve-secrets.ts';
import type { TenantFile } from './types.ts';
import { mkdtempSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LONG = 'x'.repeat(40);
const environment = {
  COUNTERSIGN_SECRET_ACME_IDP: 'idp-secret',
  COUNTERSIGN_SECRET_NIGHTLY_REPORT: LONG,
  COUNTERSIGN_SECRET_SHORT: 'short',
};
const minting = {
  warm: async () => await Promise.resolve(),
  registrationProblems: (_tenant: string, { url }: { url: string }) =>
    url.startsWith('http://localhost:3000')
      ? ['is an address of Countersign itself']
      : url === 'stdio:closed'
        ? ['is not open to this tenant']
        : [],
};

function problemsIn(
  text: string | Uint8Array,
  origin: TenantFile['origin'] = 'operator',
  secretsDir?: string,
): string[] {
  const read = readDocument(text);
  if (!read.ok) return read.error.map((problem) => describeProblem(problem, 'f'));
  const config = secretsDir === undefined ? {} : { secretsDir };
  const { problems } = draftTenant(read.value, createSecretResolver(origin, environment, config), minting);
  return [...read.value.problems, ...problems].map((problem) => describeProblem(problem, 'f'));
}

const head = 'tenant: {slug: acme, display_name: Acme}\n';
const demo = renderDemoTenant({
  issuer: 'http://127.0.0.1:1234',
  everything: 'http://127.0.0.1:1235/mcp',
  ledger: 'http://127.0.0.1:1236/mcp',
  withoutAttempt: { ledger: ['read_balance'] },
});

describe('a tenant file', () => {
  it('of the demo is right, with the addresses that were filled in', () => {
    expect(problemsIn(demo)).toEqual([]);
    const read = readDocument(demo);
    const document = read.ok ? read.value.document : undefined;
    expect(document?.servers.map(({ url }) => url)).toEqual([
      'http://127.0.0.1:1235/mcp',
      'http://127.0.0.1:1236/mcp',
    ]);
    expect(document?.servers[1]?.without_attempt).toEqual(['read_balance']);
    expect(demo).toContain('# The demo tenant');
  });

  it('may be as short as its tenant', () => {
    expect(problemsIn(head)).toEqual([]);
  });

  it.each<[string, string]>([
    ['', 'f:1:1: expected object'],
    ['tenant: {slug: acme', 'f:1:20: '],
    [`${head}policies: {__proto__: "forbid (principal, action, resource);"}`, 'f:2:12: policies.__proto__: '],
    [`${head}roles: {__proto__: [admin]}`, 'f:2:9: roles.__proto__: '],
    ['tenant: {slug: acme, slug: b, display_name: A}', 'f:1:22: Map keys must be unique'],
    [`${head}admission: everyone\n`, 'f:2:12: admission: '],
    [`${head}admision: open\n`, 'f:2:1: admision: is not known here'],
    ['tenant: {slug: Acme_1, display_name: A}', "f:1:16: tenant.slug: 'Acme_1' is not a DNS label"],
    ['tenant: {display_name: A}', 'f:1:9: tenant.slug: is missing'],
    [
      `${head}servers:\n  - id: a\n    title: A\n    url: ftp://x\n    credential: {user: minted}\n`,
      'f:5:10: servers[0].url: is not an http or https URL',
    ],
    [
      `${head}servers:\n  - id: a\n    title: A\n    url: stdio:/bin/sh\n    credential: {user: none}\n`,
      'f:5:10: servers[0].url: is not an http or https URL',
    ],
    [
      `${head}servers:\n  - id: a\n    title: A\n    url: stdio:closed\n    credential: {user: none}\n`,
      'f:5:10: servers[0].url: is not open to this tenant',
    ],
    [
      `${head}servers:\n  - {id: a, title: A, url: 'stdio:a', credential: {user: none}, command: sh}\n`,
      'servers[0].command: is not known here',
    ],
    [
      `${head}servers:\n  - id: a\n    title: A\n    url: https://u:p@x/\n    credential: {user: minted}\n`,
      'f:5:10: servers[0].url: holds a user name or password',
    ],
    [
      `${head}servers:\n  - id: a\n    title: A\n    url: https://x/\n    credential: {}\n`,
      'f:6:17: servers[0].credential: names no kind',
    ],
    [
      `${head}servers:\n  - id: a\n    title: A\n    url: https://x/\n    credential: {user: static}\n`,
      'f:6:24: servers[0].credential.user: ',
    ],
    [
      `${head}servers:\n  - id: a\n    title: A\n    url: http://localhost:3000/t/acme/mcp/a\n    credential: {user: none}\n`,
      'f:5:10: servers[0].url: is an address of Countersign itself',
    ],
    [
      `${head}servers:\n  - {id: a, title: A, url: https://x/, credential: {user: none}, email: true}\n`,
      'f:3:73: servers[0].email: only minted tokens',
    ],
    [
      `${head}servers:\n  - {id: a, title: A, url: https://x/, credential: {user: none}, allow_methods: [tools/call]}\n`,
      'servers[0].allow_methods[0]: is a method of the protocol',
    ],
    [
      `${head}servers:\n  - {id: a, title: A, url: https://x/, credential: {user: none}, allow_methods: [skills/list, tasks/get]}\n`,
      'servers[0].allow_methods[1]: is a method of the protocol',
    ],
    [
      `${head}servers:\n  - {id: a, title: A, url: https://x/, credential: {user: none}}\n  - {id: a, title: A, url: https://x/, credential: {user: none}}\n`,
      "f:4:10: servers[1].id: 'a' is already the id of servers[0]",
    ],
    [`${head}roles: {a: [member]}\n`, 'f:2:8: roles: needs an identity_provider'],
    [`${head}identity_provider: {issuer: https://idp.example, client_id: c}\n`, 'lacks client_secret'],
    [
      `${head}identity_provider: {issuer: http://idp.example, client_id: c, client_authentication: none}\n`,
      'f:2:29: identity_provider.issuer: an issuer is an https URL',
    ],
    [
      `${head}identity_provider: {issuer: https://idp.example, client_id: c, client_secret: hunter2}\n`,
      'never in the file itself',
    ],
    [
      `${head}identity_provider: {issuer: https://idp.example, client_id: c, client_secret: env:DATABASE_URL}\n`,
      'begin with COUNTERSIGN_SECRET_ only',
    ],
    [
      `${head}identity_provider: {issuer: https://idp.example, client_id: c, client_secret: env:COUNTERSIGN_SECRET_NONE}\n`,
      'COUNTERSIGN_SECRET_NONE is not set',
    ],
    [
      `${head}identity_provider: {issuer: https://idp.example, client_id: c, client_secret: file:x}\n`,
      'needs SECRETS_DIR',
    ],
    [
      `${head}identity_provider: {issuer: https://idp.example, client_id: c, client_authentication: none}\nroles: {a: [king]}\n`,
      'f:3:13: roles.a[0]: ',
    ],
    [
      `${head}agents:\n  - {client_id: a, name: A, secret: env:COUNTERSIGN_SECRET_SHORT, grant_types: [client_credentials]}\n`,
      'f:3:37: agents[0].secret: is shorter than 32',
    ],
    [
      `${head}agents:\n  - {client_id: a, name: A, grant_types: [client_credentials]}\n`,
      'f:3:5: agents[0]: a client with client_credentials must authenticate',
    ],
    [
      `${head}agents:\n  - {client_id: a, name: A, redirect_uris: ['http://evil.example/cb']}\n`,
      'f:3:5: agents[0]: redirect_uris[0] ',
    ],
    [`${head}policies: {a: 7}\n`, 'f:2:15: policies.a: is Cedar text'],
    [
      `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n`,
      'f:1:1: ',
    ],
  ])('%#: says what, and where', (text, expected) => {
    expect(problemsIn(text).join('\n')).toContain(expected);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['a NUL', `${head}roles: {"a\0": [admin]}\n`, 'f:2:11: contains the control character U+0000'],
    ['an escaped NUL', `${head}policies: {"a\\0": x}\n`, 'contains a NUL character'],
    ['half of a surrogate pair', `${head}policies: {"a\\ud800": x}\n`, 'f:2:'],
    ['tabs for indentation', `${head}servers:\n\t- id: a\n`, 'f:3:1: '],
    [
      'bytes that are no text',
      Buffer.from(`${head}admission: \xff\n`, 'latin1'),
      'f:2:12: is not UTF-8 text',
    ],
    ['UTF-16', Buffer.from(head, 'utf16le'), 'f:1:'],
    ['more than a mebibyte', `${head}# ${'x'.repeat(1024 * 1024)}`, 'f:1:1: the file is larger than'],
    ['two documents', `${head}---\n${head}`, 'multiple documents'],
    ['a merge of an anchor', `${head}grants: &g {hours: 1}\nroles: {<<: *g}\n`, 'f:3:'],
    ['a bidirectional name', 'tenant: {slug: acme, display_name: "A\\u202eB"}', 'bidirectional'],
  ])('with %s is refused where it is', (_, content, expected) => {
    expect(problemsIn(content).join('\n')).toContain(expected);
  });

  it('may have the line ends of Windows, with the same places and the same policies', () => {
    const crlf = (text: string) => text.replaceAll('\n', '\r\n');
    expect(problemsIn(crlf(demo))).toEqual([]);
    const read = readDocument(crlf(demo));
    const plain = readDocument(demo);
    expect(read.ok && read.value.document).toEqual(plain.ok && plain.value.document);
    expect(problemsIn(crlf(`${head}\n\nadmission: everyone\n`)).join()).toContain('f:4:12: admission: ');
  });

  it('is judged in its other parts, too, where one has the wrong shape', () => {
    const text = `${head}admission: everyone\nservers:\n  - {id: a, title: A, url: https://x/, credential: {user: none}, email: true}\n`;
    const found = problemsIn(text).join('\n');
    expect(found).toContain('f:2:12: admission: ');
    expect(found).toContain('f:4:73: servers[0].email: only minted tokens');
  });

  it('tells all problems at once', () => {
    const text = `tenant: {slug: A, display_name: ''}\nadmission: x\nunknown: 1\nservers: [{id: 1}]\n`;
    expect(problemsIn(text).length).toBeGreaterThan(5);
  });

  it('that came over HTTP may refer to nothing of the machine', () => {
    const found = problemsIn(demo, 'http').join('\n');
    expect(found).toContain('identity_provider.client_secret: env: and file: are resolved only when');
    expect(found).toContain('agents[0].secret: env: and file: are resolved only when');
  });
});

describe('what a tenant file refers to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-manifest-'));
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'outside'), 'outside');
  writeFileSync(join(folder, 'secrets', 'idp'), 'from a file\n');
  symlinkSync(join(folder, 'outside'), join(folder, 'secrets', 'link'));
  const provider = (name: string) =>
    `${head}identity_provider: {issuer: https://idp.example, client_id: c, client_secret: 'file:${name}'}\n`;

  it.each([
    ['idp', ''],
    ['link', 'a link that leaves SECRETS_DIR'],
    ['../outside', 'does not stay below SECRETS_DIR'],
    ['none', 'can not be read'],
  ])('secret file:%s', (name, problem) => {
    expect(problemsIn(provider(name), 'operator', join(folder, 'secrets')).join()).toContain(problem);
    const resolve = createSecretResolver('operator', {}, { secretsDir: join(folder, 'secrets') });
    expect(resolve(`file:${name}`).ok).toBe(problem === '');
  });

  const policies = (text: string, origin: TenantFile['origin'] = 'operator') => {
    const read = readDocument(text);
    if (!read.ok) throw new Error('not readable');
    const file = {
      content: text,
      path: join(folder, 'tenant.yaml'),
      origin,
      actor: { mode: 'operator' as const },
    };
    return readPolicies(file, read.value);
  };

  it('policies in files of their own, below its folder', () => {
    writeFileSync(join(folder, 'p.cedar'), 'permit (principal, action, resource);');
    const good = policies(`${head}policies: {p: {file: p.cedar}}\n`);
    expect(good.ok && good.value.texts).toEqual({ p: 'permit (principal, action, resource);' });
    expect(good.ok && good.value.place({ policyId: 'p', line: 3, column: 4, message: 'm' })).toMatchObject({
      file: join(folder, 'p.cedar'),
      line: 3,
      column: 4,
    });
    for (const name of ['../x.cedar', '/etc/passwd', 'missing.cedar']) {
      expect(policies(`${head}policies: {p: {file: ${name}}}\n`).ok).toBe(false);
    }
    expect(policies(`${head}policies: {p: {file: p.cedar}}\n`, 'http').ok).toBe(false);
  });

  it.each([
    ['policies:\n  p: |\n    permit (\n      oops);\n', 2, 7, { line: 5, column: 11 }],
    ['policies:\n  p: |-\n     permit (oops);\n', 1, 9, { line: 4, column: 14 }],
    ['policies: {p: "permit (oops);"}\n', 1, 9, { line: 2, column: 24 }],
    ['policies: {p: permit (oops);}\n', 1, 9, { line: 2, column: 23 }],
    ['policies:\n  p: >\n    permit\n    (oops);\n', 1, 9, { line: 3, column: 6 }],
  ])('places a problem inside a policy: %j', (text, line, column, expected) => {
    const read = policies(head + text);
    if (!read.ok) throw new Error('not readable');
    expect(read.value.place({ policyId: 'p', line, column, message: 'm' })).toMatchObject(expected);
  });
});
