import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROOT } from '../demo/programs.ts';
import { freePort } from '../harness/free-port.ts';
import { instanceEnvironment, runCountersign } from '../harness/start-instance.ts';

const ANSWER = z.strictObject({
  ok: z.literal(true),
  tenant: z.literal('acme'),
  steps: z.array(z.strictObject({ name: z.string().min(1), ok: z.literal(true) })).min(8),
  receipts: z
    .array(
      z.strictObject({
        id: z.uuid(),
        kind: z.string().min(1),
        tool: z.string().optional(),
        effect: z.enum(['allow', 'deny', 'hold']).optional(),
        status: z.string().optional(),
      }),
    )
    .min(5),
  bundle: z.string(),
  trust: z.string(),
  mcp_url: z.string(),
  console_url: z.string(),
});

let dataDir: string;
let port: number;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-demo-'));
  port = await freePort();
  env = instanceEnvironment({ port, dataDir, env: { LOG_LEVEL: undefined } });
});
afterAll(async () => await rm(dataDir, { recursive: true, force: true }));

describe('the demo', () => {
  it('passes every step, says so in one JSON object, and leaves a bundle that verifies offline', async () => {
    const { code, stdout } = await runDemo();
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const answer = ANSWER.parse(JSON.parse(stdout));
    expect(code).toBe(0);
    expect(answer.mcp_url).toBe(`http://localhost:${port}/t/acme/mcp/everything`);
    expect(answer.console_url).toBe(`http://localhost:${port}/t/acme`);
    const seen = answer.receipts.map(({ kind, tool, effect, status }) =>
      [kind, tool, effect, status].join(' '),
    );
    expect(seen).toContain('tool_call post_entry allow ok');
    expect(seen).toContain('tool_call post_entry deny denied');
    expect(seen).toContain('tool_call echo allow ok');
    expect(seen).toContain('tool_call service_report allow ok');

    // The instance is gone: nothing but the two files is needed.
    const verified = await runCountersign(['verify', '--trust', answer.trust, answer.bundle, '--json'], env);
    expect(JSON.parse(verified.stdout)).toMatchObject({ verdict: 'VALID' });
    expect(verified.code).toBe(0);
    const untrusted = await runCountersign(['verify', answer.bundle], env);
    expect(untrusted.code).toBe(7);
    expect(untrusted.stdout).toContain('UNVERIFIABLE');
  }, 150_000);
});

function runDemo(): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'e2e/demo.ts'), '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const abandon = () => child.kill('SIGTERM');
  process.once('exit', abandon);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.resume();
  return new Promise((resolve) => {
    child.once('close', (code) => {
      process.off('exit', abandon);
      resolve({ code, stdout });
    });
  });
}
