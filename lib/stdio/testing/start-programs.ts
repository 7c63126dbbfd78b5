import { readFileSync } from 'node:fs';
import { err, ok, type TenantSlug } from '#lib/core';
import { createTelemetry } from '#lib/telemetry';
import type { Tools } from '../find-tools.ts';
import { Programs } from '../programs.ts';
import { parseDeclarations } from '../read-declarations.ts';
import type { ProcessListener, StdioProcess } from '../types.ts';
import { machine } from './declare.ts';

export const ALICE = { tenant: 'acme-id', tenantSlug: 'acme' as TenantSlug, grant: 'alice' } as const;
export const BOB = { ...ALICE, grant: 'bob' } as const;

interface Setup {
  readonly tools?: Tools;
  readonly launcherRequired?: boolean;
  readonly ours?: readonly string[];
}

/** Declared programs on a machine that has nothing to shut them in, and what is logged of them. */
export function declarePrograms(text: string, { tools, launcherRequired = false, ours = [] }: Setup = {}) {
  const read = parseDeclarations(text);
  if (!read.ok) throw new Error(read.error.join());
  const log: string[] = [];
  const telemetry = createTelemetry({ level: 'info', destination: { write: (line) => log.push(line) } });
  const programs = new Programs(read.value, {
    file: undefined,
    resolveSecret: (reference) =>
      reference === 'env:COUNTERSIGN_SECRET_KEY' ? ok('canary') : err('is not set'),
    own: { folders: ours, files: [] },
    launcherRequired,
    logger: telemetry.logger,
    findTools: () => tools ?? machine({ sandbox: false, prlimit: undefined }),
  });
  return { programs, log };
}

/** What a process says, and its end. */
export class Heard implements ProcessListener {
  text = '';
  end: string | undefined;
  onChunk(chunk: Buffer): void {
    this.text += chunk.toString();
  }
  onEnd({ message }: { readonly message: string }): void {
    this.end = message;
  }
}

export function startedBy(
  programs: Programs,
  owner: Parameters<Programs['start']>[0],
  name = 'shell',
): { readonly process: StdioProcess; readonly heard: Heard } {
  const heard = new Heard();
  const started = programs.start(owner, `stdio:${name}`, heard);
  if (!started.ok) throw new Error(started.error.message);
  return { process: started.value, heard };
}

/** Not so one that nobody has taken note of: in a container there may be nobody who does. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
