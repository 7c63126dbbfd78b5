import type { JsonObject, TenantId } from '#lib/core';
import type { RpcId } from './parse-message.ts';
import type { ActContext } from './parts.ts';
import type { Exchange } from './types.ts';

/** A call that waits for its client to ask again. */
export interface WaitingCall {
  readonly id: string;
  readonly tenant: TenantId;
  readonly context: ActContext;
  /** Goes on with what the client brings, and answers in this request from now on. */
  resume(exchange: Exchange, id: RpcId, responses: JsonObject): void;
  cancel(reason: string): void;
  /** An answer that is there, or comes before its client does, is kept for nobody. */
  forgetAnswer(): void;
}

/** The calls of clients without a session that wait in this process. */
export class HeldCalls {
  #held = new Map<string, WaitingCall>();

  add(call: WaitingCall): void {
    this.#held.set(call.id, call);
  }

  find(tenant: TenantId, id: string): WaitingCall | undefined {
    const call = this.#held.get(id);
    return call?.tenant === tenant ? call : undefined;
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  /** This process goes: whoever comes for an answer later is told that it is gone. */
  forgetAnswers(): void {
    for (const call of this.#held.values()) call.forgetAnswer();
  }

  delete(call: WaitingCall): void {
    this.#held.delete(call.id);
  }
}
