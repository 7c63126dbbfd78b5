import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { err, isJsonObject, ok, type Json, type JsonObject, type Result } from '#lib/core';
import type { UpstreamCredential } from '#lib/minting';
import { STDIO_SCHEME } from '#lib/stdio';
import {
  DISCOVERY_MS_MAX,
  ERA_PROBE_MS_MAX,
  ERA_REMEMBERED_MS,
  ERAS_REMEMBERED_MAX,
  LISTING_BYTES_MAX,
  PROTOCOL_VERSIONS,
} from './constants.ts';
import { ERA_META, STATELESS_VERSIONS, UNSUPPORTED_VERSION, type Era } from './era.ts';
import type { StatelessUpstream } from './session.ts';
import type { UpstreamLink } from './upstream-link.ts';
import type { UpstreamOwner } from './upstream-owner.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';
import { openUpstream, readResult, type Handshake, type OpenedUpstream } from './upstream-session.ts';

type Found<Value> = Result<Value, UpstreamFailure>;
type Awaitable<Value> = Value | Promise<Value>;

/** A server as one caller comes to it. */
export interface Approach {
  /** What the verdict holds for: server, address, and the kind of credential. */
  readonly place: string;
  /** Whose answers these are: what a server marks as private is kept for them alone. */
  readonly audience: string;
  readonly url: string;
  readonly timeoutMs: number;
  /** Transport of 2024-11-05: the name that a session already has for its connection. */
  readonly channel?: string;
  /** For whom a session is opened. */
  readonly owner: UpstreamOwner;
  /** The id of the session that is opened anew, as other replicas know it. */
  readonly reopens?: string | undefined;
  /** A fresh one for each request. */
  readonly credential: (method: string) => Awaitable<Found<UpstreamCredential>>;
}

/** Finds out which era upstreams speak, and opens their half of a session in it. */
export interface Eras {
  open(approach: Approach, handshake: Handshake): Promise<Found<OpenedUpstream>>;
  /** What was found out turned out wrong. */
  forget(approach: Pick<Approach, 'place'>): void;
}

/**
 * MCP 2026-07-28, versioning: ask in the newer era; whoever answers in it, even with one of its own errors, speaks it.
 * Refused credentials, faults of the server and of the network say nothing about eras. Everyone else gets initialize, and
 * who refuses that is asked for the stream of 2024-11-05.
 */
export function createEras(link: UpstreamLink): Eras {
  return new EraMemory(link);
}

/** An era and, of the session era, the transport. */
type Spoken = Era | 'sse';

class EraMemory implements Eras {
  #link: UpstreamLink;
  #eras = new LRUCache<string, Spoken>({ max: ERAS_REMEMBERED_MAX, ttl: ERA_REMEMBERED_MS });
  #discoveries = new LRUCache<string, JsonObject>({ max: ERAS_REMEMBERED_MAX, ttl: DISCOVERY_MS_MAX });

  constructor(link: UpstreamLink) {
    this.#link = link;
  }

  forget({ place }: Pick<Approach, 'place'>): void {
    this.#eras.delete(place);
    for (const key of this.#discoveries.keys())
      if (key.startsWith(`${place} `)) this.#discoveries.delete(key);
  }

  async open(approach: Approach, handshake: Handshake): Promise<Found<OpenedUpstream>> {
    if (approach.url.startsWith(STDIO_SCHEME)) return this.#initialize(approach, handshake, 'session');
    const known = this.#eras.get(approach.place);
    if (known === 'session' || known === 'sse') {
      const opened = await this.#initialize(approach, handshake, known);
      if (opened.ok || !saysSomethingOfEras(opened.error)) return opened;
      this.forget(approach);
    }
    const upstream: StatelessUpstream = {
      era: 'stateless',
      protocolVersion: STATELESS_VERSIONS[0] as string,
      capabilities: handshake.capabilities,
      clientInfo: handshake.clientInfo,
    };
    const discovered = this.#remembered(approach) ?? (await this.#discover(approach, upstream));
    if (!discovered.ok) return discovered;
    if (discovered.value === undefined) return this.#openSession(approach, handshake);
    return ok({ session: upstream, result: asInitialized(discovered.value, handshake) });
  }

  /** MCP 2025-11-25, transports, backwards compatibility: a refused initialize may mean the transport of before. */
  async #openSession(approach: Approach, handshake: Handshake): Promise<Found<OpenedUpstream>> {
    const opened = await this.#initialize(approach, handshake, 'session');
    const status = opened.ok ? 0 : (opened.error.httpStatus ?? 0);
    if (status < 400 || status >= 500) return opened;
    return this.#initialize(approach, handshake, 'sse', opened);
  }

  /** `before` is how it failed over the newer transport: said again where there is nothing of the old one either. */
  async #initialize(
    approach: Approach,
    handshake: Handshake,
    spoken: 'session' | 'sse',
    before?: Found<OpenedUpstream>,
  ): Promise<Found<OpenedUpstream>> {
    const { url, timeoutMs, owner, reopens } = approach;
    const channel = spoken === 'sse' ? (approach.channel ?? randomUUID()) : undefined;
    if (channel !== undefined) {
      const credential = await approach.credential('notifications/stream');
      if (!credential.ok) return credential;
      const target = { url, timeoutMs, credential: credential.value, tenant: owner.tenant };
      const opened = await this.#link.channels.open(channel, target);
      if (!opened.ok) return opened.spoke || before === undefined ? err(opened.failure) : before;
    }
    const credential = await approach.credential('initialize');
    if (!credential.ok) return credential;
    const target = { url, timeoutMs, credential: credential.value, owner, reopens };
    const opened = await openUpstream(this.#link, target, handshake, channel);
    if (opened.ok) this.#eras.set(approach.place, spoken);
    else if (channel !== undefined) this.#link.channels.close(channel);
    return opened;
  }

  #remembered(approach: Approach): Found<JsonObject> | undefined {
    const found = this.#discoveries.get(publicKey(approach)) ?? this.#discoveries.get(privateKey(approach));
    return found === undefined ? undefined : ok(found);
  }

  /**
   * The result of server/discover; undefined where the server does not speak the stateless era. A server that refuses the
   * revision and names it among those that it speaks is asked once more: `again`.
   */
  async #discover(
    approach: Approach,
    upstream: StatelessUpstream,
    again = false,
  ): Promise<Found<JsonObject | undefined>> {
    const credential = await approach.credential('server/discover');
    if (!credential.ok) return credential;
    const answer = await this.#link.ask(
      {
        url: approach.url,
        session: upstream,
        credential: credential.value,
        method: 'POST',
        body: '{"jsonrpc":"2.0","id":0,"method":"server/discover"}',
        expects: 'answer',
        bytesMax: LISTING_BYTES_MAX,
      },
      Math.min(approach.timeoutMs, ERA_PROBE_MS_MAX),
    );
    if (!answer.ok) {
      const offered = otherRevisions(answer.error);
      const contradicts = offered !== undefined && speaksStateless(offered);
      return contradicts && !again ? this.#discover(approach, upstream, true) : verdictOf(answer.error);
    }
    const read = readResult(answer.value);
    const supported = read.ok ? textsIn(read.value['supportedVersions']) : [];
    if (!read.ok || supported.length === 0) return ok(undefined);
    if (!speaksStateless(supported)) return otherVersions(supported);
    this.#eras.set(approach.place, 'stateless');
    this.#keep(approach, read.value);
    return read;
  }

  #keep(approach: Approach, result: JsonObject): void {
    const { ttlMs, cacheScope } = result as { [key: string]: Json | undefined };
    if (!Number.isInteger(ttlMs) || (ttlMs as number) <= 0) return;
    const key = cacheScope === 'public' ? publicKey(approach) : privateKey(approach);
    this.#discoveries.set(key, result, { ttl: Math.min(ttlMs as number, DISCOVERY_MS_MAX) });
  }
}

function publicKey({ place }: Approach): string {
  return `${place} `;
}

function privateKey({ place, audience }: Approach): string {
  return `${place} ${audience}`;
}

function saysSomethingOfEras({ kind, httpStatus, eraError }: UpstreamFailure): boolean {
  if (kind === 'nonsense' || kind === 'session_lost' || eraError !== undefined) return true;
  return kind === 'refused' && (httpStatus === undefined || (httpStatus >= 400 && httpStatus < 500));
}

/** What a failed question says: the stateless era without a common revision, the session era (undefined), or nothing. */
function verdictOf(failure: UpstreamFailure): Found<undefined> {
  const { eraError, kind } = failure;
  const offered = otherRevisions(failure);
  if (offered !== undefined) return otherVersions(offered);
  if (eraError !== undefined) return err(failure);
  return kind === 'aborted' || saysSomethingOfEras(failure) ? ok(undefined) : err(failure);
}

/** The revisions that a server names where it refuses the one that it was asked in. */
function otherRevisions({ eraError }: UpstreamFailure): readonly string[] | undefined {
  if (eraError?.code !== UNSUPPORTED_VERSION) return undefined;
  return isJsonObject(eraError.data) ? textsIn(eraError.data['supported']) : [];
}

function otherVersions(supported: readonly string[]): Found<undefined> {
  if (supported.some((version) => PROTOCOL_VERSIONS.includes(version))) return ok(undefined);
  const theirs = supported.slice(0, 5).map((version) => JSON.stringify(version.slice(0, 20)));
  const ours = [...STATELESS_VERSIONS, ...PROTOCOL_VERSIONS];
  const named = theirs.length === 0 ? 'no revision that it names' : theirs.join(', ');
  return err(nonsense(`it speaks ${named}, and here ${ours.join(', ')} are spoken`));
}

function speaksStateless(supported: readonly string[]): boolean {
  return supported.some((version) => STATELESS_VERSIONS.includes(version));
}

function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter((one) => typeof one === 'string') : [];
}

/** What the server would have answered to initialize. */
function asInitialized(discovered: JsonObject, { protocolVersion }: Handshake): JsonObject {
  const { capabilities, instructions, _meta } = discovered as { [key: string]: Json | undefined };
  const serverInfo = isJsonObject(_meta) ? _meta[ERA_META.serverInfo] : undefined;
  return {
    protocolVersion,
    capabilities: isJsonObject(capabilities) ? capabilities : {},
    serverInfo: isJsonObject(serverInfo) ? serverInfo : { name: 'unnamed', version: '0' },
    ...(typeof instructions === 'string' ? { instructions } : {}),
  };
}
