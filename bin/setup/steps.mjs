import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { inRepository, pinnedNode } from './paths.mjs';
import { runQuietly, runShown } from './processes.mjs';

const GENERATED_STAMP = inRepository('node_modules', '.setup', 'prisma');
const BUILD_STAMP = inRepository('.next', 'countersign-sources');
/** What goes into `next build`, as folders and files. */
const SOURCES = [
  'app',
  'lib',
  'public',
  'middleware.ts',
  'instrumentation.ts',
  'next.config.ts',
  'postcss.config.mjs',
  'tsconfig.json',
  'prisma/schema.prisma',
  'package.json',
  'package-lock.json',
];
const NOT_SOURCES = /\.test\.tsx?$|(?:^|\/)generated$/;

/** The steps that something wanted is missing for, in order. Cheap: it runs before every command. */
export function listStaleSteps({ build }) {
  const steps = [];
  if (!isInstalled()) steps.push({ name: 'install', run: install });
  if (!isGenerated()) steps.push({ name: 'generate', run: generate });
  if (build && !isBuilt()) steps.push({ name: 'build', run: buildPages });
  return steps;
}

/** npm writes what it installed at the very end; it counts when it is what package-lock.json asks for. */
function isInstalled() {
  if (!pinnedNode()) return false;
  try {
    const wanted = readPackages(inRepository('package-lock.json'));
    const installed = readPackages(inRepository('node_modules', '.package-lock.json'));
    for (const [path, { version, optional, link }] of Object.entries(wanted)) {
      if (path === '' || link) continue;
      const found = installed[path]?.version;
      if (found !== version && !(optional && found === undefined)) return false;
    }
    return Object.keys(installed).every((path) => path in wanted);
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return false;
    throw error;
  }
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

async function install() {
  say('installing packages with npm ci (a minute or two)');
  // npm names itself when it runs a script; it then is run by the very Node that runs us.
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const flags = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await runQuietly(command, [...first, ...flags], {
    ...prismaEnvironment(),
    npm_config_json: 'false',
    npm_config_dry_run: 'false',
  });
  if (code === 0 && !pinnedNode())
    await runQuietly(process.execPath, [
      inRepository('node_modules', 'node', 'installArchSpecificPackage.js'),
    ]);
  if (code !== 0 || !pinnedNode()) {
    throw new Error(
      `npm ci failed${code === 0 ? ': it left no node_modules/node/bin/node (are install scripts switched off?)' : ''}.\n${output.trim()}\n` +
        'Check the network and the registry (`npm config get registry`), then run the command again.',
    );
  }
  if (!isInstalled())
    throw new Error('npm ci left other packages than package-lock.json names. Is the lock file in conflict?');
}

function isGenerated() {
  return (
    existsSync(inRepository('lib', 'db', 'generated', 'client.ts')) &&
    read(GENERATED_STAMP) === generatedDigest()
  );
}

/** The generated client depends on the schema and on Prisma's version. */
function generatedDigest() {
  const prisma = read(inRepository('node_modules', 'prisma', 'package.json')) ?? '';
  return digest([read(inRepository('prisma', 'schema.prisma')) ?? '', prisma]);
}

async function generate() {
  say('generating the database client');
  const prisma = inRepository('node_modules', 'prisma', 'build', 'index.js');
  const { code, output } = await runQuietly(pinnedNode(), [prisma, 'generate'], prismaEnvironment());
  if (code !== 0) throw new Error(`prisma generate failed.\n${output.trim()}`);
  stamp(GENERATED_STAMP, generatedDigest());
}

/** Prisma would download an engine that nothing here uses; any existing file keeps it from that. */
function prismaEnvironment() {
  return {
    PRISMA_SCHEMA_ENGINE_BINARY: inRepository('package.json'),
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  };
}

function isBuilt() {
  return existsSync(inRepository('.next', 'BUILD_ID')) && read(BUILD_STAMP) === sourceDigest();
}

function sourceDigest() {
  const parts = [];
  const visit = (path) => {
    if (NOT_SOURCES.test(path)) return;
    const text = read(inRepository(path));
    if (text !== undefined) parts.push(path, text);
    else if (existsSync(inRepository(path))) {
      for (const entry of readdirSync(inRepository(path)).toSorted()) visit(`${path}/${entry}`);
    }
  };
  for (const source of SOURCES) visit(source);
  return digest(parts);
}

async function buildPages() {
  say('building the pages with next build (half a minute the first time)');
  const before = sourceDigest();
  rmSync(BUILD_STAMP, { force: true });
  const next = inRepository('node_modules', 'next', 'dist', 'bin', 'next');
  const environment = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
  const code = await runShown(pinnedNode(), [next, 'build'], { environment });
  if (code !== 0) throw new Error('next build failed; what it said is above.');
  stamp(BUILD_STAMP, before);
}

function stamp(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Text of a file; undefined when there is none, or when it is a folder. */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'EISDIR' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex');
}

function say(text) {
  process.stderr.write(`set-up: ${text}\n`);
}
