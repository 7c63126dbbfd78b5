/** Pools that are kept, two for an origin that is also listened to; the least recently used one is closed beyond. */
export const POOLS_MAX = 1_024;
/** Connections to one origin for what is answered. */
export const CONNECTIONS_MAX = { upstream: 1024, idp: 32, metadata: 2 } as const;
/** And for what stays open: as many as streams and channels of agents may be open at once, which are counted elsewhere. */
export const STREAM_CONNECTIONS_MAX = 8_192;
export const CONNECT_TIMEOUT_MS = 5_000;
/** How long closing waits for exchanges that are under way. */
export const CLOSE_PATIENCE_MS = 2_000;
/** An answer's headers: enough for long cookies and policies, too little to hurt. */
export const HEADER_BYTES_MAX = 32 * 1024;

/** Whole answers read by `fetch`: discovery documents, key sets, token responses. */
export const FETCH_BYTES_MAX = { upstream: 4 * 1024 * 1024, idp: 1024 * 1024, metadata: 64 * 1024 } as const;
export const FETCH_TIMEOUT_MS = { upstream: 30_000, idp: 10_000, metadata: 5_000 } as const;

/** Strangers choose where `metadata` goes, so that neither we nor a third party becomes their tool for flooding. */
export const METADATA_WINDOW_MS = 60_000;
export const METADATA_PER_WINDOW_MAX = 120;
export const METADATA_PER_HOST_MAX = 10;
export const METADATA_HOSTS_MAX = 1_000;
