import { FairPlaces, type TenantId } from '#lib/core';
import {
  CALLS_IN_FLIGHT_MAX,
  LOOKS_PER_SWEEP_MAX,
  PRINCIPAL_CALLS_IN_FLIGHT_MAX,
  PRINCIPAL_STREAMS_MAX,
  SESSION_CALLS_IN_FLIGHT_MAX,
  SESSION_STREAMS_MAX,
  STREAMS_MAX,
  TENANT_SHARE_WEIGHT,
} from './constants.ts';
import type { RpcId } from './parse-message.ts';
import type { Session, SingleRequest } from './session.ts';

/** A call under way. */
export interface Flight {
  readonly id: RpcId;
  readonly session: Session;
  /** The agent no longer wants it. */
  cancel(reason: string): void;
  /** Whoever it was for lost access: its result must not arrive. */
  revoke(): void;
  /** This process ends, and has waited for it as long as it may. */
  stop(): void;
}

/** A stream under way: a session's GET, a subscription. */
export interface OpenStream {
  readonly session: Session;
  close(): void;
  /** What is to be heard on it may have changed. */
  relisten?(session: Session): void;
  /** What policy or pins show may be another list now. */
  offerChanged?(): void;
}

export type Admission = 'admitted' | 'overloaded' | 'session_busy' | 'id_in_use';

/** What is under way in this process, bounded, shared by tenants, findable by session. */
export class Flights {
  #calls = new Map<string, Map<RpcId, Flight>>();
  #streams = new Map<string, Set<OpenStream>>();
  /** Of principals without a session. */
  #principalCalls = new Map<string, number>();
  #callPlaces = new FairPlaces<TenantId>(CALLS_IN_FLIGHT_MAX, TENANT_SHARE_WEIGHT);
  #streamPlaces = new FairPlaces<TenantId>(STREAMS_MAX, TENANT_SHARE_WEIGHT);
  #looks = 0;
  #looksAt = 0;
  #whenIdle: (() => void) | undefined;
  #whenSessionIdle = new Map<string, () => void>();

  admit(flight: Flight): Admission {
    const { hash, tenant, single } = flight.session;
    let calls = this.#calls.get(hash);
    if (calls?.has(flight.id) === true) return 'id_in_use';
    if ((calls?.size ?? 0) >= SESSION_CALLS_IN_FLIGHT_MAX) return 'session_busy';
    if (!this.#callPlaces.take(tenant)) return 'overloaded';
    if (single !== undefined && !this.#admitSingle(single)) {
      this.#callPlaces.leave(tenant);
      return 'session_busy';
    }
    if (calls === undefined) this.#calls.set(hash, (calls = new Map()));
    calls.set(flight.id, flight);
    return 'admitted';
  }

  leave(flight: Flight): void {
    const { hash, tenant } = flight.session;
    const calls = this.#calls.get(hash);
    if (calls?.get(flight.id) !== flight) return;
    calls.delete(flight.id);
    this.#callPlaces.leave(tenant);
    if (flight.session.single !== undefined) this.#leaveSingle(flight.session.single);
    if (calls.size === 0) {
      this.#calls.delete(hash);
      this.#whenSessionIdle.get(hash)?.();
      this.#whenSessionIdle.delete(hash);
    }
    if (this.#callPlaces.taken === 0) this.#whenIdle?.();
  }

  #admitSingle({ principalKey, pooled }: SingleRequest): boolean {
    const count = this.#principalCalls.get(principalKey) ?? 0;
    if (count >= PRINCIPAL_CALLS_IN_FLIGHT_MAX) return false;
    this.#principalCalls.set(principalKey, count + 1);
    pooled.enter();
    return true;
  }

  #leaveSingle({ principalKey, pooled }: SingleRequest): void {
    const count = (this.#principalCalls.get(principalKey) ?? 1) - 1;
    if (count === 0) this.#principalCalls.delete(principalKey);
    else this.#principalCalls.set(principalKey, count);
    pooled.leave();
  }

  find(session: Session, id: RpcId): Flight | undefined {
    return this.#calls.get(session.hash)?.get(id);
  }

  openStream(stream: OpenStream): boolean {
    const { single, tenant } = stream.session;
    const key = streamKey(stream);
    let streams = this.#streams.get(key);
    const max = single === undefined ? SESSION_STREAMS_MAX : PRINCIPAL_STREAMS_MAX;
    if ((streams?.size ?? 0) >= max || !this.#streamPlaces.take(tenant)) return false;
    if (streams === undefined) this.#streams.set(key, (streams = new Set()));
    single?.pooled.enter();
    streams.add(stream);
    return true;
  }

  closeStream(stream: OpenStream): void {
    const key = streamKey(stream);
    const streams = this.#streams.get(key);
    if (streams?.delete(stream) !== true) return;
    this.#streamPlaces.leave(stream.session.tenant);
    stream.session.single?.pooled.leave();
    if (streams.size === 0) this.#streams.delete(key);
  }

  /** Calls and streams of sessions that `ends` names: results are withheld, streams closed. */
  revoke(ends: (session: Session) => boolean): void {
    for (const calls of this.#calls.values()) {
      for (const call of calls.values()) if (ends(call.session)) call.revoke();
    }
    this.closeStreams(ends);
  }

  /** What a session subscribed to has changed. */
  relisten(session: Session): void {
    for (const stream of this.#streams.get(session.hash) ?? []) stream.relisten?.(session);
  }

  closeStreams(ends: (session: Session) => boolean): void {
    for (const streams of this.#streams.values()) {
      for (const stream of streams) if (ends(stream.session)) stream.close();
    }
  }

  /** Tells the streams of a tenant, or all, that what may be seen may have changed. */
  offerChanged(tenant: TenantId | undefined): void {
    for (const streams of this.#streams.values()) {
      for (const stream of streams)
        if (tenant === undefined || stream.session.tenant === tenant) stream.offerChanged?.();
    }
  }

  /** Looking through a list takes time: of many streams that want to, each sweep (at `now`) lets some. */
  mayLook(now: number): boolean {
    if (now !== this.#looksAt) this.#looks = 0;
    this.#looksAt = now;
    this.#looks += 1;
    return this.#looks <= LOOKS_PER_SWEEP_MAX;
  }

  /** Runs once no call of the session is under way any more; at once when none is. */
  afterCalls(session: Session, run: () => void): void {
    if (this.#calls.has(session.hash)) this.#whenSessionIdle.set(session.hash, run);
    else run();
  }

  /** Ends what is still under way. */
  stop(): void {
    for (const calls of this.#calls.values()) for (const call of calls.values()) call.stop();
  }

  get counts(): { readonly calls: number; readonly streams: number } {
    return { calls: this.#callPlaces.taken, streams: this.#streamPlaces.taken };
  }

  /** Resolves once no call is under way, or after `ms`. */
  idle(ms: number): Promise<void> {
    if (this.#callPlaces.taken === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Streams are counted by session, or by principal where there is none. */
function streamKey({ session }: OpenStream): string {
  return session.single?.principalKey ?? session.hash;
}
