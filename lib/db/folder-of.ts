import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `import.meta.dirname`, also where a bundler left only `import.meta.url`. */
export function folderOf(moduleUrl: string): string {
  return dirname(fileURLToPath(moduleUrl));
}
