import { err, ok, type Result } from '#lib/core';
import { checkRegistration, isOwnAudience } from './check-registration.ts';
import { noSuchCredential, notReady, ownAudience } from './credential-problems.ts';
import { renderKeySet, renderMetadata } from './issuer-documents.ts';
import { createMintKeys } from './mint-keys.ts';
import { mintToken, TokenAhead, tokenTemplate, type TokenAct, type TokenTemplate } from './minted-token.ts';
import { TemplateCache } from './template-cache.ts';
import type {
  CredentialProblem,
  CredentialRequest,
  Minting,
  MintingDeps,
  UpstreamCredential,
} from './types.ts';
import { BearerCredential, noCredential } from './upstream-credential.ts';

export function createMinting(deps: MintingDeps): Minting {
  const { addresses, clock, keys } = deps;
  const mintKeys = createMintKeys(deps);
  const templates = new TemplateCache(addresses);

  const mint = (
    template: TokenTemplate,
    act: TokenAct,
    ahead: boolean,
  ): Result<UpstreamCredential, CredentialProblem> => {
    const now = clock.now();
    const token = ahead ? new TokenAhead(template, act, now) : mintToken(template, act, now);
    return ok(new BearerCredential(token, template.signer.kid));
  };

  return {
    isWarm: (tenant) => mintKeys.isWarm(tenant),
    warm: async ({ id }) => void (await mintKeys.warm(id)),
    rotate: async ({ id }) => await mintKeys.rotate(id),

    credentialFor: (request) => {
      const { principal, server } = request;
      const kind = server.credential[principal.mode];
      if (kind === 'none') return ok(noCredential);
      if (kind !== 'minted') return err(noSuchCredential(server, principal.mode, kind));
      const signer = mintKeys.signer(principal.tenant);
      if (signer === undefined) return err(notReady(server));
      const template = templates.for(signer, server, principal);
      return template === undefined
        ? err(ownAudience(server))
        : mint(template, actOf(request), request.when === 'ahead');
    },

    probeCredential: async ({ tenant, server, method, jti }) => {
      const kind = server.credential.agent ?? server.credential.user;
      if (kind === 'none') return ok(noCredential);
      if (kind !== 'minted') return err(noSuchCredential(server, 'agent', kind));
      if (isOwnAudience(addresses, server.url)) return err(ownAudience(server));
      const signer = await mintKeys.warm(tenant.id);
      const self = addresses.canonicalUrl(tenant.slug);
      const issuer = addresses.mintIssuer(tenant.slug);
      const template = tokenTemplate(signer, { issuer, audience: server.url, subject: self, actor: self });
      return mint(template, { method, jti, purpose: 'probe' }, false);
    },

    registrationProblems: (server) => checkRegistration(addresses, server),
    jwks: async ({ id }) => renderKeySet(await keys.publicKeys(id, 'mint')),
    metadata: ({ slug }) => renderMetadata(addresses.mintIssuer(slug)),
  };
}

/** A listing names nothing that it asks for, and says what it is. */
function actOf(request: CredentialRequest): TokenAct {
  const { method, jti, purpose } = request;
  return purpose === 'call' ? { ...request, purpose: undefined } : { method, jti, purpose };
}
