import { expect, it, onTestFinished } from 'vitest';
import { startAnsweringUpstream } from './answering-upstream.ts';
import { closing, http, JSON_TYPE } from './raw-answer.ts';

it('behaves again while it is opened, once what nobody fetched is cleared away', async () => {
  const upstream = await startAnsweringUpstream();
  onTestFinished(async () => await upstream.stop());
  const open = async () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}';
    return (await fetch(upstream.urls.opening, { method: 'POST', body })).status;
  };
  const odd = closing('status 500', () => http('500 Oops', [JSON_TYPE], Buffer.from('{}')));
  for (let laid = 0; laid < 3; laid += 1) upstream.layReady(odd);
  expect(await open()).toBe(500);
  upstream.clearAway();
  expect(await open()).toBe(200);
});
