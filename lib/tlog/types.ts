/** SHA-256, synchronous: `node:crypto` on the server, a pure implementation in a browser. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Ed25519 (RFC 8032) over the whole message; never throws, false for anything wrong. */
export type VerifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** Hash of the perfect subtree over leaves [index · 2^level, (index + 1) · 2^level). */
export type ReadHash = (level: number, index: bigint) => Uint8Array;

/** A perfect subtree: `level` 0 is a leaf. */
export interface TreeNode {
  readonly level: number;
  readonly index: bigint;
}

/** The right edge of a tree: the hashes of its perfect subtrees, largest (leftmost) first. */
export interface CompactRange {
  readonly size: bigint;
  readonly hashes: readonly Uint8Array[];
}

/** What an inclusion proof claims: `leafHash` is at `index` of the tree of `size` leaves with `root`. */
export interface InclusionClaim {
  readonly index: bigint;
  readonly size: bigint;
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
  /** From the leaf's sibling up. */
  readonly proof: readonly Uint8Array[];
}

/** What a consistency proof claims: the older tree is a prefix of the newer. */
export interface ConsistencyClaim {
  readonly oldSize: bigint;
  readonly oldRoot: Uint8Array;
  readonly newSize: bigint;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Level 0 and up are hashes, `entries` are leaf data. `width` is 256 for a full tile. */
export interface TileAddress {
  readonly level: number | 'entries';
  readonly index: bigint;
  readonly width: number;
}

/** A tree head as a checkpoint's text says it. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: bigint;
  readonly root: Uint8Array;
}

/** An Ed25519 verifier key of a signed note. */
export interface VerifierKey {
  readonly name: string;
  /** First four bytes of SHA-256(name ‖ LF ‖ 0x01 ‖ public key), 8 lower-case hex digits. */
  readonly id: string;
  readonly publicKey: Uint8Array;
}

/** One who signs notes: a verifier key's name and id, and its private half as a function. */
export interface NoteSigner {
  readonly name: string;
  readonly id: string;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

export interface NoteSignature {
  readonly name: string;
  /** 8 lower-case hex digits. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/** A note taken apart; nothing is verified. */
export interface UnverifiedNote {
  /** What is signed, its last newline included. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A note that at least one known key signed, and for which no known key's signature failed. */
export interface OpenedNote {
  readonly text: string;
  readonly verified: readonly VerifierKey[];
  /** Signatures of keys we do not know: ignored, as signed-note demands. */
  readonly unknown: readonly NoteSignature[];
}

export type NoteProblem =
  | { readonly kind: 'malformed'; readonly reason: string }
  /** A known key's name and id, but its signature does not verify. */
  | { readonly kind: 'bad-signature'; readonly name: string; readonly keyId: string }
  | { readonly kind: 'no-known-key'; readonly signatures: readonly NoteSignature[] };

/** A C2SP tlog-proof file. */
export interface TlogProof {
  /** Unauthenticated; nothing of ours reads it. */
  readonly extra?: Uint8Array;
  readonly index: bigint;
  /** From the leaf's sibling up. */
  readonly hashes: readonly Uint8Array[];
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string;
}

/** The body of tlog-witness's add-checkpoint: a consistency proof that carries its newer checkpoint. */
export interface AddCheckpoint {
  readonly oldSize: bigint;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: string;
}
