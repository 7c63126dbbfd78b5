/** A tool that asks the client before it answers, and something that it may ask. */
import type { JsonObject } from '#lib/core';
import { resultEvent, type Received, type ScriptedUpstream } from './scripted-upstream.ts';

export const FORM = {
  message: 'Which city?',
  requestedSchema: { type: 'object', properties: { city: { type: 'string' } } },
};
export const BERN = { action: 'accept', content: { city: 'Bern' } };

export type Question = readonly [method: string, params?: unknown];

let rounds = 0;

/**
 * The tool asks these questions, `…q-0` and up, inside each call. What `onReply` makes of an answer is what the tool
 * says in the end; undefined: it waits for more. What was asked before, and is answered late, is not told. Returns how to
 * end a call that is under way.
 */
export function toolAsks(
  upstream: ScriptedUpstream,
  questions: readonly Question[],
  onReply: (reply: Received) => string | undefined,
): (said: string) => void {
  let finish = (_said: string): void => undefined;
  rounds += 1;
  const own = `r${rounds}-`;
  upstream.on('tools/call', (received, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    questions.forEach(([method, params], index) => {
      response.write(
        `data: ${JSON.stringify({ jsonrpc: '2.0', id: `${own}q-${index}`, method, params })}\n\n`,
      );
    });
    finish = (said) => {
      const result: JsonObject = { content: [{ type: 'text', text: said }] };
      response.end(`data: ${resultEvent(received, JSON.stringify(result))}\n\n`);
    };
  });
  upstream.on('', (reply, response) => {
    response.writeHead(202).end();
    const { id } = reply.message;
    const said = typeof id === 'string' && id.startsWith(own) ? onReply(reply) : undefined;
    if (said !== undefined) finish(said);
  });
  return (said) => finish(said);
}
