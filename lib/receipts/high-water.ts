import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, toBase64, type LogId, type TenantId } from '#lib/core';
import { rootAt, type Checkpoint } from '#lib/tlog';
import { readCheckpoint } from './checkpoint-text.ts';
import { HIGH_WATER_EVERY_MS } from './constants.ts';
import { HighWaterError, HighWaterFileError, LogRetired } from './errors.ts';
import { sha256 } from './hash.ts';
import type { Run } from './store.ts';
import { loadNodes, rootNodes } from './tree-reader.ts';
import type { ReceiptTimers, ReceiptsDeps } from './types.ts';

export interface SeenHead {
  readonly tenant: TenantId;
  readonly log: LogId;
  readonly size: bigint;
  readonly root: Uint8Array;
  /** The head's signed checkpoint. */
  readonly checkpoint: string;
}

/**
 * The newest head that this machine has seen of each log, outside the database, so that a database restored from a
 * backup is noticed before a second history is signed. A file per log, replaced as a whole: the checkpoint, verbatim.
 *
 * It is written after the commit, a few times a second: an fsync per batch would be paid by every call, and what it
 * buys is small. A restore goes back minutes or more; and the heads of the last moments are in the hands of the agents,
 * whose receipts name them.
 */
export interface HighWater {
  /**
   * What was seen of this log until now. Whoever compares a head with it reads the head afterwards: another replica that
   * shares the folder may append, and note it, at any moment.
   */
  recall(log: LogId): Promise<RecalledHead>;
  note(head: SeenHead): void;
  /** The newest checkpoint that was seen of this log. */
  newest(log: LogId): Promise<string | undefined>;
  /** From now on this log is refused, whatever a restored database says of it. */
  retire(log: LogId): Promise<void>;
  /** Writes what is still to be written. */
  close(): Promise<void>;
}

export interface RecalledHead {
  /** @throws {HighWaterError} when the head does not extend what was seen; {LogRetired} for a log that was left for good. */
  check(run: Run, head: SeenHead): Promise<void>;
}

type Mark = Checkpoint & { readonly text: string };

/** Keeps nothing. */
export const NO_HIGH_WATER: HighWater = {
  recall: async () => ({ check: async () => undefined }),
  note: () => undefined,
  newest: async () => undefined,
  retire: async () => undefined,
  close: async () => undefined,
};

/** Without a folder nothing is kept: the production guard says so. */
export function createHighWater(
  folder: string | undefined,
  timers: ReceiptTimers,
  logger: ReceiptsDeps['logger'],
): HighWater {
  const pending = new Map<LogId, SeenHead>();
  let writing: Promise<void> | undefined;
  let timer: unknown;
  if (folder === undefined) return NO_HIGH_WATER;

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
    recall: async (log) => {
      const mark = await readMark(folder, log);
      return {
        check: async (run, head) => {
          if (await isRetired(folder, log)) throw new LogRetired(log);
          if (mark) await checkExtends(run, mark, head);
          pending.set(log, head);
          await flush();
        },
      };
    },
    note: (head) => {
      pending.set(head.log, head);
      timer ??= timers.setTimeout(() => void flush(), HIGH_WATER_EVERY_MS);
    },
    newest: async (log) => (await readMark(folder, log))?.text,
    retire: async (log) => {
      await mkdir(folder, { recursive: true });
      await replaceFile(folder, retiredName(log), '');
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

/** Several processes share the folder: an older head never replaces a newer one. */
async function replaceMark(folder: string, { log, size, checkpoint }: SeenHead): Promise<void> {
  const known = await readMark(folder, log);
  if (known && known.size >= size) return;
  await replaceFile(folder, markName(log), checkpoint);
}

async function replaceFile(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  const temporary = `${path}.${randomUUID()}`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
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
  const path = join(folder, markName(log));
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const head = readCheckpoint(text);
  if (!head?.origin.endsWith(`/${log}`)) throw new HighWaterFileError(path, 'is damaged');
  return { ...head, text };
}

async function isRetired(folder: string, log: LogId): Promise<boolean> {
  return (await readIfThere(join(folder, retiredName(log)))) !== undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new HighWaterFileError(path, `can't be read (${error.code ?? error.message})`);
  });
}

function markName(log: LogId): string {
  return `${log}.head`;
}

function retiredName(log: LogId): string {
  return `${log}.closed`;
}
