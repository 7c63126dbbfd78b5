/**
 * Adds the platform packages that npm left out of package-lock.json. npm locks only what the registry at hand
 * serves; from one that serves Linux packages only, `npm ci` then fails ("Missing: … from lock file") everywhere,
 * and a Mac would go without its binaries. Run it after every change of dependencies:
 *
 *   node bin/complete-lockfile.mjs [package-lock.json]
 */
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const EXACT_VERSION = /^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/;
const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];
/** Names that packages use for what npm calls otherwise. */
const ALIASES = { windows: 'win32', linuxmusl: 'linux' };

/**
 * The lock with an entry for every optional platform package that it names by exact version and does not have.
 * @param {{packages: Record<string, any>}} lock
 * @returns {{lock: {packages: Record<string, any>}, added: string[]}}
 */
export function completeLockfile(lock) {
  const packages = { ...lock.packages };
  const added = [];
  for (const parent of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      const platform = platformOf(name);
      if (path in packages || !platform || !EXACT_VERSION.test(version)) continue;
      packages[path] = {
        version,
        ...platform.cpu,
        ...inherited(parent),
        ...platform.libc,
        optional: true,
        ...platform.os,
      };
      added.push(`${name}@${version}`);
    }
  }
  const root = packages[''];
  const sorted = Object.keys(packages)
    .filter((path) => path !== '')
    .toSorted((a, b) => a.localeCompare(b, 'en'));
  const ordered = {
    ...(root ? { '': root } : {}),
    ...Object.fromEntries(sorted.map((path) => [path, packages[path]])),
  };
  return { lock: { ...lock, packages: ordered }, added };
}

/** A development dependency's platform package is one too, or `npm ci --omit=dev` would install it. */
function inherited(parent) {
  if (parent.dev) return { dev: true };
  return parent.devOptional ? { devOptional: true } : {};
}

/** System, processor and C library by the words of the name; undefined when it names no platform. */
export function platformOf(name) {
  const words = name.split(/[/-]/);
  const known = words.map((word) => ALIASES[word] ?? word);
  const cpu = known.find((word) => PROCESSORS.includes(word));
  const os = known.find((word) => SYSTEMS.includes(word));
  if (!cpu) return undefined;
  // WebAssembly stands in where there is no binary: only a processor is named, and npm never picks it by itself.
  if (cpu === 'wasm32') return { cpu: { cpu: ['wasm32'] }, libc: {}, os: {} };
  if (!os) return undefined;
  const libc = words.some((word) => /musl/.test(word)) ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return {
    cpu: { cpu: [cpu] },
    libc: libc && os === 'linux' ? { libc: [libc] } : {},
    os: { os: [os] },
  };
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const { lock, added } = completeLockfile(JSON.parse(readFileSync(file, 'utf8')));
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(
    added.length === 0 ? 'package-lock.json is complete' : `added ${added.length}:\n${added.join('\n')}`,
  );
}
