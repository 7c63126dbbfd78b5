import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findWriters, parseDeclarations, readDeclarations } from './read-declarations.ts';

function problemsIn(text: string): string {
  const read = parseDeclarations(text);
  if (read.ok) throw new Error('the file was accepted');
  return read.error.join('\n');
}

const server = (members: string) =>
  `servers:\n  - {name: files, command: /usr/bin/true, tenants: [acme], ${members}}`;

describe("the operator's file of programs", () => {
  it('fills in what is left out: no network, nothing of this machine, bounds and limits', () => {
    const read = parseDeclarations('servers: [{name: files, command: node, tenants: [acme]}]');
    if (!read.ok) throw new Error(read.error.join());
    expect(read.value).toMatchObject({ processes: 64, processesPerTenant: 16 });
    expect(read.value.servers[0]).toMatchObject({
      args: [],
      environment: {},
      network: false,
      read: [],
      write: [],
      perGrant: 4,
      idleMs: 600_000,
      limits: { memoryMb: 1_024, processes: 256 },
    });
  });

  it.each([
    ['an unknown member', server('shell: true'), /servers\[0\].*shell/],
    [
      'a command with arguments',
      'servers: [{name: a, command: node x.js, tenants: [acme]}]',
      /arguments belong into args/,
    ],
    ['a relative command', 'servers: [{name: a, command: ./x, tenants: [acme]}]', /neither an absolute path/],
    ['nobody who may use it', 'servers: [{name: a, command: node, tenants: []}]', /opens it to nobody/],
    ['no tenants at all', 'servers: [{name: a, command: node}]', /servers\[0\]\.tenants/],
    ['a relative folder', server('read: [srv]'), /read\[0\]: is not an absolute path/],
    ['a folder with two spellings', server('write: [/srv/../etc]'), /not written plainly/],
    ['the whole machine', server('read: [/]'), /whole machine/],
    ['a name that is none', 'servers: [{name: A b, command: node, tenants: [acme]}]', /servers\[0\]\.name/],
    ['a limit below its bound', server('limits: {memory_mb: 0}'), /memory_mb/],
    [
      'one name twice',
      'servers: [{name: a, command: node, tenants: [x]}, {name: a, command: node, tenants: [y]}]',
      /servers\[1\]\.name: 'a' is declared twice/,
    ],
    ['a key twice', 'servers: []\nservers: []', /:2: /],
    ['what is no YAML', 'servers: [', /^:1: /],
  ])('refuses %s, and says where', (_, text, words) => {
    expect(problemsIn(text)).toMatch(words);
  });

  it('names everything that is wrong at once', () => {
    expect(problemsIn(server('read: [srv], shell: true')).split('\n')).toHaveLength(2);
  });
});

describe('the file itself', () => {
  it.each([
    [0o644, true],
    [0o600, true],
    [0o664, false],
    [0o646, false],
  ])('with mode %o is taken: %s', (mode, isTaken) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-stdio-'));
    const file = join(folder, 'stdio.yaml');
    writeFileSync(file, 'servers: []');
    chmodSync(file, mode);
    const read = readDeclarations(file);
    rmSync(folder, { recursive: true });
    expect([read.ok, read.ok ? '' : read.error.join()]).toStrictEqual([
      isTaken,
      isTaken ? '' : expect.stringContaining('may be written by'),
    ]);
  });

  it('may be root’s or the process’s own, and nobody else’s', () => {
    const of = (uid: number) => findWriters({ mode: 0o100644, uid }, 1_000);
    expect([of(0), of(1_000)]).toStrictEqual([undefined, undefined]);
    expect(of(1_001)).toContain('belongs to somebody else');
  });
});
