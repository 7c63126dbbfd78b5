import type { ReactNode } from 'react';
import { ConsoleContext } from '#ui/console-context.tsx';
import { common, requestWords } from '#ui/messages.ts';
import { type Crumb, PageHeader } from '#ui/page-header.tsx';
import { readTheme } from '#ui/read-theme.ts';
import type { SectionId } from '#ui/sections.ts';
import { Shell } from '#ui/shell.tsx';

interface ConsolePageProps {
  /** What `renderPage` hands over. */
  readonly loaded: {
    readonly tenant: { readonly displayName: string; readonly canonicalUrl: string; readonly demo: boolean };
    readonly session:
      | {
          readonly person: {
            readonly name?: string;
            readonly email?: string;
            readonly roles: readonly string[];
          };
        }
      | undefined;
    readonly csrfToken: string | undefined;
  };
  readonly section: SectionId;
  readonly title: string;
  /** Beside the title: a state, a kind. */
  readonly mark?: ReactNode;
  readonly description?: ReactNode;
  /** From the section down to the page above this one; the section's own page has none. */
  readonly trail?: readonly Crumb[];
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page of the console for a signed-in person: the frame, and the page's own header. */
export async function ConsolePage({ loaded, section, children, ...header }: ConsolePageProps) {
  const { tenant, session, csrfToken } = loaded;
  const { name, email, roles = [] } = session?.person ?? {};
  return (
    <Shell
      title={header.title}
      tenant={tenant}
      person={{
        name: name ?? email ?? common('signedIn'),
        email: name === undefined ? undefined : email,
        roles,
      }}
      csrfToken={csrfToken}
      theme={await readTheme()}
      section={section}
    >
      <ConsoleContext canonicalUrl={tenant.canonicalUrl} csrfToken={csrfToken ?? ''} words={requestWords}>
        <PageHeader {...header} />
        {children}
      </ConsoleContext>
    </Shell>
  );
}
