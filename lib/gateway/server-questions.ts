import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import type { PolicyEngine } from '#lib/policy';
import { askClient, errorAnswer, type Asked, type ClientSide, type ServerAnswer } from './ask-client.ts';
import {
  COUNTERSIGN_ERROR_CODE,
  LISTING_BYTES_MAX,
  PING_ANSWERS_MAX,
  SERVER_REQUESTS_MAX,
} from './constants.ts';
import type { AskedContext, Asking } from './decide-question.ts';
import { listingCredential } from './listing-credential.ts';
import { nameOfInput } from './input-round.ts';
import { isId, type RpcId } from './parse-message.ts';
import type { Parts } from './parts.ts';
import { QUESTION_KINDS, type AskedQuestion } from './read-question.ts';

type Tell = (answer: ServerAnswer) => void;

const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;
const INVALID_REQUEST = -32_600;

const TOO_MANY = errorAnswer(COUNTERSIGN_ERROR_CODE, 'more was asked than may be asked in one call.');

/** Begins the names of questions that a server did not give an id. */
const PUT = 'dev.countersign/put-';
const isOurs = (id: RpcId) => typeof id === 'string' && id.startsWith(PUT);

/** Holds a question's id while its policy is loaded. */
const NOT_DECIDED: Asked = { withdraw: () => undefined };

/** What a server asks on one stream, of a call or of a session: counted, answered, and over when the stream is. */
export class ServerQuestions {
  #parts: Parts;
  #asking: () => Asking & { readonly client: ClientSide };
  #asked = 0;
  /** Pings whose answers are on their way. */
  #pings = 0;
  #closed = false;
  /** By the server's own id. */
  #open = new Map<RpcId, Asked>();

  constructor(parts: Parts, asking: () => Asking & { readonly client: ClientSide }) {
    this.#parts = parts;
    this.#asking = asking;
  }

  /** A request of the server. False: more than may be asked on one stream. */
  hear(message: JsonObject): boolean {
    const { id, method, params } = message as { [key: string]: Json | undefined };
    if (method === 'ping') return this.#answerPing(id);
    this.#asked += 1;
    if (this.#asked > SERVER_REQUESTS_MAX) return false;
    if (this.#closed || typeof method !== 'string' || !isId(id)) return true;
    if (!QUESTION_KINDS.has(method))
      void this.#reply(id, errorAnswer(METHOD_NOT_FOUND, 'No client is asked that.'));
    else if (this.#open.has(id) || isOurs(id))
      void this.#reply(id, errorAnswer(INVALID_REQUEST, 'This id is in use.'));
    else
      this.#decide(id, { method, params: isJsonObject(params) ? params : {} }, (answer) => {
        if (answer !== undefined) void this.#reply(id, answer);
      });
    return true;
  }

  /** A server may look after its client for as long as the stream lasts (MCP 2025-11-25, ping), which asks nobody anything. */
  #answerPing(id: Json | undefined): true {
    if (this.#closed || !isId(id) || this.#pings >= PING_ANSWERS_MAX) return true;
    this.#pings += 1;
    void this.#reply(id, { member: 'result', value: {} }).then(() => {
      this.#pings -= 1;
    });
    return true;
  }

  /** `notifications/cancelled` of the server. */
  forget(params: Json | undefined): void {
    const id = isJsonObject(params) ? params['requestId'] : undefined;
    if (isId(id)) this.#open.get(id)?.withdraw('The server no longer needs an answer.');
  }

  close(reason: string): void {
    const answer = errorAnswer(COUNTERSIGN_ERROR_CODE, reason);
    this.#closed = true;
    for (const asked of this.#open.values()) asked.withdraw(reason, answer);
  }

  /** Something that a server wants to know, though it did not ask in a request of its own. */
  put(method: string, params: JsonObject, done: (answer: ServerAnswer) => void): void {
    this.#asked += 1;
    if (this.#asked > SERVER_REQUESTS_MAX) return done(TOO_MANY);
    this.#decide(`${PUT}${this.#asked}`, { method, params }, done);
  }

  /** A stream may be open for long: what counts is the policy of now. */
  #decide(id: RpcId, asked: AskedQuestion, tell: Tell): void {
    const { policy, telemetry } = this.#parts;
    const tenant = this.#asking().context.tenant.id;
    const engine = policy.cachedEngine(tenant);
    if (engine !== undefined) return this.#ask(id, asked, engine, tell);
    this.#open.set(id, NOT_DECIDED);
    policy.engine(tenant).then(
      (loaded) => {
        this.#open.delete(id);
        if (this.#closed) tell(errorAnswer(COUNTERSIGN_ERROR_CODE, 'The stream was closed.'));
        else this.#ask(id, asked, loaded, tell);
      },
      (error: unknown) => {
        this.#open.delete(id);
        telemetry.logger.error({ err: error }, 'a question of a server could not be decided');
        tell(errorAnswer(COUNTERSIGN_ERROR_CODE, 'Nothing can be decided now.'));
      },
    );
  }

  #ask(id: RpcId, { method, params }: AskedQuestion, engine: PolicyEngine, tell: Tell): void {
    let over = false;
    const asking = this.#asking();
    const today = { ...asking, context: { ...asking.context, engine } };
    const done = (answer: ServerAnswer) => {
      over = true;
      this.#open.delete(id);
      tell(answer);
    };
    try {
      const name = typeof id === 'string' ? this.#nameOf(id) : undefined;
      const question = { method, params, ...(name === undefined ? {} : { name }) };
      const asked = askClient(this.#parts, today, question, done);
      if (asked !== undefined && !over) this.#open.set(id, asked);
    } catch (error) {
      // A number that is none, or nesting beyond all measure: there is no text of it that could be hashed.
      this.#parts.telemetry.logger.warn({ err: error, method }, 'a question of a server could not be read');
      done(errorAnswer(INVALID_PARAMS, 'The request can not be read.'));
    }
  }

  /** A server of the stateless era has names for what it asks; all others have ids. */
  #nameOf(id: string): string | undefined {
    const { session } = this.#asking().context;
    return session.state.upstream.era === 'stateless' ? nameOfInput(id) : undefined;
  }

  /** Also when the stream has ended meanwhile: the server may wait all the same. */
  #reply(id: RpcId, answer: NonNullable<ServerAnswer>): Promise<void> {
    const value = JSON.stringify(answer.value);
    return reply(
      this.#parts,
      this.#asking().context,
      `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"${answer.member}":${value}}`,
    );
  }
}

/** A person may have taken longer than what signs credentials is kept at hand. */
function reply(parts: Parts, context: AskedContext, body: string): Promise<void> {
  const { tenant, tenantSlug } = context.principal;
  return parts.minting
    .warm({ id: tenant, slug: tenantSlug })
    .then(async () => await sendReply(parts, context, body))
    .catch((error: unknown) => {
      parts.telemetry.logger.error({ err: error }, 'an answer to a server could not be sent');
    });
}

async function sendReply(
  parts: Parts,
  { principal, server, session }: AskedContext,
  body: string,
): Promise<void> {
  const credential = listingCredential(parts.minting, principal, server, 'response');
  if (!credential.ok) throw new Error(credential.error.message);
  const request = {
    tenant: principal.tenant,
    url: server.url,
    session: session.state.upstream,
    credential: credential.value,
    body,
  } as const;
  await parts.upstream.ask(
    { ...request, method: 'POST', expects: 'acceptance', bytesMax: LISTING_BYTES_MAX },
    server.timeoutMs,
  );
}
