import { FairPlaces, type Json, type JsonObject, type TenantId } from '#lib/core';
import { QUESTIONS_MAX, SESSION_QUESTIONS_MAX, TENANT_SHARE_WEIGHT } from './constants.ts';
import type { Session } from './session.ts';

/** What a client said to a question: a member of its JSON-RPC response. */
export interface ClientAnswer {
  readonly member: 'result' | 'error';
  readonly value: JsonObject;
}

/** Something that a server asked and a client has not answered yet. */
export interface OpenQuestion {
  /** The JSON-RPC id under which the client got it: that of the question's receipt. */
  readonly id: string;
  readonly session: Session;
  /** By which its server wants to hear how far the client is. */
  readonly progressToken?: Json | undefined;
  /** Why this can't be an answer to it; undefined: it is one. */
  problemWith(answer: ClientAnswer): string | undefined;
  /** Takes the answer, once; `done` is called when it is in the log, or could not be written. */
  answer(answer: ClientAnswer, done: (error: Error | null) => void): void;
}

/** The questions that wait in this process, bounded and shared by tenants. An answer finds its own by session and id, and no other. */
export class Questions {
  #open = new Map<string, OpenQuestion>();
  /** How many wait, by session. */
  #waiting = new Map<string, number>();
  /** Answers that are on their way to other replicas, by session. */
  #looking = new Map<string, number>();
  #places = new FairPlaces<TenantId>(QUESTIONS_MAX, TENANT_SHARE_WEIGHT);

  /** False when as many wait as may. */
  add(question: OpenQuestion): boolean {
    const { hash, tenant } = question.session;
    const waiting = this.#waiting.get(hash) ?? 0;
    if (waiting >= SESSION_QUESTIONS_MAX || !this.#places.take(tenant)) return false;
    this.#open.set(question.id, question);
    this.#waiting.set(hash, waiting + 1);
    return true;
  }

  /** `session` was found to be that of whoever answers. */
  find(session: Pick<Session, 'hash'>, id: unknown): OpenQuestion | undefined {
    const question = typeof id === 'string' ? this.#open.get(id) : undefined;
    return question?.session.hash === session.hash ? question : undefined;
  }

  /** Runs what looks for a question elsewhere; undefined: this session looks for as many as may wait for it. */
  async lookElsewhere<T>({ hash }: Pick<Session, 'hash'>, look: () => Promise<T>): Promise<T | undefined> {
    const looking = this.#looking.get(hash) ?? 0;
    if (looking >= SESSION_QUESTIONS_MAX) return undefined;
    this.#looking.set(hash, looking + 1);
    try {
      return await look();
    } finally {
      const left = (this.#looking.get(hash) ?? 1) - 1;
      if (left === 0) this.#looking.delete(hash);
      else this.#looking.set(hash, left);
    }
  }

  /** A question waits in this session whose server gave this token. */
  isProgressing(session: Pick<Session, 'hash'>, token: Json | undefined): boolean {
    if (token === undefined || !this.#waiting.has(session.hash)) return false;
    return [...this.#open.values()].some(
      (question) => question.session.hash === session.hash && question.progressToken === token,
    );
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  remove({ id, session: { hash, tenant } }: OpenQuestion): void {
    if (!this.#open.delete(id)) return;
    this.#places.leave(tenant);
    const left = (this.#waiting.get(hash) ?? 1) - 1;
    if (left === 0) this.#waiting.delete(hash);
    else this.#waiting.set(hash, left);
  }

  /** Somebody is being asked in this session: whoever waits for its server waits for a person. */
  isWaiting(session: Session): boolean {
    return this.#waiting.size > 0 && this.#waiting.has(session.hash);
  }
}
