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
  ])('blanks out secrets in %j', (details) => {
    const { lines, telemetry } = capture();
    telemetry.logger.info(details, 'a request');
    expect(lines.join('')).not.toContain('canary');
    expect(lines.join('')).toContain('[redacted]');
  });

  it('gives every request a reference of its own', () => {
    const { telemetry } = capture();
    expect(telemetry.requestId()).not.toBe(telemetry.requestId());
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

  it('bound the tools that get a label of their own', async () => {
    const { telemetry } = capture();
    for (let index = 0; index < 600; index += 1) {
      telemetry.metrics.serverOperation(0.01, { method: 'tools/call', tool: `tool-${index}` });
    }
    const { text } = await telemetry.metrics.render();
    expect(text).toContain('gen_ai_tool_name="other"');
    expect(text).not.toContain('gen_ai_tool_name="tool-599"');
  });
});
