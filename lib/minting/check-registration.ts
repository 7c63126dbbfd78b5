import type { Addresses } from '#lib/edge';
import type { ServerDraft } from '#lib/registry';
import { supportedCredentialKinds } from './constants.ts';

/** What speaks against registering a server as it is, in words; empty when nothing does. */
export function checkRegistration(
  addresses: Addresses,
  { url, credential }: Pick<ServerDraft, 'url' | 'credential'>,
): readonly string[] {
  const problems: string[] = [];
  for (const [mode, kind] of Object.entries(credential)) {
    if (kind !== undefined && !supportedCredentialKinds.includes(kind)) {
      problems.push(
        `The credential kind ${kind} (mode ${mode}) is not available yet: use ${supportedCredentialKinds.join(' or ')}.`,
      );
    }
  }
  if (isOwnAudience(addresses, url)) {
    problems.push(
      `${url} is an address of this Countersign: it can't be its own upstream, for a minted token must never be good here.`,
    );
  }
  return problems;
}

/** An upstream's URL that lies under TENANT_URL or VIEWS_URL, also under another scheme. */
export function isOwnAudience(addresses: Addresses, url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { host, pathname } = new URL(url);
  return addresses.match(host, pathname).kind !== 'none';
}
