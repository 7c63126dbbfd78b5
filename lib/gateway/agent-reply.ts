import { KEEP_ALIVE_MS, STREAM_BACKLOG_BYTES_MAX } from './constants.ts';
import type { HttpAnswers } from './http-answers.ts';
import { eventText } from './rpc-text.ts';
import type { Exchange } from './types.ts';

/**
 * The agent's side of one call: a plain JSON response, or a stream once there is something to say before the end.
 * An agent that went away is not told anything any more; its call goes on.
 */
export class AgentReply {
  #exchange: Exchange;
  #answers: HttpAnswers;
  #receipt: string;
  #streaming = false;
  #gone = false;
  #lastSign = performance.now();

  constructor(exchange: Exchange, answers: HttpAnswers, receipt: string) {
    this.#exchange = exchange;
    this.#answers = answers;
    this.#receipt = receipt;
    exchange.onClose(() => {
      this.#gone = true;
    });
  }

  get streaming(): boolean {
    return this.#streaming;
  }

  /** A message inside the call. False: the agent went away, or reads too slowly. */
  event(data: string): boolean {
    this.#write(eventText(data));
    return !this.#gone;
  }

  /** Lets proxies in between know that the call is alive. */
  keepAlive(now: number): void {
    if (now - this.#lastSign >= KEEP_ALIVE_MS) this.#write(': waiting\n\n');
  }

  /** The JSON-RPC response, and the end; false: the agent went away. `status` counts only where no stream was begun. */
  finish(body: string | Buffer, status = 200): boolean {
    if (this.#gone) return false;
    this.#gone = true;
    if (this.#streaming) {
      this.#exchange.write(eventText(body.toString()));
      this.#exchange.end();
    } else this.#answers.json(this.#exchange, status, body, ['countersign-receipt', this.#receipt]);
    return true;
  }

  /** The same where there is no receipt, for nothing has happened. */
  refuse(body: string): void {
    if (!this.#gone) this.#answers.json(this.#exchange, 503, body, ['retry-after', '1']);
  }

  #write(text: string): void {
    if (this.#gone) return;
    if (!this.#streaming) {
      this.#streaming = true;
      this.#answers.startStream(this.#exchange, ['countersign-receipt', this.#receipt]);
    }
    this.#lastSign = performance.now();
    if (this.#exchange.write(text) <= STREAM_BACKLOG_BYTES_MAX) return;
    this.#gone = true;
    this.#exchange.end();
  }
}
