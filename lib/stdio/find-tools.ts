import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { err, ok, type Result } from '#lib/core';
import { PROBE_TIMEOUT_MS } from './constants.ts';
import { sandboxArguments } from './sandbox-arguments.ts';

/** Where programs of the system are; the environment's PATH is whoever's started us. */
const FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];

const NO_ENVIRONMENT = {} as NodeJS.ProcessEnv;

/** A user's numbers. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** What this machine has to shut a process in. Looked up once. */
export interface Tools {
  /** Only root can start a process as somebody else. */
  readonly isRoot: boolean;
  readonly bubblewrap: string | undefined;
  readonly setpriv: string | undefined;
  readonly prlimit: string | undefined;
  /** Why no sandbox can be made as this user (undefined: as we are); undefined where one can. */
  sandboxProblem(runAs: RunAs | undefined): string | undefined;
  findUser(name: string): Result<RunAs, string>;
}

export function findTools(): Tools {
  const bubblewrap = findProgram('bwrap');
  const probed = new Map<string, string | undefined>();
  return {
    isRoot: process.getuid?.() === 0,
    bubblewrap,
    setpriv: findProgram('setpriv'),
    prlimit: findProgram('prlimit'),
    sandboxProblem(runAs) {
      if (bubblewrap === undefined) return 'bubblewrap (bwrap) is not installed';
      const key = runAs === undefined ? '' : `${runAs.uid}:${runAs.gid}`;
      if (!probed.has(key)) probed.set(key, trySandbox(bubblewrap, runAs));
      return probed.get(key);
    },
    findUser,
  };
}

/** Absolute path of a program; undefined where there is none that can be run. */
export function findProgram(command: string): string | undefined {
  const candidates = isAbsolute(command) ? [command] : FOLDERS.map((folder) => join(folder, command));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}

/** An installed bubblewrap proves nothing: containers and hardened kernels refuse what it needs. */
function trySandbox(bubblewrap: string, runAs: RunAs | undefined): string | undefined {
  const inside = sandboxArguments({ network: false, read: [], write: [], hide: [], tmpMb: 1 });
  const tried = spawnSync(bubblewrap, [...inside, '--', '/usr/bin/true'], {
    cwd: '/',
    env: NO_ENVIRONMENT,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: PROBE_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    ...runAs,
  });
  if (tried.status === 0) return undefined;
  const said = tried.stderr?.trim().split('\n')[0] ?? '';
  return `bubblewrap can't make a sandbox here (${said || tried.error?.message || `exit code ${tried.status}`})`;
}

function findUser(name: string): Result<RunAs, string> {
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(
        execFileSync('/usr/bin/id', [flag, '--', name], {
          env: NO_ENVIRONMENT,
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      ),
    );
    if (uid === undefined || gid === undefined || !Number.isInteger(uid) || !Number.isInteger(gid))
      return err(`there is no user ${name} here`);
    return uid === 0 ? err(`${name} is root, which could do anything`) : ok({ uid, gid });
  } catch {
    return err(`there is no user ${name} here`);
  }
}
