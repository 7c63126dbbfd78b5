/** The whole log as an auditor reads it over HTTP, every entry hashed anew. */
import { equalBytes, toBase64 } from '#lib/core';
import { nodeEvidenceCrypto } from '#lib/runtime';
import {
  appendLeaf,
  decodeEntryBundle,
  EMPTY_RANGE,
  leafHash,
  openNote,
  parseCheckpoint,
  parseVkey,
  rootOf,
  TILE_WIDTH,
  tilePath,
} from '#lib/tlog';
import type { LogEntry, NamedHead } from './journal-types.ts';

export interface ReadLog {
  readonly id: string;
  readonly entries: readonly LogEntry[];
  /** The heads that the entries themselves name. */
  readonly named: readonly NamedHead[];
  /** Root of the log when it had so many entries, in base64. */
  rootAt(size: number): string | undefined;
}

interface Payload {
  readonly jti: string;
  readonly kind: string;
  readonly iat: number;
  readonly attempt?: string;
  readonly outcome?: { readonly status: string };
  readonly log: NamedHead;
}

const { sha256, verifyEd25519 } = nodeEvidenceCrypto;

/** A file below `<canonical>/log/`. */
export type GetFile = (path: string) => Promise<{ readonly status: number; readonly bytes: Uint8Array }>;

/** By fetch, with an auditor's cookie. */
export function filesAt(canonicalUrl: string, cookie: string): GetFile {
  return async (path) => {
    const response = await fetch(`${canonicalUrl}/log/${path}`, { headers: { cookie } });
    return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
  };
}

/** Follows checkpoint and entry bundles. @throws when a signature or the root does not fit what was read. */
export async function readLog(getFile: GetFile): Promise<ReadLog> {
  const get = async (path: string) => {
    const { status, bytes } = await getFile(path);
    if (status !== 200) throw new Error(`${path}: ${status} ${Buffer.from(bytes).toString()}`);
    return bytes;
  };
  const text = async (path: string) => Buffer.from(await get(path)).toString();
  const trust = JSON.parse(await text('trust.json')) as {
    readonly logs: readonly { readonly origin: string; readonly keys: readonly string[] }[];
  };
  const log = trust.logs.at(-1);
  if (log === undefined) throw new Error('the trust file names no log');
  const id = log.origin.slice(log.origin.lastIndexOf('/') + 1);
  const keys = log.keys.map((key) => {
    const parsed = parseVkey(sha256, key);
    if (!parsed.ok) throw new Error(parsed.error);
    return parsed.value;
  });
  const note = openNote(await text(`${id}/checkpoint`), keys, verifyEd25519);
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : undefined;
  if (checkpoint?.origin !== log.origin) throw new Error('the checkpoint is not signed by the log');
  const leaves: Uint8Array[] = [];
  for (let from = 0n; from < checkpoint.size; from += BigInt(TILE_WIDTH)) {
    const left = Number(checkpoint.size - from);
    const width = Math.min(TILE_WIDTH, left);
    const bundle = decodeEntryBundle(
      await get(`${id}/tile/${tilePath('entries', from / BigInt(TILE_WIDTH), width)}`),
    );
    if (bundle?.length !== width) throw new Error(`the bundle at ${from} is not one`);
    leaves.push(...bundle);
  }
  const { roots, root } = hashAll(leaves);
  if (!equalBytes(root, checkpoint.root)) throw new Error('the entries do not give the root that is signed');
  const payloads = leaves.map(payloadOf);
  return {
    id,
    entries: payloads.map(({ jti, kind, iat, attempt, outcome }, index) => ({
      index,
      id: jti,
      kind,
      at: iat,
      ...(attempt === undefined ? {} : { attempt }),
      ...(outcome === undefined ? {} : { status: outcome.status }),
    })),
    named: payloads.map((payload) => payload.log),
    rootAt: (size) => roots[size],
  };
}

function hashAll(leaves: readonly Uint8Array[]): { roots: string[]; root: Uint8Array } {
  let range = EMPTY_RANGE;
  let root = rootOf(sha256, range);
  const roots = [toBase64(root)];
  for (const leaf of leaves) {
    range = appendLeaf(sha256, range, leafHash(sha256, leaf));
    root = rootOf(sha256, range);
    roots.push(toBase64(root));
  }
  return { roots, root };
}

/** An attempt is its own text, everything else a JWT. */
function payloadOf(leaf: Uint8Array): Payload {
  const text = Buffer.from(leaf).toString();
  const json = text.startsWith('{') ? text : Buffer.from(text.split('.')[1] ?? '', 'base64url').toString();
  return JSON.parse(json) as Payload;
}
