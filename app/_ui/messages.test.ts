import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const APP = join(import.meta.dirname, '..');
const code = globSync('**/*.{ts,tsx}', { cwd: APP })
  .filter((file) => !/\.test\.tsx?$/.test(file))
  .map((file) => readFileSync(join(APP, file), 'utf8'))
  .join('\n');

/** `a.b.c` for every text of a file. */
function pathsOf(messages: object, above = ''): string[] {
  return Object.entries(messages).flatMap(([name, value]) =>
    typeof value === 'string' ? [above + name] : pathsOf(value as object, `${above}${name}.`),
  );
}

/**
 * Asked for whole (`t('a.b')`), as a member (`words.b`), or among its siblings by a name that is computed (`a.${name}`,
 * `words.a[name]`).
 */
function isUsed(path: string, source: string): boolean {
  const names = path.split('.');
  const last = names.at(-1) ?? '';
  const above = names.slice(0, -1);
  if (source.includes(`'${path}'`) || new RegExp(`\\.${last}\\b`).test(source)) return true;
  const parent = above.at(-1);
  return (
    parent !== undefined &&
    (source.includes(`${above.join('.')}.\${`) || new RegExp(`\\b${parent}(\\[| as )`).test(source))
  );
}

describe('message files', () => {
  const files = globSync('messages/en/*.json', { cwd: import.meta.dirname });

  it.each(files.map((file) => ({ name: basename(file), file })))(
    'say nothing that nobody asks for: $name',
    ({ file }) => {
      const messages = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as object;
      expect(pathsOf(messages).filter((path) => !isUsed(path, code))).toEqual([]);
    },
  );

  it('would be found with a text that is asked for nowhere', () => {
    expect(isUsed('empty.neverAskedFor', code)).toBe(false);
  });
});
