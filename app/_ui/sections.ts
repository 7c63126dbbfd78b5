import type { IconName } from '#ui/icon.tsx';

type Role = 'member' | 'approver' | 'auditor' | 'admin';

interface SectionDefinition {
  readonly id: string;
  readonly group: 'work' | 'administration';
  readonly icon: IconName;
  /** Who may open it; the page itself decides, this only spares people a closed door. */
  readonly roles: 'everyone' | readonly Role[];
  /** Its page is there. A section without one is not shown; sections.test.ts compares this with the files. */
  readonly built: boolean;
}

/** Every section of the console, in the order of the navigation. Its address is `/<id>`. */
const DEFINITIONS = [
  {
    id: 'connections',
    group: 'work',
    icon: 'agents',
    roles: 'everyone',
    built: true,
  },
  {
    id: 'servers',
    group: 'work',
    icon: 'servers',
    roles: 'everyone',
    built: true,
  },
  {
    id: 'receipts',
    group: 'work',
    icon: 'receipts',
    roles: 'everyone',
    built: true,
  },
  {
    id: 'policies',
    group: 'administration',
    icon: 'policies',
    roles: ['auditor', 'admin'],
    built: true,
  },
  {
    id: 'people',
    group: 'administration',
    icon: 'people',
    roles: ['auditor', 'admin'],
    built: true,
  },
  {
    id: 'agents',
    group: 'administration',
    icon: 'admitted',
    roles: ['admin'],
    built: true,
  },
  {
    id: 'keys',
    group: 'administration',
    icon: 'keys',
    roles: ['auditor', 'admin'],
    built: true,
  },
  {
    id: 'settings',
    group: 'administration',
    icon: 'settings',
    roles: ['admin'],
    built: true,
  },
] as const satisfies readonly SectionDefinition[];

export type SectionId = (typeof DEFINITIONS)[number]['id'];
export type Section = SectionDefinition & { readonly id: SectionId };

export const SECTIONS: readonly Section[] = DEFINITIONS;

/** What somebody with these roles finds in the navigation. */
export function sectionsFor(roles: readonly string[]): readonly Section[] {
  return SECTIONS.filter(
    (section) =>
      section.built && (section.roles === 'everyone' || section.roles.some((role) => roles.includes(role))),
  );
}
