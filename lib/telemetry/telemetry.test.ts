import { describe, expect, it } from 'vitest';
import { createTelemetry } from '#lib/telemetry';

function capture() {
  const lines: string[] = [];
  const telemetry = createTelemetry({ level: 'info', destination: { write: (line) => lines.push(line) } });
  return { lines, telemetry };
}

describe('the log', () => {
  it.each([
    { authorization: 'Bearer canary' },
    { request: { cookie: 'canary' } },
    { request: { headers: { 'set-cookie': 'canary' } } },
    { client_secret: 'canary' },
    { body: { refresh_token: 'canary', code_verifier: 'canary' } },
    { code: 'canary-of-a-grant' },
    { clientSecret: 'canary', idToken: 'canary', 'Proxy-Authorization': 'canary' },
    { a: { b: { c: [{ Password: 'canary' }] } } },
    { token: { access: 'canary' } },
  ])('blanks out secrets in %j', (details) => {
    const { lines, telemetry } = capture();
    telemetry.logger.info(details, 'a request');
    expect(lines.join('')).not.toContain('canary');
    expect(lines.join('')).toContain('[redacted]');
  });

  it.each([
    'could not use Bearer abcdefgh.canary',
    'sent eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ',
    'failed at postgresql://app:canary@db/x',
  ])('blanks out what has the shape of a credential inside a text: %s', (text) => {
    const { lines, telemetry } = capture();
    telemetry.logger.error({ err: new Error(text), detail: text }, text);
    expect(lines.join('')).not.toMatch(/canary|eyJzdWIi|c2lnbmF0/);
    expect(JSON.parse(lines.join(''))).toMatchObject({ level: 'error' });
  });

  it('keeps what is no secret: codes of errors, numbers, what an error says', () => {
    const { lines, telemetry } = capture();
    const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    telemetry.logger.warn({ err: error, code: 'ECONNREFUSED', tokens: 3, tenant: 'acme' }, 'it failed');
    const line = JSON.parse(lines.join('')) as Record<string, unknown>;
    expect(line).toMatchObject({ code: 'ECONNREFUSED', tokens: 3, tenant: 'acme', msg: 'it failed' });
    expect(line['err']).toMatchObject({ message: 'refused', code: 'ECONNREFUSED' });
  });

  it('is not held up by what refers to itself', () => {
    const { lines, telemetry } = capture();
    const loop: Record<string, unknown> = { name: 'loop' };
    loop['self'] = loop;
    telemetry.logger.info(loop, 'a loop');
    expect(lines).toHaveLength(1);
  });

  it('gives every request a reference of its own', () => {
    const { telemetry } = capture();
    const ids = Array.from({ length: 1_000 }, () => telemetry.requestId());
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[\w-]{16}$/);
  });
});

describe('the metrics', () => {
  it('carry the names of the MCP semantic conventions', async () => {
    const { telemetry } = capture();
    telemetry.metrics.serverOperation(0.02, { method: 'tools/call', tool: 'echo' });
    const { text } = await telemetry.metrics.render();
    expect(text).toContain(
      'mcp_server_operation_duration_seconds_count{mcp_method_name="tools/call",gen_ai_tool_name="echo"',
    );
  });

  it('appear with their first value only: what nobody counts is not shown as zero', async () => {
    const { telemetry } = capture();
    expect((await telemetry.metrics.render()).text).not.toMatch(/^(?:# HELP )?(?:countersign|mcp)_/m);
    telemetry.metrics.batchAppended(3, 0.01);
    expect((await telemetry.metrics.render()).text).toContain('countersign_receipts_total 3');
  });

  it('bound the tools that get a label of their own', async () => {
    const { telemetry } = capture();
    for (let index = 0; index < 600; index += 1) {
      telemetry.metrics.serverOperation(0.01, { method: 'tools/call', tool: `tool-${index}` });
    }
    const { text } = await telemetry.metrics.render();
    expect(text).toContain('gen_ai_tool_name="other"');
    expect(text).not.toContain('gen_ai_tool_name="tool-599"');
  });

  it('bound the methods that strangers can make up', async () => {
    const { telemetry } = capture();
    for (let index = 0; index < 100; index += 1) {
      telemetry.metrics.serverOperation(0.01, { method: `made/up-${index}`, errorType: `${-index}` });
    }
    const { text } = await telemetry.metrics.render();
    expect(text).toContain('mcp_method_name="other",gen_ai_tool_name="",error_type="other"');
    expect(text).not.toContain('made/up-99');
  });
});
