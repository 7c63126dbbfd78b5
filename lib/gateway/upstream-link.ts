import { LRUCache } from 'lru-cache';
import { err, ok, type Result } from '#lib/core';
import type { UpstreamCredential } from '#lib/minting';
import { STDIO_SCHEME } from '#lib/stdio';
import { EgressError, type Dispatcher, type Egress } from '#lib/net';
import { UPSTREAM_ADDRESSES_CACHED_MAX } from './constants.ts';
import { InputQuestions } from './input-round.ts';
import type { AnswerLayout } from './locate-answer.ts';
import type { UpstreamSession } from './session.ts';
import { SseChannels } from './sse-channels.ts';
import { StatelessCall } from './stateless-leg.ts';
import { wayOverHttp, wayThroughPipe } from './stateless-way.ts';
import type { KnownServer } from './stateless-request.ts';
import { NOT_SWEPT, type Swept } from './sweeper.ts';
import { UpstreamExchange } from './upstream-exchange.ts';
import type { UpstreamOwner } from './upstream-owner.ts';
import type {
  Address,
  TaskFollower,
  UpstreamCall,
  UpstreamListener,
  UpstreamRequest,
  UpstreamSurroundings,
} from './upstream-types.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** One HTTP request to an upstream, in the words of MCP. */
export interface UpstreamSend {
  /** Whose share of memory the answer takes. */
  readonly tenant: string;
  /** The server's registered URL. */
  readonly url: string;
  readonly session: UpstreamSession | undefined;
  readonly credential: UpstreamCredential;
  readonly method: UpstreamRequest['method'];
  readonly body?: string;
  readonly expects: UpstreamRequest['expects'];
  readonly bytesMax: number;
  readonly lastEventId?: string;
  /** A new credential for the same act, if it still may be done, where a server may want input before it answers. */
  readonly renew?: () => Promise<Result<UpstreamCredential, { readonly message: string }>>;
  /** Of a call of which the server may make a task. */
  readonly tasks?: TaskFollower;
  /** What is pinned of the server: in the stateless era arguments of its tools are mirrored in headers. */
  readonly server?: KnownServer;
  /** Of what opens a session: for whom that is. */
  readonly owner?: UpstreamOwner;
  /** The session that is opened anew, as other replicas know it. */
  readonly reopens?: string | undefined;
  /** Names one try to open a session: all that is said in it goes to one and the same process. */
  readonly opening?: string | undefined;
}

/** The answer to a question of our own (initialize, a list), and the session it opened. */
export interface UpstreamAnswer {
  readonly bytes: Buffer;
  readonly layout: AnswerLayout;
  readonly sessionId: string | undefined;
}

/** The way to upstreams: addresses, the allow-list of headers, pooled connections. */
export interface UpstreamLink {
  /** Sends, and tells the listener. Nothing but what is named here travels. */
  send(request: UpstreamSend, listener: UpstreamListener): UpstreamCall;
  /** What it was sent to goes on being needed, until what is returned is called: a program is not ended for being idle. */
  hold(request: UpstreamSend): () => void;
  /** Connections of the transport of 2024-11-05. */
  readonly channels: SseChannels;
  /** What servers of the stateless era want to know first. */
  readonly questions: InputQuestions;
  /** Sends and waits. Undefined as value: accepted without an answer. */
  ask(request: UpstreamSend, timeoutMs: number): Promise<Result<UpstreamAnswer | undefined, UpstreamFailure>>;
}

export function createUpstreamLink(
  egress: Egress,
  around: UpstreamSurroundings,
  programs: Pick<UpstreamLink, 'send' | 'hold'>,
): UpstreamLink {
  const addresses = new LRUCache<string, Address>({ max: UPSTREAM_ADDRESSES_CACHED_MAX });

  const addressOf = (url: string): Address => {
    const known = addresses.get(url);
    if (known !== undefined) return known;
    const parsed = new URL(url);
    const path = parsed.pathname + parsed.search;
    try {
      const dispatcher = egress.pool('upstream', parsed.origin);
      const address = { dispatcher, streams: egress.pool('upstream', parsed.origin, 'streams'), path };
      addresses.set(url, address);
      return address;
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      const dispatcher = refusing(error);
      return { dispatcher, streams: dispatcher, path };
    }
  };

  const channels = new SseChannels(addressOf, around);
  const questions = new InputQuestions();
  const pipe = wayThroughPipe(programs);
  const link: UpstreamLink = {
    channels,
    questions,
    send(request, listener) {
      const { method, expects, bytesMax, body, session, tenant } = request;
      const isProgram = request.url.startsWith(STDIO_SCHEME);
      if (isProgram && (session?.era !== 'stateless' || method !== 'POST'))
        return programs.send(request, listener);
      if (session?.era === 'stateless') {
        const way = isProgram ? pipe : wayOverHttp(addressOf(request.url), around);
        return new StatelessCall(way, questions, request, session, listener).begin();
      }
      const { dispatcher, streams, path } = addressOf(request.url);
      if (session?.channel !== undefined) return channels.send(session.channel, request, listener);
      const inSession = session?.sessionId !== undefined;
      const headers = headersOf(request);
      const outgoing = {
        tenant,
        method,
        path,
        headers,
        expects,
        bytesMax,
        inSession,
        stateless: false,
        ...(body === undefined ? {} : { body }),
      };
      return new UpstreamExchange(expects === 'stream' ? streams : dispatcher, outgoing, listener, around);
    },
    hold: (request) => (request.url.startsWith(STDIO_SCHEME) ? programs.hold(request) : () => undefined),
    ask: (request, timeoutMs) =>
      new Promise((resolve) => void new Question(link, request, around, timeoutMs, resolve)),
  };
  return link;
}

/** Stands in where the rules of egress forbid the address: every request fails with their reason. */
function refusing(error: EgressError): Pick<Dispatcher, 'dispatch'> {
  return {
    dispatch(_options, handler) {
      setImmediate(() =>
        handler.onResponseError?.(undefined as unknown as Dispatcher.DispatchController, error),
      );
      return true;
    },
  };
}

function headersOf({ session, credential, method, expects, lastEventId }: UpstreamSend): string[] {
  const accept = method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream';
  const headers = expects === 'acceptance' && method === 'DELETE' ? [] : ['accept', accept];
  if (method === 'POST') headers.push('content-type', 'application/json');
  if (session !== undefined) {
    headers.push('mcp-protocol-version', session.protocolVersion);
    if (session.era === 'session' && session.sessionId !== undefined)
      headers.push('mcp-session-id', session.sessionId);
  }
  if (lastEventId !== undefined) headers.push('last-event-id', lastEventId);
  credential.writeTo(headers);
  return headers;
}

type Settle = (result: Result<UpstreamAnswer | undefined, UpstreamFailure>) => void;

/** A question of our own, with a deadline. Messages beside the answer are of no interest. */
class Question implements UpstreamListener, Swept {
  readonly deaf = true;
  sweepSlot = NOT_SWEPT;
  #exchange: UpstreamCall;
  #around: UpstreamSurroundings;
  #deadline: number;
  #settle: Settle;
  #sessionId: string | undefined;

  constructor(
    link: UpstreamLink,
    request: UpstreamSend,
    around: UpstreamSurroundings,
    timeoutMs: number,
    settle: Settle,
  ) {
    this.#around = around;
    this.#settle = settle;
    this.#deadline = performance.now() + timeoutMs;
    around.sweeper.add(this);
    this.#exchange = link.send(request, this);
  }

  onHead(head: { sessionId: string | undefined }): void {
    this.#sessionId = head.sessionId;
  }

  onMessage(): void {}

  onAnswer(bytes: Buffer, layout: AnswerLayout): void {
    this.#done(ok({ bytes, layout, sessionId: this.#sessionId }));
    this.#exchange.release();
  }

  onEnd(): void {
    this.#done(ok(undefined));
  }

  onFailure(failure: UpstreamFailure): void {
    this.#done(err(failure));
  }

  sweep(now: number): void {
    if (now < this.#deadline) return;
    this.#done(err({ kind: 'aborted', message: 'did not answer in time.' }));
    this.#exchange.abort();
  }

  #done(result: Result<UpstreamAnswer | undefined, UpstreamFailure>): void {
    this.#around.sweeper.delete(this);
    this.#settle(result);
  }
}
