import type { IconName } from '#ui/icon.tsx';

type Role = 'member' | 'approver' | 'auditor' | 'admin';

interface SectionDefinition {
  readonly id: string;
  readonly group: 'work' | 'administration';
  readonly icon: IconName;
  /** Who may open it; the page itself decides, this only spares people a closed door. */
  readonly roles: 'everyone' | readonly Role[];
}

/** Every section of the console, in the order of the navigation. Its address is `/<id>`. */
const DEFINITIONS = [
  {
    id: 'connections',
    group: 'work',
    icon: 'connections',
    roles: 'everyone',
  },
  {
    id: 'servers',
    group: 'work',
    icon: 'servers',
    roles: 'everyone',
  },
  {
    id: 'receipts',
    group: 'work',
    icon: 'receipts',
    roles: 'everyone',
  },
  {
    id: 'policies',
    group: 'administration',
    icon: 'policies',
    roles: ['auditor', 'admin'],
  },
  {
    id: 'people',
    group: 'administration',
    icon: 'people',
    roles: ['auditor', 'admin'],
  },
  {
    id: 'agents',
    group: 'administration',
    icon: 'agents',
    roles: ['admin'],
  },
  {
    id: 'keys',
    group: 'administration',
    icon: 'keys',
    roles: ['auditor', 'admin'],
  },
  {
    id: 'settings',
    group: 'administration',
    icon: 'settings',
    roles: ['admin'],
  },
] as const satisfies readonly SectionDefinition[];

export type SectionId = (typeof DEFINITIONS)[number]['id'];
export type Section = SectionDefinition & { readonly id: SectionId };

export const SECTIONS: readonly Section[] = DEFINITIONS;

/** What somebody with these roles finds in the navigation. */
export function sectionsFor(roles: readonly string[]): readonly Section[] {
  return SECTIONS.filter(
    (section) => section.roles === 'everyone' || section.roles.some((role) => roles.includes(role)),
  );
}
