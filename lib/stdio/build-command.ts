import type { Tools } from './find-tools.ts';
import type { Place } from './place-process.ts';
import { sandboxArguments } from './sandbox-arguments.ts';
import type { StdioDeclaration } from './types.ts';

const MB = 1024 * 1024;

/** What is given to the system to start. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly runAs: Place['runAs'];
}

/** Nothing of our own environment: where programs are, and a home that is private and passes. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' };

/** The program behind its launcher and its limits. Secrets travel in the environment, for arguments are shown to all. */
export function buildCommand(
  declaration: StdioDeclaration,
  place: Place,
  tools: Pick<Tools, 'bubblewrap' | 'setpriv' | 'prlimit'>,
  secrets: Readonly<Record<string, string>>,
): Command {
  const program = [...limited(declaration, place, tools), place.program, ...declaration.args];
  const [file = '', ...args] = launched(declaration, place, tools, program);
  return {
    file,
    args,
    environment: { ...ENVIRONMENT, ...secrets },
    // setpriv changes the user itself, and gives up more with it.
    runAs: place.launcher === 'user' ? undefined : place.runAs,
  };
}

function limited(
  { limits }: StdioDeclaration,
  { launcher }: Place,
  { prlimit }: Pick<Tools, 'prlimit'>,
): readonly string[] {
  if (prlimit === undefined) return [];
  return [
    prlimit,
    '--core=0',
    `--data=${limits.memoryMb * MB}`,
    `--cpu=${limits.cpuSeconds}`,
    `--fsize=${limits.fileMb * MB}`,
    `--nofile=${limits.openFiles}`,
    // Counted per user: of a process that shares ours it would count us.
    ...(launcher === 'none' ? [] : [`--nproc=${limits.processes}`]),
    '--',
  ];
}

function launched(
  { network, read, write, limits }: StdioDeclaration,
  place: Place,
  { bubblewrap = '', setpriv = '' }: Pick<Tools, 'bubblewrap' | 'setpriv'>,
  program: readonly string[],
): readonly string[] {
  switch (place.launcher) {
    case 'bubblewrap': {
      const view = { network, read: [...read, ...place.read], write, hide: place.hide, tmpMb: limits.tmpMb };
      return [bubblewrap, ...sandboxArguments(view), '--', ...program];
    }
    case 'user': {
      const { uid = -1, gid = -1 } = place.runAs ?? {};
      const given = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs'];
      return [setpriv, ...given, '--bounding-set=-all', '--pdeathsig=KILL', '--', ...program];
    }
    case 'none':
      return program;
  }
}
