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
  PROGRAM_PROBE_MS_MAX,
} from './constants.ts';
import { ERA_META, STATELESS_VERSIONS, type Era } from './era.ts';
import {
  otherRevisions,
  otherVersions,
  saysSomethingOfEras,
  speaksStateless,
  textsIn,
  verdictOf,
} from './era-verdict.ts';
import type { StatelessUpstream } from './session.ts';
import type { UpstreamLink } from './upstream-link.ts';
import type { UpstreamOwner } from './upstream-owner.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
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
  /** Names this try to open one. */
  readonly opening?: string;
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

/** What a server of the stateless era says of itself, and the process that said so. */
interface Discovered {
  readonly result: JsonObject;
  readonly process?: string | undefined;
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

  async open(toServer: Approach, handshake: Handshake): Promise<Found<OpenedUpstream>> {
    const approach = isProgram(toServer) ? { ...toServer, opening: randomUUID() } : toServer;
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
    const { result, process } = discovered.value;
    const session = process === undefined ? upstream : { ...upstream, process };
    return ok({ session, result: asInitialized(result, handshake) });
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
    const { url, timeoutMs, owner, reopens, opening } = approach;
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
    const { tenant } = owner;
    const target = { tenant, url, timeoutMs, credential: credential.value, owner, reopens, opening };
    const opened = await openUpstream(this.#link, target, handshake, channel);
    if (opened.ok) this.#eras.set(approach.place, spoken);
    else if (channel !== undefined) this.#link.channels.close(channel);
    return opened;
  }

  #remembered(approach: Approach): Found<Discovered> | undefined {
    const result = this.#discoveries.get(publicKey(approach)) ?? this.#discoveries.get(privateKey(approach));
    return result === undefined ? undefined : ok({ result });
  }

  /**
   * The result of server/discover; undefined where the server does not speak the stateless era. A server that refuses the
   * revision and names it among those that it speaks is asked once more: `again`.
   */
  async #discover(
    approach: Approach,
    upstream: StatelessUpstream,
    again = false,
  ): Promise<Found<Discovered | undefined>> {
    const credential = await approach.credential('server/discover');
    if (!credential.ok) return credential;
    const { url, timeoutMs, owner, reopens, opening } = approach;
    const answer = await this.#link.ask(
      {
        tenant: owner.tenant,
        url,
        session: upstream,
        credential: credential.value,
        method: 'POST',
        body: '{"jsonrpc":"2.0","id":0,"method":"server/discover"}',
        expects: 'answer',
        bytesMax: LISTING_BYTES_MAX,
        owner,
        reopens,
        opening,
      },
      Math.min(timeoutMs, isProgram(approach) ? PROGRAM_PROBE_MS_MAX : ERA_PROBE_MS_MAX),
    );
    if (!answer.ok) {
      const offered = otherRevisions(answer.error);
      const contradicts = offered !== undefined && speaksStateless(offered);
      if (contradicts && !again) return this.#discover(approach, upstream, true);
      // A program may end over a question that it does not know.
      return isProgram(approach) && answer.error.kind === 'cut_off' ? ok(undefined) : verdictOf(answer.error);
    }
    const read = readResult(answer.value);
    const supported = read.ok ? textsIn(read.value['supportedVersions']) : [];
    if (!read.ok || supported.length === 0) return ok(undefined);
    if (!speaksStateless(supported)) return otherVersions(supported);
    this.#eras.set(approach.place, 'stateless');
    if (isProgram(approach)) return ok({ result: read.value, process: answer.value?.sessionId });
    this.#keep(approach, read.value);
    return ok({ result: read.value });
  }

  #keep(approach: Approach, result: JsonObject): void {
    const { ttlMs, cacheScope } = result as { [key: string]: Json | undefined };
    if (!Number.isInteger(ttlMs) || (ttlMs as number) <= 0) return;
    const key = cacheScope === 'public' ? publicKey(approach) : privateKey(approach);
    this.#discoveries.set(key, result, { ttl: Math.min(ttlMs as number, DISCOVERY_MS_MAX) });
  }
}

/** It is asked each time: whoever opens a session needs a process of its own. */
function isProgram({ url }: Approach): boolean {
  return url.startsWith(STDIO_SCHEME);
}

function publicKey({ place }: Approach): string {
  return `${place} `;
}

function privateKey({ place, audience }: Approach): string {
  return `${place} ${audience}`;
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
