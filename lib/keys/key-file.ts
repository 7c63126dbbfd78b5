import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromBase64Url, isJsonObject, toBase64Url, type TenantId } from '#lib/core';
import { KEY_BYTES } from './constants.ts';

const FORMAT = 'countersign-key/v1';
const OWNER_ONLY = 0o600;
const OTHERS = 0o007;

/** Why a key file is of no use; the words complete "The key file … ". */
export class KeyFileError extends Error {
  readonly kind: 'missing' | 'unreadable' | 'wrong';
  constructor(kind: KeyFileError['kind'], message: string) {
    super(message);
    this.name = 'KeyFileError';
    this.kind = kind;
  }
}

/** The name says whose key it is, so that a backup can be read by people. */
export function keyFileName(tenant: TenantId, kid: string): string {
  return `${tenant}.${kid}.key`;
}

/** Writes a key that must not exist yet, and returns when it would survive a crash: file and folder are synced. */
export async function writeKeyFile(
  path: string,
  tenant: TenantId,
  kid: string,
  key: Uint8Array,
): Promise<void> {
  const folder = dirname(path);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, OWNER_ONLY);
  try {
    await file.writeFile(`${JSON.stringify({ format: FORMAT, tenant, kid, key: toBase64Url(key) })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(folder);
  if (made !== undefined) await syncFolder(dirname(made));
}

/** @throws {KeyFileError} */
export async function readKeyFile(path: string, tenant: TenantId, kid: string): Promise<Uint8Array> {
  const text = await readOwnFile(path);
  const content = parse(text);
  if (content === undefined) throw new KeyFileError('unreadable', 'is damaged: restore it from its backup.');
  if (content['tenant'] !== tenant || content['kid'] !== kid) {
    throw new KeyFileError(
      'wrong',
      'holds the key of another tenant or version: restore the right one from its backup.',
    );
  }
  const key = typeof content['key'] === 'string' ? fromBase64Url(content['key']) : undefined;
  if (key?.length !== KEY_BYTES)
    throw new KeyFileError('unreadable', 'is damaged: restore it from its backup.');
  return key;
}

/** Overwrites the key in place before the name goes; durable when it returns. */
export async function removeKeyFile(path: string): Promise<void> {
  await overwrite(path);
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await syncFolder(dirname(path));
}

/** What a flash disk or a copy-on-write file system keeps of the old bytes is out of our reach (docs/keys.md). */
async function overwrite(path: string): Promise<void> {
  try {
    const file = await open(path, 'r+');
    try {
      const { size } = await file.stat();
      await file.write(randomBytes(size), 0, size, 0);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

export function keyFilePath(folder: string, name: string): string {
  if (!/^[0-9a-f-]{36}\.[0-9a-f-]{36}\.key$/.test(name))
    throw new Error('this is not the name of a key file');
  return join(folder, name);
}

async function readOwnFile(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new KeyFileError('unreadable', 'can be read by every user of this machine: run chmod 600 on it.');
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new KeyFileError(
        'missing',
        'does not exist: check KEYS_DIR, or restore the file from its backup.',
      );
    }
    throw new KeyFileError(
      'unreadable',
      `can't be read (${code}): give it to the user that Countersign runs as.`,
    );
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return isJsonObject(content) && content['format'] === FORMAT ? content : undefined;
  } catch {
    return undefined;
  }
}

/** A new name in a folder is durable only once the folder is. Windows can't, and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
