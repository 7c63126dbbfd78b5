/**
 * tlog: the append-only Merkle tree and its texts: proofs, tiles, signed notes, checkpoints.
 * Owns RFC 6962 hashing, RFC 9162 proof verification and C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-proof
 * and the add-checkpoint body of tlog-witness.
 * Never stores, fetches or reads the time; hash and signature are parameters, so Node and browsers run the same file.
 * Promise: a proof verifies for exactly one leaf, index, size and root; every text has exactly one accepted spelling.
 */
export * from './types.ts';
export * from './constants.ts';
export * from './hash-tree.ts';
export * from './compact-range.ts';
export * from './build-proofs.ts';
export * from './verify-proofs.ts';
export * from './entry-bundle.ts';
export * from './tiles.ts';
export * from './verifier-key.ts';
export * from './signed-note.ts';
export * from './checkpoint.ts';
export * from './tlog-proof.ts';
export * from './add-checkpoint.ts';
