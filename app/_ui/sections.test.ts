import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SECTIONS, sectionsFor } from './sections.ts';

const CONSOLE = join(import.meta.dirname, '../t/[tenant]/(console)');

describe('sections', () => {
  it.each(SECTIONS.map(({ id, built }) => ({ id, built })))(
    'shows $id exactly when its page is there',
    ({ id, built }) => {
      expect(built).toBe(existsSync(join(CONSOLE, id, 'page.tsx')));
    },
  );

  it('shows a member no section of administration', () => {
    expect(sectionsFor(['member']).filter(({ group }) => group === 'administration')).toEqual([]);
  });

  it('shows an admin every section that is there', () => {
    expect(sectionsFor(['member', 'admin'])).toEqual(SECTIONS.filter(({ built }) => built));
  });
});
