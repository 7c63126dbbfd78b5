import { randomUUID } from 'node:crypto';
import type { StartRefusal, Stdio } from '#lib/stdio';
import { sha256Hex } from '../digest-text.ts';
import { endsAccess, type Revocation } from '../recent-revocations.ts';
import type { UpstreamFailure } from '../upstream-failure.ts';
import type { UpstreamOwner } from '../upstream-owner.ts';
import type { UpstreamSend } from '../upstream-link.ts';
import type { UpstreamCall, UpstreamListener, UpstreamSurroundings } from '../upstream-types.ts';
import { StdioCall } from './stdio-call.ts';
import { StdioSession } from './stdio-session.ts';

const LOST: UpstreamFailure = { kind: 'session_lost', message: 'has ended its session.' };

/**
 * Upstreams that are programs on this machine, in the words of streamable HTTP: initialize starts a process and opens
 * a session, whose id finds it again, and DELETE ends both. In the stateless era `server/discover` does that, and the id
 * is the process's name. A process is one session's, so that no two principals share.
 */
export class StdioSessions {
  #stdio: Stdio;
  #around: UpstreamSurroundings;
  #lineBytesMax: number;
  /** Those that have answered, by id. */
  #open = new Map<string, StdioSession>();
  #all = new Set<StdioSession>();
  #closed = false;

  constructor(stdio: Stdio, around: UpstreamSurroundings, lineBytesMax: number) {
    this.#stdio = stdio;
    this.#around = around;
    this.#lineBytesMax = lineBytesMax;
  }

  /** Processes that run. */
  get count(): number {
    return this.#all.size;
  }

  send(request: UpstreamSend, listener: UpstreamListener): UpstreamCall {
    const call = new StdioCall(listener, request.method === 'POST' && request.expects === 'stream');
    const problem = this.#place(request, call);
    if (problem !== undefined) setImmediate(() => call.fail(problem));
    return call;
  }

  /** The process that this was sent to is not idle until what is returned is called. */
  hold(request: UpstreamSend): () => void {
    return this.#find(request)?.hold() ?? (() => undefined);
  }

  /** Ends the processes of whoever lost access. */
  revoke(notice: Revocation): void {
    for (const session of this.#all) if (endsAccess(notice, session.owner)) session.kill('wish');
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const session of this.#all) session.close();
    await this.#stdio.endAll();
  }

  #place(request: UpstreamSend, call: StdioCall): UpstreamFailure | undefined {
    if (request.credential.kind !== 'none') {
      const message = `is a program, which is given no credential of kind ${request.credential.kind}.`;
      return { kind: 'unauthorized', message };
    }
    if (idOf(request) === undefined) return this.#begin(request, call);
    const session = this.#find(request);
    if (session === undefined) return LOST;
    if (request.method === 'POST') session.post(request, call);
    else if (request.method === 'GET') session.listen(call);
    else {
      session.close();
      setImmediate(() => call.end());
    }
    return undefined;
  }

  #find(request: UpstreamSend): StdioSession | undefined {
    const session = this.#open.get(idOf(request) ?? '');
    return session?.url === request.url ? session : undefined;
  }

  #begin(request: UpstreamSend, call: StdioCall): UpstreamFailure | undefined {
    const { owner, url, reopens, opening } = request;
    if (owner === undefined) return LOST;
    if (this.#closed)
      return { kind: 'unreachable', message: 'is not started any more: we are shutting down.' };
    const begun = this.#begun(request, owner);
    if (begun !== undefined) {
      begun.greet(request, call);
      return undefined;
    }
    const room = this.#makeRoom(owner, url);
    if (room !== undefined) return room;
    // The id may be another server's word, from before this address was registered: only one of ours for this owner counts.
    const mine = prefixOf(owner);
    const known = reopens?.startsWith(mine) === true && !this.#open.has(reopens);
    const session: StdioSession = new StdioSession(
      known ? reopens : mine + randomUUID(),
      { owner, url, opening },
      { held: this.#around.held, lineBytesMax: this.#lineBytesMax },
      { open: () => void this.#open.set(session.id, session), end: () => this.#forget(session) },
    );
    const { tenant, tenantSlug, grant } = owner;
    const started = this.#stdio.start({ tenant, tenantSlug, grant }, url, session);
    if (!started.ok) return failureOf(started.error);
    this.#all.add(session);
    this.#around.sweeper.add(session);
    session.runs(started.value);
    session.greet(request, call);
    return undefined;
  }

  /** The process that was asked already, in this very try; of the stateless era also the one that is to be reopened. */
  #begun({ url, opening, reopens, session: named }: UpstreamSend, owner: UpstreamOwner) {
    const own = [...this.#all].filter((session) => session.url === url && isSameOwner(session.owner, owner));
    return own.find(
      (session) =>
        (opening !== undefined && session.opening === opening) ||
        (named?.era === 'stateless' && session.id === reopens),
    );
  }

  /** Of one grant only so many: the one that was unused for longest makes room, for many clients never say goodbye. */
  #makeRoom(owner: UpstreamOwner, url: string): UpstreamFailure | undefined {
    const perGrant = this.#stdio.find(owner.tenantSlug, url)?.perGrant ?? 0;
    const own = [...this.#all].filter((session) => session.url === url && isSameOwner(session.owner, owner));
    if (perGrant === 0 || own.length < perGrant) return undefined;
    const idle = own.filter(({ isIdle }) => isIdle).toSorted((a, b) => a.lastUsedAt - b.lastUsedAt);
    idle[0]?.kill('wish');
    if (idle[0] !== undefined) return undefined;
    const message = 'runs for you as often as it may, and each is busy. Try again when a call has ended.';
    return { kind: 'overloaded', message, retryAfterSeconds: 5 };
  }

  #forget(session: StdioSession): void {
    this.#around.sweeper.delete(session);
    this.#all.delete(session);
    if (this.#open.get(session.id) === session) this.#open.delete(session.id);
  }
}

/** Of the process that is named; undefined: it is still to be started. */
function idOf({ session }: UpstreamSend): string | undefined {
  return session?.era === 'stateless' ? session.process : session?.sessionId;
}

function isSameOwner(one: UpstreamOwner, other: UpstreamOwner): boolean {
  return one.tenant === other.tenant && one.grant === other.grant;
}

/** Begins every id of an owner's sessions, so that no id can be two owners'. */
function prefixOf({ tenant, grant }: UpstreamOwner): string {
  return `${sha256Hex(`${tenant} ${grant}`).slice(0, 32)}.`;
}

function failureOf({ message, retryAfterSeconds }: StartRefusal): UpstreamFailure {
  if (retryAfterSeconds === undefined) return { kind: 'unreachable', message };
  return { kind: 'overloaded', message, retryAfterSeconds };
}
