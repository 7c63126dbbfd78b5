import { CsrfField } from '#ui/csrf-field.tsx';
import { Icon } from '#ui/icon.tsx';
import { common } from '#ui/messages.ts';
import { THEMES, type Theme } from '#ui/theme.ts';
import { ThemeChoice } from '#ui/theme-choice.tsx';

export interface ShellPerson {
  readonly name: string;
  readonly email?: string | undefined;
  readonly roles: readonly string[];
}

interface PersonMenuProps {
  readonly person: ShellPerson;
  readonly canonicalUrl: string;
  readonly csrfToken: string | undefined;
  readonly theme: Theme;
}

const ITEM = 'w-full rounded-md px-3 py-2 text-left text-sm hover:bg-sunken';

/** Who is signed in, how the pages look, and the ways out. A popover, so it opens without JavaScript. */
export function PersonMenu({ person, canonicalUrl, csrfToken, theme }: PersonMenuProps) {
  return (
    <>
      <button
        type="button"
        popoverTarget="person"
        className="flex min-h-9 max-w-56 items-center gap-2 rounded-md px-2.5 py-1.5 text-sm hover:bg-sunken"
      >
        <Icon name="person" />
        <span className="truncate max-sm:sr-only">{person.name}</span>
        <span className="sr-only">{common('account')}</span>
      </button>
      <div
        id="person"
        popover="auto"
        className="fixed inset-auto top-14 right-3 m-0 w-72 rounded-xl border border-line bg-raised p-2 text-ink shadow-raised"
      >
        <div className="px-3 py-2">
          <p className="font-medium break-words">{person.name}</p>
          {person.email !== undefined && <p className="text-sm break-words text-muted">{person.email}</p>}
          <p className="mt-1 text-xs text-muted">{person.roles.map(roleLabel).join(', ')}</p>
        </div>
        <div className="border-t border-line px-3 py-3">
          <ThemeChoice
            action={`${canonicalUrl}/appearance`}
            legend={common('theme.legend')}
            apply={common('theme.apply')}
            options={THEMES.map((value) => ({ value, label: common(`theme.${value}`) }))}
            chosen={theme}
          />
        </div>
        <div className="border-t border-line pt-2">
          <form action={`${canonicalUrl}/sso/sign-out`} method="post">
            <CsrfField token={csrfToken} />
            <button type="submit" className={ITEM}>
              {common('signOut')}
            </button>
          </form>
          <a href={`${canonicalUrl}/sso/everywhere`} className={`block text-ink no-underline ${ITEM}`}>
            {common('signOutEverywhere')}
          </a>
        </div>
      </div>
    </>
  );
}

function roleLabel(role: string): string {
  return role in ROLES ? common(`role.${role as keyof typeof ROLES}`) : role;
}

const ROLES = { member: true, approver: true, auditor: true, admin: true } as const;
