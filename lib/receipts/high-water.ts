import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, fromBase64, toBase64, type LogId, type TenantId } from '#lib/core';
import { rootAt } from '#lib/tlog';
import { HIGH_WATER_EVERY_MS } from './constants.ts';
import { HighWaterError, HighWaterFileError } from './errors.ts';
import { sha256 } from './hash.ts';
import type { Run } from './store.ts';
import { loadNodes, rootNodes } from './tree-reader.ts';
import type { ReceiptTimers, ReceiptsDeps } from './types.ts';

export interface SeenHead {
  readonly tenant: TenantId;
  readonly log: LogId;
  readonly size: bigint;
  readonly root: Uint8Array;
}

/**
 * The newest head that this machine has seen of each log, outside the database, so that a database restored from a
 * backup is noticed before a second history is signed. A file per log, replaced as a whole.
 *
 * It is written after the commit, a few times a second: an fsync per batch would be paid by every call, and what it
 * buys is small. A restore goes back minutes or more; and the heads of the last moments are in the hands of the agents,
 * whose receipts name them.
 */
export interface HighWater {
  /** @throws {HighWaterError} when the head does not extend what was seen. */
  check(run: Run, head: SeenHead): Promise<void>;
  note(head: SeenHead): void;
  /** Writes what is still to be written. */
  close(): Promise<void>;
}

interface Mark {
  readonly size: bigint;
  readonly root: Uint8Array;
}

/** Without a folder nothing is kept: the production guard says so. */
export function createHighWater(
  folder: string | undefined,
  timers: ReceiptTimers,
  logger: ReceiptsDeps['logger'],
): HighWater {
  const pending = new Map<LogId, SeenHead>();
  let writing: Promise<void> | undefined;
  let timer: unknown;
  if (folder === undefined) {
    return { check: async () => undefined, note: () => undefined, close: async () => undefined };
  }

  const write = async () => {
    const heads = [...pending.values()];
    pending.clear();
    await mkdir(folder, { recursive: true });
    for (const head of heads) await replaceMark(folder, head);
  };
  const flush = async () => {
    timer = undefined;
    await writing;
    writing = write().catch((error: Error) => {
      logger.error({ folder, error: error.message }, 'the high-water file was not written');
    });
    await writing;
  };
  return {
    check: async (run, head) => {
      const mark = await readMark(folder, head.log);
      if (mark) await checkExtends(run, mark, head);
      pending.set(head.log, head);
      await flush();
    },
    note: (head) => {
      pending.set(head.log, head);
      timer ??= timers.setTimeout(() => void flush(), HIGH_WATER_EVERY_MS);
    },
    close: async () => {
      if (timer !== undefined) timers.clearTimeout(timer);
      await flush();
    },
  };
}

async function checkExtends(run: Run, mark: Mark, head: SeenHead): Promise<void> {
  const isShorter = head.size < mark.size;
  const root = isShorter ? head.root : await rootOfPrefix(run, mark.size, head);
  if (isShorter || !equalBytes(root, mark.root)) {
    throw new HighWaterError(
      head.log,
      { size: Number(mark.size), root: toBase64(mark.root) },
      { size: Number(head.size), root: toBase64(head.root) },
    );
  }
}

async function rootOfPrefix(run: Run, size: bigint, head: SeenHead): Promise<Uint8Array> {
  return rootAt(sha256, size, await loadNodes(run, head, rootNodes(size)));
}

/** `<size> <root>`, a line. Several processes share the folder: an older head never replaces a newer one. */
async function replaceMark(folder: string, { log, size, root }: SeenHead): Promise<void> {
  const known = await readMark(folder, log);
  if (known && known.size >= size) return;
  const path = join(folder, `${log}.head`);
  const temporary = `${path}.${randomUUID()}`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${size} ${toBase64(root)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  // The new name itself must survive a power failure, too.
  const directory = await open(folder, 'r');
  await directory.sync().finally(async () => await directory.close());
}

async function readMark(folder: string, log: LogId): Promise<Mark | undefined> {
  const path = join(folder, `${log}.head`);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new HighWaterFileError(path, `can't be read (${error.code ?? error.message})`);
  });
  if (text === undefined) return undefined;
  const [, size, encoded] = /^([0-9]+) ([A-Za-z0-9+/=]{44})\n$/.exec(text) ?? [];
  const root = fromBase64(encoded ?? '');
  if (size === undefined || root === undefined) throw new HighWaterFileError(path, 'is damaged');
  return { size: BigInt(size), root };
}
