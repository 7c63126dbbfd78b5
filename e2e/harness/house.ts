/** The demo company on a whole instance of its own, under a host template as in production: `http://acme.mcp.localhost:<port>`. */
import './resolve-localhost.ts';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { runCountersign } from '../demo/programs.ts';
import { type DemoStack, startDemoStack } from '../demo/stack.ts';
import { COMPILE_CACHE } from './compile-cache.ts';
import { freePort } from './free-port.ts';

export interface House extends Omit<DemoStack, 'stop'> {
  /** The address without a tenant. */
  readonly rootUrl: string;
  /**
   * Applies the tenant file with some members changed (a path of names and indices, and its value; undefined takes the
   * member out), or as it was.
   */
  apply(changes?: readonly (readonly [path: readonly (string | number)[], value: unknown])[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startHouse(): Promise<House> {
  const port = await freePort();
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-house-'));
  const removeFolder = () => rm(dataDir, { recursive: true, force: true });
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    NEXT_TELEMETRY_DISABLED: '1',
    ...COMPILE_CACHE,
    TENANT_URL: `http://{tenant}.mcp.localhost:${port}`,
  } as unknown as NodeJS.ProcessEnv;
  const stack = await startDemoStack({ port, dataDir, env }).catch(async (error: unknown) => {
    await removeFolder();
    throw error;
  });
  const original = join(dataDir, 'acme.tenant.yaml');
  return {
    ...stack,
    rootUrl: `http://mcp.localhost:${port}`,
    apply: async (changes = []) => {
      const document = parseDocument(await readFile(original, 'utf8'));
      for (const [path, value] of changes) {
        if (value === undefined) document.deleteIn(path);
        else document.setIn(path, value);
      }
      const file = join(dataDir, 'changed.tenant.yaml');
      await writeFile(file, document.toString());
      const { code, stderr } = await runCountersign(['apply', '-f', file], stack.env);
      if (code !== 0) throw new Error(`the changed tenant could not be applied:\n${stderr}`);
    },
    stop: async () => {
      await stack.stop();
      await removeFolder();
    },
  };
}
