import type { CredentialKind } from '#lib/registry';

/** What can be registered today. */
export const supportedCredentialKinds: readonly CredentialKind[] = ['minted', 'none'];

/** Long enough for clocks that differ a little, too short to be worth stealing. */
export const MINTED_TOKEN_SECONDS = 60;

/** A tenant counts as warm for this long after its key was read. */
export const WARM_MS = 4 * 60_000;
/** Its key may still be used for this long, so that a call that found it warm is not let down. */
export const WARM_USABLE_MS = 10 * 60_000;
export const WARM_TENANTS_MAX = 5_000;
