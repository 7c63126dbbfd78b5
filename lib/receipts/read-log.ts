import type { LogId, TenantId } from '#lib/core';
import { encodeEntryBundle, HASH_BYTES, parseTilePath, tileWidth, TILE_WIDTH } from '#lib/tlog';
import { listBatches } from './store-read.ts';
import { loadHead, type Run } from './store.ts';
import { loadTileHashes } from './tree-reader.ts';

const LOG_ID = /^[0-9a-f]{16}$/;

/** The newest committed checkpoint of one of the tenant's logs. */
export async function loadCheckpoint(run: Run, tenant: TenantId, log: string): Promise<string | undefined> {
  if (!LOG_ID.test(log)) return undefined;
  return (await loadHead(run, tenant, log as LogId, false))?.checkpoint;
}

/** A hash tile or entry bundle by its C2SP path; a partial one is the beginning of what is stored. */
export async function loadTile(
  run: Run,
  tenant: TenantId,
  log: string,
  path: string,
): Promise<Uint8Array | undefined> {
  const address = path.startsWith('tile/') ? parseTilePath(path.slice('tile/'.length)) : undefined;
  if (!address || !LOG_ID.test(log)) return undefined;
  const id = log as LogId;
  const head = await loadHead(run, tenant, id, false);
  if (!head || address.width > tileWidth(address.level, address.index, head.size)) return undefined;
  if (address.level === 'entries') return await loadEntries(run, tenant, id, address.index, address.width);
  const tree = { tenant, log: id, size: head.size };
  const hashes = await loadTileHashes(run, tree, address.level, address.index);
  return hashes?.subarray(0, address.width * HASH_BYTES);
}

async function loadEntries(
  run: Run,
  tenant: TenantId,
  log: LogId,
  index: bigint,
  width: number,
): Promise<Uint8Array> {
  const from = index * BigInt(TILE_WIDTH);
  const to = from + BigInt(width);
  const batches = await listBatches(run, { tenant, log, from, to });
  const leaves = batches.flatMap((batch) => {
    return batch.leaves.filter((_, at) => {
      const position = batch.firstIndex + BigInt(at);
      return position >= from && position < to;
    });
  });
  return encodeEntryBundle(leaves);
}
