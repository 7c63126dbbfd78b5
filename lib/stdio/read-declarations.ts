import { readFileSync, statSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { err, ok, type Result } from '#lib/core';
import { DECLARATIONS_BYTES_MAX } from './constants.ts';
import { declarationsSchema } from './declaration-schema.ts';
import type { StdioDeclaration } from './types.ts';

export interface Declarations {
  /** Processes of one process of ours, over all servers and tenants. */
  readonly processes: number;
  readonly processesPerTenant: number;
  readonly servers: readonly StdioDeclaration[];
}

/** The file, or everything that is wrong with it at once, each in a line. */
export function readDeclarations(file: string): Result<Declarations, readonly string[]> {
  let bytes: Buffer;
  try {
    const writers = findWriters(statSync(file), process.getuid?.());
    if (writers !== undefined) return err([`${file} ${writers}: whoever may write it names programs to run`]);
    bytes = readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    return err([`${file} can't be read (${code})`]);
  }
  if (bytes.length > DECLARATIONS_BYTES_MAX)
    return err([`${file} is larger than ${DECLARATIONS_BYTES_MAX} bytes`]);
  const read = parseDeclarations(bytes.toString('utf8'));
  return read.ok ? read : err(read.error.map((problem) => `${file}${problem}`));
}

const WRITABLE_BY_OTHERS = 0o022;

/** Who else than root and whoever runs this may change the file; undefined: nobody. */
export function findWriters(
  { mode, uid }: { readonly mode: number; readonly uid: number },
  ownUid: number | undefined,
): string | undefined {
  if ((mode & WRITABLE_BY_OTHERS) !== 0) return 'may be written by its group or by everybody';
  if (ownUid === undefined || uid === 0 || uid === ownUid) return undefined;
  return 'belongs to somebody else than root or this process';
}

/** Each problem begins with where it is. */
export function parseDeclarations(text: string): Result<Declarations, readonly string[]> {
  const lines = new LineCounter();
  const yaml = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: false,
  });
  const faults = [...yaml.errors, ...yaml.warnings];
  if (faults.length > 0)
    return err(faults.map(({ pos, message }) => `:${lines.linePos(pos[0]).line}: ${message}`));
  let value: unknown;
  try {
    value = yaml.toJS({ maxAliasCount: 0 });
  } catch {
    return err([': aliases are not resolved here: write it out']);
  }
  const checked = declarationsSchema.safeParse(value ?? {});
  if (checked.success) {
    const { processes, processes_per_tenant: processesPerTenant, servers } = checked.data;
    return ok({ processes, processesPerTenant, servers });
  }
  return err(
    checked.error.issues.map(({ path, message }) => {
      const where = path
        .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
        .join('');
      return `: ${where.replace(/^\./, '') || 'the file'}: ${message}`;
    }),
  );
}
