import type { Result } from '#lib/core';
import type { Telemetry } from '#lib/telemetry';
import { findTools, type Tools } from './find-tools.ts';
import type { OwnPlaces } from './place-process.ts';
import { Programs } from './programs.ts';
import { readDeclarations, type Declarations } from './read-declarations.ts';
import type { Stdio } from './types.ts';

export interface StdioDeps {
  /** The operator's file; undefined: there are none. */
  readonly file: string | undefined;
  /** The secret behind a reference. */
  readonly resolveSecret: (reference: string) => Result<string, string>;
  /** What no program may see. */
  readonly own: OwnPlaces;
  /** Without a launcher nothing is started: of production. */
  readonly launcherRequired: boolean;
  readonly logger: Telemetry['logger'];
  /** Looks up what this machine has. */
  readonly findTools?: () => Tools;
}

const NONE: Declarations = { processes: 0, processesPerTenant: 0, servers: [] };

/** @throws with everything that is wrong with the operator's file. */
export function createStdio(deps: StdioDeps): Stdio {
  return new Programs(readFile(deps.file), { findTools, ...deps });
}

function readFile(file: string | undefined): Declarations {
  if (file === undefined) return NONE;
  const read = readDeclarations(file);
  if (read.ok) return read.value;
  throw new Error(['The file of STDIO_SERVERS is not usable:', ...read.error].join('\n  '));
}
