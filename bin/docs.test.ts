/** What the papers link to exists, and every setting stands where an operator looks for it. */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const papers = globSync(['*.md', 'docs/**/*.md', 'prisma/**/*.md'], { cwd: ROOT });

/** Text without code, in which brackets mean something else. */
function prose(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
}

function linksOf(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
}

/** The anchors that GitHub makes of a file's headings. */
function anchorsOf(markdown: string): string[] {
  const text = markdown.replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function brokenLinks(file: string, markdown: string): string[] {
  return linksOf(markdown).filter((link) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? join(ROOT, file) : join(ROOT, dirname(file), path);
    if (!existsSync(target)) return true;
    if (anchor === undefined || !statSync(target).isFile()) return false;
    return !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
  });
}

/** Files of the repository that are named as code, such as `lib/edge/addresses.ts`. */
function missingFiles(markdown: string): string[] {
  const named = [
    ...markdown.matchAll(
      /`((?:app|bench|bin|deploy|docs|e2e|lib|prisma)\/[\w./[\]()-]+\.(?:[cm]?[jt]sx?|md|yaml))`/g,
    ),
  ];
  return named.map((match) => match[1] ?? '').filter((file) => !existsSync(join(ROOT, file)));
}

describe('the papers', () => {
  it.each(papers)('%s links to what exists', (file) => {
    expect(brokenLinks(file, read(file))).toEqual([]);
  });

  it.each(papers)('%s names files that exist', (file) => {
    expect(missingFiles(read(file))).toEqual([]);
  });

  it('would find a broken link, a broken anchor and a missing file', () => {
    const planted = 'A [page](docs/nowhere.md), a [part](CHANGELOG.md#nothing) and `lib/core/nothing.ts`.';
    expect(brokenLinks('README.md', planted)).toEqual(['docs/nowhere.md', 'CHANGELOG.md#nothing']);
    expect(missingFiles(planted)).toEqual(['lib/core/nothing.ts']);
  });
});

describe('every setting', () => {
  const schema = /z\s*\.object\(\{([\s\S]*?)\n {2}\}\)/.exec(read('lib/config/load-config.ts'))?.[1] ?? '';
  const variables = [...schema.matchAll(/^ {4}([A-Z][A-Z0-9_]*):/gm)].map((match) => match[1] ?? '');

  it('is found in the configuration', () => {
    expect(variables).toContain('PORT');
    expect(variables).toContain('PRODUCTION_ALLOW');
  });

  it.each(variables)('%s stands in .env.example and in docs/operators.md', (variable) => {
    expect(read('.env.example')).toMatch(new RegExp(`^#${variable}=`, 'm'));
    expect(read('docs/operators.md')).toContain(`\`${variable}\``);
  });

  it('of .env.example exists', () => {
    const known = (name: string) => variables.includes(name) || name.startsWith('COUNTERSIGN_SECRET_');
    const named = [...read('.env.example').matchAll(/^#([A-Z][A-Z0-9_]*)=/gm)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !known(name))).toEqual([]);
  });
});
