/** The official conformance suite as its users run it: its command line, and the files that it leaves. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export type Revision = '2025-11-25' | '2026-07-28';
export const REVISIONS: readonly Revision[] = ['2025-11-25', '2026-07-28'];

const check = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(['SUCCESS', 'FAILURE', 'WARNING', 'SKIPPED', 'INFO']),
  errorMessage: z.string().optional(),
});
export type Check = z.infer<typeof check>;

export interface ScenarioRun {
  readonly scenario: string;
  readonly checks: readonly Check[];
}

export interface SuiteRun {
  readonly code: number | null;
  readonly scenarios: readonly ScenarioRun[];
  readonly output: string;
}

const root = dirname(
  createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'),
);
const program = join(root, 'dist/index.js');
/** What the suite puts around a scenario's name: who is tested, and when. */
const FOLDER = /^(?:(?:server|authorization-server)-)?(.+)-\d{4}-\d{2}-\d{2}T[\d-]+Z$/;

/** Which scenarios a revision requires; what else the suite runs for it counts for nothing. */
export async function requiredScenarios(
  revision: Revision,
  side: 'server' | 'client',
): Promise<readonly string[]> {
  const text = await readFile(join(root, 'requirements', `${revision}.yaml`), 'utf8');
  return (
    z
      .record(z.string(), z.unknown())
      .pipe(z.object({ [side]: z.array(z.string()) }))
      .parse(parse(text))[side] ?? []
  );
}

/**
 * What the suite has for tasks as an extension (2026-07-28), which no revision requires. Of the notifications it says nothing
 * so far, so that there is nothing to compare.
 */
const TASK_SCENARIOS: readonly string[] = [
  'tasks-capability-negotiation',
  'tasks-dispatch-and-envelope',
  'tasks-lifecycle',
  'tasks-mrtr-composition',
  'tasks-mrtr-input',
  'tasks-request-headers',
  'tasks-request-state-removal',
  'tasks-required-task-error',
  'tasks-wire-fields',
];

/** What counts besides in front of a server that has the extensions that are relayed. */
export function extensionScenarios(revision: Revision): readonly string[] {
  return revision === '2026-07-28' ? TASK_SCENARIOS : [];
}

export async function suiteVersion(): Promise<string> {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** Runs the suite once. `watch` sees what it says as it says it. */
export async function runSuite(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly watch?: (said: string) => void } = {},
): Promise<SuiteRun> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-conformance-'));
  try {
    const child = spawn(process.execPath, [program, ...args, '--output-dir', folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        options.watch?.(output);
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, output, scenarios: await readResults(folder) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readResults(folder: string): Promise<ScenarioRun[]> {
  const files = await readdir(folder, { recursive: true });
  const results = files.filter((file) => file.endsWith('checks.json')).toSorted();
  return await Promise.all(
    results.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8');
      const scenario = FOLDER.exec(dirname(file))?.[1] ?? dirname(file);
      return { scenario, checks: z.array(check).parse(JSON.parse(text)) };
    }),
  );
}
