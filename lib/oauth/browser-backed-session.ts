import { randomBytes } from 'node:crypto';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { visitOf } from './visit.ts';

type SessionModel = Provider['Session'] & { new (payload?: object): InstanceType<Provider['Session']> };

/**
 * oidc-provider keeps sessions of its own, which could say somebody is signed in when identity no longer does.
 * Here its session is made anew for each request from identity's browser session, named by that session's id (so a
 * request under way stays bound to it), and never stored or set as a cookie.
 */
export function backSessionsByBrowser(provider: Provider): void {
  const Session = provider.Session as SessionModel;
  Session.get = async (context: KoaContextWithOIDC) => {
    const browser = visitOf(context.req)?.session;
    const session = new Session(
      browser && {
        accountId: browser.person.id,
        uid: browser.id,
        loginTs: Math.floor(browser.createdAt / 1000),
        jti: randomBytes(16).toString('base64url'),
      },
    );
    // A session that counts as destroyed is neither saved nor set.
    Object.defineProperty(session, 'destroyed', { value: true });
    context.oidc.entity('Session', session);
    return session;
  };
}
