import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok } from '#lib/core';
import { createStdio, type Stdio } from '#lib/stdio';
import type { Modules } from './modules.ts';

export interface ProgramsOptions {
  /** The operator's file of programs, as text. */
  readonly programs?: string;
  /** What `env:` and `file:` references in it lead to. */
  readonly secrets?: Readonly<Record<string, string>>;
}

export async function startPrograms(
  { programs, secrets = {} }: ProgramsOptions,
  folder: string,
  { logger }: Modules['telemetry'],
): Promise<Stdio> {
  const file = join(folder, 'stdio.yaml');
  if (programs !== undefined) await writeFile(file, programs, { mode: 0o600 });
  return createStdio({
    file: programs === undefined ? undefined : file,
    resolveSecret: (reference) => {
      const secret = secrets[reference];
      return secret === undefined ? err('is not set') : ok(secret);
    },
    own: { folders: [folder], files: [file] },
    launcherRequired: false,
    logger,
  });
}
