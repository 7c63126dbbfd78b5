import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A path inside this checkout, wherever it is. */
export function inRepository(...parts) {
  return join(ROOT, ...parts);
}

/** The Node that everything but set-up runs on: the npm package `node`. */
export function pinnedNode() {
  const binary = inRepository(
    'node_modules',
    'node',
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  return existsSync(binary) ? binary : undefined;
}
