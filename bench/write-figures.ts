import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '../docs/performance.md');

/**
 * Puts figures where `docs/performance.md` has a place for them.
 * @throws when it has none of that name.
 */
export function writeFigures(name: string, figures: string): void {
  const text = readFileSync(FILE, 'utf8');
  const [begin, end] = [`<!-- figures: ${name} -->`, `<!-- end: ${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for the figures '${name}'`);
  const day = new Date().toISOString().slice(0, 10);
  const head = `${day}, Node ${process.versions.node}, ${availableParallelism()} cores`;
  const block = `${begin}\n\n\`\`\`text\n${head}\n\n${figures}\n\`\`\`\n\n${end}`;
  writeFileSync(FILE, text.slice(0, from) + block + text.slice(to + end.length));
}
