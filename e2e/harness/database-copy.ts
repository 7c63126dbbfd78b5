import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What a stopped instance's database is now, set aside as a backup would be. */
export async function copyDatabase(dataDir: string): Promise<void> {
  await cp(join(dataDir, 'postgres'), join(dataDir, 'copy'), { recursive: true });
}

/** The database of a stopped instance as it was when it was copied; nothing else of the instance. */
export async function restoreDatabase(dataDir: string): Promise<void> {
  await rm(join(dataDir, 'postgres'), { recursive: true });
  await cp(join(dataDir, 'copy'), join(dataDir, 'postgres'), { recursive: true });
}
