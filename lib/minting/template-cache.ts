import type { Principal } from '#lib/core';
import type { Addresses } from '#lib/edge';
import type { Signer } from '#lib/keys';
import type { PinnedServer } from '#lib/registry';
import { isOwnAudience } from './check-registration.ts';
import { tokenTemplate, type TokenTemplate } from './minted-token.ts';

interface ServerTemplates {
  /** The server's address is one of ours: nothing is minted for it. */
  readonly own: boolean;
  readonly byPrincipal: WeakMap<Principal, TokenTemplate>;
}

/** Constant parts of tokens. Servers and principals are immutable objects, so a pair's is built once and goes with them. */
export class TemplateCache {
  readonly #addresses: Addresses;
  readonly #servers = new WeakMap<PinnedServer, ServerTemplates>();

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  /** Undefined: the server's address is one of ours. */
  for(signer: Signer, server: PinnedServer, principal: Principal): TokenTemplate | undefined {
    const { own, byPrincipal } = this.#of(server);
    if (own) return undefined;
    const known = byPrincipal.get(principal);
    if (known?.signer === signer) return known;
    const { clientId } = principal.agent;
    const made = tokenTemplate(signer, {
      issuer: this.#addresses.mintIssuer(principal.tenantSlug),
      audience: server.url,
      subject: principal.person?.reference ?? clientId,
      actor: clientId,
      email: server.emailAllowed ? principal.person?.email : undefined,
    });
    byPrincipal.set(principal, made);
    return made;
  }

  #of(server: PinnedServer): ServerTemplates {
    let found = this.#servers.get(server);
    if (found === undefined) {
      found = { own: isOwnAudience(this.#addresses, server.url), byPrincipal: new WeakMap() };
      this.#servers.set(server, found);
    }
    return found;
  }
}
