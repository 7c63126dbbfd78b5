import type { StatelessRequest } from './stateless-request.ts';
import { UpstreamExchange } from './upstream-exchange.ts';
import type { UpstreamLink, UpstreamSend } from './upstream-link.ts';
import type { Address, UpstreamCall, UpstreamListener, UpstreamSurroundings } from './upstream-types.ts';

/** How requests of the stateless era reach a server: all else about them is the same on every transport. */
export interface StatelessWay {
  /** Headers repeat what the body says. */
  readonly mirrors: boolean;
  /** Sends one round of a request. */
  carry(made: StatelessRequest, request: UpstreamSend, listener: UpstreamListener): UpstreamCall;
}

export function wayOverHttp(
  { dispatcher, streams, path }: Address,
  around: UpstreamSurroundings,
): StatelessWay {
  return {
    mirrors: true,
    carry(made, { tenant, credential, expects, bytesMax }, listener) {
      const headers = ['accept', 'application/json, text/event-stream', 'content-type', 'application/json'];
      headers.push(...made.headers);
      credential.writeTo(headers);
      const posted = { method: 'POST', path, headers, body: made.body } as const;
      const outgoing = { ...posted, tenant, expects, bytesMax };
      return new UpstreamExchange(
        expects === 'stream' ? streams : dispatcher,
        { ...outgoing, inSession: false, stateless: true },
        listener,
        around,
      );
    },
  };
}

/** MCP 2026-07-28, stdio: there is no header layer. */
export function wayThroughPipe(programs: Pick<UpstreamLink, 'send'>): StatelessWay {
  return {
    mirrors: false,
    carry: (made, request, listener) => programs.send({ ...request, body: made.body }, listener),
  };
}
