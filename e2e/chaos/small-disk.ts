/** A file system in memory that can be filled up. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEGABYTE = 1_048_576;

export interface SmallDisk {
  readonly folder: string;
  /** Writes until nothing more fits. */
  fill(): void;
  /** Takes away what filled it. */
  empty(): void;
  unmount(): void;
}

/** Undefined where this user may not mount one. */
export function mountSmallDisk(megabytes: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-disk-'));
  const filler = join(folder, 'filler');
  try {
    const args = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder];
    execFileSync('mount', args, { stdio: 'ignore' });
    chmodSync(folder, 0o755);
  } catch {
    rmdirSync(folder);
    return undefined;
  }
  return {
    folder,
    fill: () => fill(filler),
    empty: () => rmSync(filler),
    unmount: () => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

function fill(file: string): void {
  for (const bytes of [MEGABYTE, 4_096, 1]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(bytes, 1));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
