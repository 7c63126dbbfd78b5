import type { ReactNode } from 'react';
import { CsrfField, SubmitButton } from '#ui/parts.tsx';
import { Shell } from '#ui/shell.tsx';

interface Loaded {
  readonly tenant: { readonly displayName: string; readonly canonicalUrl: string; readonly demo: boolean };
  readonly session: { readonly person: { readonly name?: string; readonly email?: string } } | undefined;
  readonly csrfToken: string | undefined;
}

/** A page of the console for a signed-in person, with the way out in its frame. */
export function ConsolePage({
  loaded: { tenant, session, csrfToken },
  title,
  current,
  children,
}: {
  readonly loaded: Loaded;
  readonly title: string;
  readonly current: 'connections' | 'receipts';
  readonly children: ReactNode;
}) {
  const label = session?.person.name ?? session?.person.email ?? 'Signed in';
  const signOut = (
    <form action={`${tenant.canonicalUrl}/sso/sign-out`} method="post">
      <CsrfField token={csrfToken ?? ''} />
      <SubmitButton tone="plain">Sign out</SubmitButton>
    </form>
  );
  return (
    <Shell title={title} tenant={tenant} person={{ label, signOut }} current={current}>
      {children}
    </Shell>
  );
}
