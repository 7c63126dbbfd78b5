import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { findTools } from '../../stdio/find-tools.ts';

export { isAlive } from '../../stdio/testing/start-programs.ts';

const ROOT = join(import.meta.dirname, '../../..');
const MARK = `of-${process.pid}`;
const resolveEntry = createRequire(import.meta.url).resolve;

const HOSTILE_PROGRAM = join(ROOT, 'e2e/fixtures/hostile-stdio.ts');
export const STATELESS_PROGRAM = join(ROOT, 'e2e/fixtures/stateless-program.ts');
export const EVERYTHING_PROGRAM = resolveEntry('@modelcontextprotocol/server-everything/dist/index.js');
export const FILESYSTEM_PROGRAM = resolveEntry('@modelcontextprotocol/server-filesystem/dist/index.js');
/** What a program of Node needs to see besides itself. */
export const PACKAGES = join(ROOT, 'node_modules');

/** Why no sandbox can be made here; the tests that need one are skipped then, and say so. */
export const noSandbox = findTools().sandboxProblem(undefined);
export const unlessNoSandbox = noSandbox === undefined ? '' : ` (skipped: ${noSandbox})`;

/** An entry of the operator's file, in JSON, which is YAML. */
export function programEntry(name: string, args: readonly string[], members: object = {}): string {
  return JSON.stringify({
    name,
    command: process.execPath,
    args,
    tenants: ['acme'],
    read: [PACKAGES, join(ROOT, 'e2e/fixtures')],
    ...members,
  });
}

/** The hostile program, marked as started by this process: other tests have theirs at the same time. */
export function hostileEntry(name: string, members: object = {}, mode = 'usual'): string {
  return programEntry(name, [HOSTILE_PROGRAM, mode, MARK], members);
}

export function programsFile(entries: readonly string[], top = ''): string {
  return `${top}\nservers:\n${entries.map((entry) => `  - ${entry}`).join('\n')}\n`;
}

export const NO_CREDENTIAL = { credential: { user: 'none', agent: 'none' } } as const;

/** Processes of the hostile programs that were declared here (or, by its `-e`, what they started), newest last. */
export function hostileProcesses(startedByIt = false): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [command, first, ...rest] = commandOf(pid).split('\0');
      if (command !== process.execPath || (first === '-e') !== startedByIt) return false;
      return [first, ...rest].includes(MARK);
    })
    .toSorted((a, b) => a - b);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
