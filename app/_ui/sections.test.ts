import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SECTIONS, sectionsFor } from './sections.ts';

const CONSOLE = join(import.meta.dirname, '../t/[tenant]/(console)');

describe('sections', () => {
  it.each(SECTIONS.map(({ id }) => id))('leads to a page: %s', (id) => {
    expect(existsSync(join(CONSOLE, id, 'page.tsx'))).toBe(true);
  });

  it('leaves no page of the first level out', () => {
    const pages = readdirSync(CONSOLE).filter((name) => existsSync(join(CONSOLE, name, 'page.tsx')));
    expect(SECTIONS.map(({ id }) => id).toSorted()).toEqual(pages.toSorted());
  });

  it('shows a member no section of administration', () => {
    expect(sectionsFor(['member']).filter(({ group }) => group === 'administration')).toEqual([]);
  });

  it('shows an admin every section', () => {
    expect(sectionsFor(['member', 'admin'])).toEqual(SECTIONS);
  });
});
