import type { Addresses } from '#lib/edge';
import type { Identity, TenantRecord } from '#lib/identity';
import { renderProblem } from './error-page.ts';
import { interactionProblem } from './errors.ts';
import { isSameBrowser } from './flow-cookies.ts';
import { PROVIDER_ROUTES } from './provider-configuration.ts';

interface SignInDeps {
  readonly addresses: Addresses;
  readonly identity: Identity;
}

interface SignInVisit {
  readonly cookies: string | null;
  readonly signedIn: boolean;
}

/** Sends the browser that started an authorization request to single sign-on, and from there back to the request. */
export async function startSignIn(
  deps: SignInDeps,
  tenant: TenantRecord,
  uid: string,
  { cookies, signedIn }: SignInVisit,
): Promise<Response> {
  const { addresses, identity } = deps;
  if (!isSameBrowser({ addresses, tenant }, cookies, uid)) {
    const { status, title, detail } = interactionProblem('other_browser');
    return problemPage(deps, tenant, status, { title, detail });
  }
  const resumePath = `${PROVIDER_ROUTES.authorization}/${uid}`;
  if (signedIn) return redirect(`${addresses.canonicalUrl(tenant.slug)}${resumePath}`, []);
  const started = await identity.sso.begin(tenant, { returnTo: resumePath });
  return started.ok
    ? redirect(started.value.redirectTo, started.value.setCookies)
    : problemPage(deps, tenant, 503, UNAVAILABLE);
}

const UNAVAILABLE = {
  title: 'Sign-in is not possible',
  detail:
    'Your identity provider does not answer as it has to. Try again in a minute; if it goes on, tell your admin.',
};

function problemPage(
  { addresses }: SignInDeps,
  tenant: TenantRecord,
  status: number,
  problem: { readonly title: string; readonly detail: string },
): Response {
  const page = renderProblem(tenant.displayName, addresses.https, problem);
  return new Response(page.html, { status, headers: page.headers });
}

function redirect(location: string, cookies: readonly string[]): Response {
  const headers = new Headers({ location });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}
