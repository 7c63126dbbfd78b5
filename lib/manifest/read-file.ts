import { open } from 'node:fs/promises';
import { FILE_BYTES_MAX } from './constants.ts';

/** A file's bytes, and no more of it than shows that it is too large. */
export async function readTenantFile(path: string): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(FILE_BYTES_MAX + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      ({ bytesRead: read } = await handle.read(buffer, length, buffer.length - length));
    return buffer.subarray(0, length);
  } finally {
    await handle.close();
  }
}
