import type { Tools } from '../find-tools.ts';
import { parseDeclarations } from '../read-declarations.ts';
import type { StdioDeclaration } from '../types.ts';
import { err, ok } from '#lib/core';

/** One declaration, from the members of its entry as YAML. */
export function declare(members: string): StdioDeclaration {
  const read = parseDeclarations(`servers: [{name: files, command: /bin/sh, tenants: [acme], ${members}}]`);
  const [server] = read.ok ? read.value.servers : [];
  if (server === undefined) throw new Error(JSON.stringify(read));
  return server;
}

/** A machine that has what is said. */
export function machine(has: Partial<Tools> & { readonly sandbox?: boolean } = {}): Tools {
  const { sandbox = true, ...tools } = has;
  return {
    isRoot: true,
    bubblewrap: '/usr/bin/bwrap',
    setpriv: '/usr/bin/setpriv',
    prlimit: '/usr/bin/prlimit',
    sandboxProblem: () => (sandbox ? undefined : 'bubblewrap (bwrap) is not installed'),
    findUser: (name) =>
      name === 'tools' ? ok({ uid: 1_234, gid: 1_235 }) : err(`there is no user ${name} here`),
    ...tools,
  };
}

export const NOTHING_OURS = { folders: [], files: [] };
