import { existsSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import { findProgram, type RunAs, type Tools } from './find-tools.ts';
import type { LauncherKind, StdioDeclaration } from './types.ts';

const OTHERS = 0o005;
const SYSTEM = /^\/(usr|bin|sbin|lib|lib32|lib64|libx32)\//;

/** Folders and files of ours, which no program may see. */
export interface OwnPlaces {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Where and as whom a program would run, and what stands in the way. */
export interface Place {
  readonly launcher: LauncherKind;
  readonly runAs: RunAs | undefined;
  /** Absolute. */
  readonly program: string;
  /** What it sees beside the declared: the program itself, where it lies elsewhere. */
  readonly read: readonly string[];
  readonly hide: readonly string[];
  readonly about: string;
  readonly problems: readonly string[];
}

/** Finds the strongest launcher that this machine has for a program. */
export function placeProcess(declaration: StdioDeclaration, tools: Tools, own: OwnPlaces): Place {
  const problems: string[] = [];
  const runAs = findRunAs(declaration, tools, problems);
  const program = findProgram(declaration.command);
  if (program === undefined) problems.push(`${declaration.command} is no program that can be run here`);
  for (const path of [...declaration.read, ...declaration.write])
    if (!existsSync(path)) problems.push(`${path} does not exist`);
  problems.push(...overlaps([...declaration.read, ...declaration.write, program ?? ''], own));
  const chosen = chooseLauncher(declaration, tools, runAs, own, problems);
  const sees = [...declaration.read, ...declaration.write];
  return {
    ...chosen,
    runAs,
    program: program ?? declaration.command,
    read: program === undefined ? [] : unseenParts(program, sees),
    hide: own.folders.map(realPath).filter((folder) => SYSTEM.test(`${folder}/`) && existsSync(folder)),
    problems,
  };
}

function findRunAs({ user }: StdioDeclaration, tools: Tools, problems: string[]): RunAs | undefined {
  if (user === undefined) return undefined;
  if (!tools.isRoot) {
    problems.push(`it is to run as ${user}, which only root can arrange`);
    return undefined;
  }
  const found = tools.findUser(user);
  if (found.ok) return found.value;
  problems.push(found.error);
  return undefined;
}

function chooseLauncher(
  { network, user }: StdioDeclaration,
  tools: Tools,
  runAs: RunAs | undefined,
  own: OwnPlaces,
  problems: string[],
): Pick<Place, 'launcher' | 'about'> {
  const limits =
    tools.prlimit === undefined ? 'no limits, for prlimit is not installed' : 'limits by prlimit';
  const missing = tools.sandboxProblem(runAs);
  if (missing === undefined) {
    const owns = tools.isRoot && runAs === undefined ? "; it has root's right to files: name a user" : '';
    return { launcher: 'bubblewrap', about: `sandbox by bubblewrap, ${limits}${owns}` };
  }
  if (runAs === undefined || tools.setpriv === undefined)
    return { launcher: 'none', about: `not shut in at all: ${missing}; ${limits}` };
  if (!network)
    problems.push(`it can't be kept from the network: ${missing}. Declare network: true to give it up`);
  for (const folder of own.folders)
    if (isOpenToOthers(folder)) problems.push(`${folder} is open to other users of this machine: chmod 700`);
  return { launcher: 'user', about: `user ${user} of its own, and no sandbox: ${missing}; ${limits}` };
}

function isOpenToOthers(folder: string): boolean {
  try {
    return (statSync(folder).mode & OTHERS) !== 0;
  } catch {
    return false;
  }
}

/** A declared folder that holds something of ours, or lies in it. */
function overlaps(shown: readonly string[], own: OwnPlaces): string[] {
  const ours = [...own.folders, ...own.files].flatMap((path) => [path, realPath(path)]);
  return shown
    .filter((path) => ours.some((other) => [path, realPath(path)].some((each) => touches(each, other))))
    .map((path) => `${path} shows data or settings of Countersign itself`);
}

function touches(path: string, other: string): boolean {
  return path === other || path.startsWith(other + sep) || other.startsWith(path + sep);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The program, and where it is a link what that leads to. */
function unseenParts(program: string, sees: readonly string[]): string[] {
  const real = realPath(program);
  return [...new Set([program, real])].filter(
    (file) => !SYSTEM.test(file) && !sees.some((path) => file === path || file.startsWith(path + sep)),
  );
}
