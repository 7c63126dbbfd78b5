import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isUuid, type PersonId, type SubjectReference, type TenantId } from '#lib/core';

/** One erased person. Names nobody: the ids mean something only to a database that still has the person. */
export interface LedgerEntry {
  readonly at: number;
  readonly tenant: TenantId;
  readonly person: PersonId;
  readonly reference: SubjectReference;
}

/** On disk before this resolves, so that no erasure is known to the database alone. */
export async function appendLedger(file: string, entry: LedgerEntry): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.appendFile(`${JSON.stringify({ v: 1, ...entry })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Throws for a line that is no entry: an erasure must not be forgotten because a file was damaged. */
export async function readLedger(file: string): Promise<readonly LedgerEntry[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => parseLine(line, `${file}:${index + 1}`));
}

function parseLine(line: string, place: string): LedgerEntry {
  const damaged = new Error(
    `${place} is not an entry of the ledger of erased persons. Restore the file from its backup.`,
  );
  let entry: LedgerEntry & { readonly v: number };
  try {
    entry = JSON.parse(line) as typeof entry;
  } catch {
    throw damaged;
  }
  if (entry?.v !== 1 || !isUuid(entry.tenant) || !isUuid(entry.person)) throw damaged;
  return entry;
}
