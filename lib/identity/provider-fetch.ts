import type { Egress } from '#lib/net';
import type { CustomFetch } from 'openid-client';
import { ProviderUnreachable } from './provider-errors.ts';

/** The library's way out: through the egress class of identity providers, never through the global fetch. */
export function createProviderFetch(egress: Egress): CustomFetch {
  return async (url, options) => {
    const body = options.body instanceof URLSearchParams ? options.body.toString() : options.body;
    try {
      return await egress.fetch('idp', url, {
        ...options,
        body: (body ?? null) as string | Uint8Array | null,
      });
    } catch (error) {
      throw new ProviderUnreachable(error);
    }
  };
}
