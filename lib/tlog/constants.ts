/** Bytes of a SHA-256 hash. */
export const HASH_BYTES = 32;
/** Sizes and indexes are uint64, as in RFC 6962. */
export const UINT64_MAX = 2n ** 64n - 1n;
/** No path in a tree of uint64 size is longer. */
export const INCLUSION_HASHES_MAX = 64;
/** tlog-witness: a client must not send more consistency proof lines than this. */
export const CONSISTENCY_HASHES_MAX = 63;
/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256;
/** Tree levels that one tile spans: 2^8 = 256. */
export const TILE_HEIGHT = 8;
/** tlog-tiles: the highest tile level that a path may name. */
export const TILE_LEVEL_MAX = 63;
/** An entry's length is written as uint16. */
export const ENTRY_BYTES_MAX = 65_535;
/** Signatures read from one note; signed-note asks for at least 16. */
export const NOTE_SIGNATURES_MAX = 64;
/** Characters of a note; 16 post-quantum signatures fit. */
export const NOTE_CHARS_MAX = 262_144;
