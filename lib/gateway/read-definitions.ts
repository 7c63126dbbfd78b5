import { randomUUID } from 'node:crypto';
import { err, isJsonObject, ok, type Json, type JsonObject, type Result } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import type { Minting, UpstreamCredential } from '#lib/minting';
import type { PinnedServer } from '#lib/registry';
import { ALL_RELAYED } from './client-capabilities.ts';
import {
  DEFINITIONS_BYTES_MAX,
  DEFINITIONS_MAX,
  DEFINITIONS_READ_MS,
  DEFINITION_PAGES_MAX,
  LISTING_BYTES_MAX,
  PROTOCOL_VERSIONS,
} from './constants.ts';
import { sha256Hex } from './digest-text.ts';
import type { Approach, Eras } from './negotiate-era.ts';
import type { DefinitionProblem, Definitions, DefinitionTarget, Gateway } from './types.ts';
import type { UpstreamLink } from './upstream-link.ts';
import type { UpstreamFailure, UpstreamFailureKind } from './upstream-failure.ts';
import { ourselves } from './upstream-owner.ts';
import { closeUpstream, confirmUpstream, readResult, type OpenedUpstream } from './upstream-session.ts';

/** Capability of the server, method, member of the result, member of `Definitions`. */
const LISTS = [
  ['tools', 'tools/list', 'tools', 'tools'],
  ['prompts', 'prompts/list', 'prompts', 'prompts'],
  ['resources', 'resources/list', 'resources', 'resources'],
  ['resources', 'resources/templates/list', 'resourceTemplates', 'templates'],
] as const;

const METHOD_NOT_FOUND = /"code"\s*:\s*-32601/;

type Found<Value> = Result<Value, UpstreamFailure>;

interface ReadDeps {
  readonly minting: Minting;
  readonly upstream: UpstreamLink;
  readonly eras: Eras;
}

/**
 * Reads a server as Countersign itself: which era it speaks, every page of every list it says it has, and the end of the
 * session where there is one.
 */
export function createReadDefinitions(deps: ReadDeps): Gateway['readDefinitions'] {
  return async (tenant, target) => {
    const reader = new DefinitionReader(deps, tenant, target);
    const found = await reader.read();
    return found.ok ? found : err(problemOf(target, found.error));
  };
}

class DefinitionReader {
  #deps: ReadDeps;
  #tenant: TenantRecord;
  #server: PinnedServer;
  #nextId = 1;
  /** Of all pages of all lists: what is read is held in memory, and whoever named the server waits. */
  #bytesLeft = DEFINITIONS_BYTES_MAX;
  readonly #endsAt = performance.now() + DEFINITIONS_READ_MS;

  constructor(deps: ReadDeps, tenant: TenantRecord, target: DefinitionTarget) {
    this.#deps = deps;
    this.#tenant = tenant;
    this.#server = unpinned(target);
  }

  async read(): Promise<Found<Definitions>> {
    const opened = await this.#open();
    if (!opened.ok) return opened;
    const lists = await this.#readLists(opened.value);
    const credential = await this.#credential('session/end');
    if (credential.ok)
      await closeUpstream(this.#deps.upstream, this.#target(credential.value), opened.value.session);
    if (!lists.ok) return lists;
    const { serverInfo, capabilities } = opened.value.result as { [key: string]: Json | undefined };
    return ok({
      serverInfo: isJsonObject(serverInfo) ? serverInfo : {},
      capabilities: isJsonObject(capabilities) ? capabilities : {},
      protocolVersion: opened.value.session.protocolVersion,
      ...lists.value,
    });
  }

  async #open(): Promise<Found<OpenedUpstream>> {
    const handshake = {
      protocolVersion: PROTOCOL_VERSIONS[0] as string,
      capabilities: ALL_RELAYED,
      clientInfo: { name: 'countersign', version: '0' },
    };
    // What an admin looks at is asked for anew, whatever was found out before.
    const approach = this.#approach();
    this.#deps.eras.forget(approach);
    const opened = await this.#deps.eras.open(approach, handshake);
    if (!opened.ok) return opened;
    const again = await this.#credential('notifications/initialized');
    if (!again.ok) return again;
    const confirmed = await confirmUpstream(
      this.#deps.upstream,
      this.#target(again.value),
      opened.value.session,
    );
    return confirmed.ok ? opened : confirmed;
  }

  async #readLists(
    opened: OpenedUpstream,
  ): Promise<Found<Pick<Definitions, 'tools' | 'prompts' | 'resources' | 'templates'>>> {
    const capabilities = opened.result['capabilities'];
    const found = { tools: [], prompts: [], resources: [], templates: [] } as Record<
      string,
      readonly JsonObject[]
    >;
    for (const [capability, method, member, name] of LISTS) {
      if (!isJsonObject(capabilities) || capabilities[capability] === undefined) continue;
      const list = await this.#readList(opened, method, member);
      if (!list.ok) return list;
      found[name] = list.value;
    }
    return ok(found as unknown as Pick<Definitions, 'tools' | 'prompts' | 'resources' | 'templates'>);
  }

  async #readList(
    opened: OpenedUpstream,
    method: string,
    member: string,
  ): Promise<Found<readonly JsonObject[]>> {
    const found: JsonObject[] = [];
    let cursor: Json | undefined;
    for (let page = 0; page < DEFINITION_PAGES_MAX; page += 1) {
      const result = await this.#ask(opened, method, cursor === undefined ? {} : { cursor });
      if (!result.ok) return result;
      const listed = result.value[member];
      if (Array.isArray(listed)) found.push(...(listed as readonly Json[]).filter(isJsonObject));
      if (found.length > DEFINITIONS_MAX) break;
      cursor = result.value['nextCursor'];
      if (typeof cursor !== 'string') return ok(found);
    }
    return err({
      kind: 'too_large',
      message: `lists more than ${DEFINITIONS_MAX} definitions or ${DEFINITION_PAGES_MAX} pages.`,
    });
  }

  async #ask(opened: OpenedUpstream, method: string, params: JsonObject): Promise<Found<JsonObject>> {
    const credential = await this.#credential(method);
    if (!credential.ok) return credential;
    const body = JSON.stringify({ jsonrpc: '2.0', id: this.#nextId++, method, params });
    if (this.#bytesLeft <= 0 || this.#timeoutMs() <= 0) return err(tooMuch(this.#bytesLeft <= 0));
    const request = {
      tenant: this.#tenant.id,
      url: this.#server.url,
      session: opened.session,
      credential: credential.value,
      body,
      server: this.#server,
    } as const;
    const answer = await this.#deps.upstream.ask(
      { ...request, method: 'POST', expects: 'answer', bytesMax: LISTING_BYTES_MAX },
      this.#timeoutMs(),
    );
    if (!answer.ok) return answer;
    this.#bytesLeft -= answer.value?.bytes.length ?? 0;
    // Servers with resources may know no templates and say so with an error.
    const unknown =
      answer.value?.layout.member === 'error' && METHOD_NOT_FOUND.test(answer.value.bytes.toString('latin1'));
    return unknown ? ok({}) : readResult(answer.value);
  }

  async #credential(method: string): Promise<Found<UpstreamCredential>> {
    const request = { tenant: this.#tenant, server: this.#server, method, jti: randomUUID() };
    const credential = await this.#deps.minting.probeCredential(request);
    return credential.ok ? credential : err({ kind: 'unauthorized', message: credential.error.message });
  }

  #approach(): Approach {
    return {
      place: `${this.#tenant.id} probe ${this.#server.url}`,
      audience: '',
      url: this.#server.url,
      timeoutMs: Math.max(1, this.#timeoutMs()),
      owner: ourselves(this.#tenant, this.#server.id),
      credential: (method) => this.#credential(method),
    };
  }

  #target(credential: UpstreamCredential) {
    const { id: tenant } = this.#tenant;
    return { tenant, url: this.#server.url, timeoutMs: Math.max(1, this.#timeoutMs()), credential };
  }

  #timeoutMs(): number {
    return Math.min(this.#server.timeoutMs, this.#endsAt - performance.now());
  }
}

function tooMuch(isBytes: boolean): UpstreamFailure {
  const limit = isBytes
    ? `sent more than ${DEFINITIONS_BYTES_MAX} bytes of definitions`
    : `did not say within ${DEFINITIONS_READ_MS / 1_000} seconds what it offers`;
  return { kind: isBytes ? 'too_large' : 'unreachable', message: `${limit}, which is the limit here.` };
}

/** The draft in the shape that minting knows: nothing is pinned yet. */
function unpinned(target: DefinitionTarget): PinnedServer {
  return {
    ...target,
    urlSha256: sha256Hex(target.url),
    allowMethods: new Set(),
    waivers: new Set(),
    state: 'unpinned',
    version: 0,
    tools: new Map(),
    prompts: new Map(),
    resources: new Map(),
    templates: new Map(),
  };
}

const PROBLEM_KINDS: Readonly<Record<UpstreamFailureKind, DefinitionProblem['kind']>> = {
  unreachable: 'unreachable',
  cut_off: 'unreachable',
  aborted: 'unreachable',
  unauthorized: 'credential',
  redirected: 'redirected',
  refused: 'refused',
  wants_browser: 'refused',
  session_lost: 'refused',
  header_mismatch: 'refused',
  nonsense: 'nonsense',
  too_large: 'too_large',
  overloaded: 'unreachable',
};

function problemOf(target: DefinitionTarget, failure: UpstreamFailure): DefinitionProblem {
  return {
    kind: PROBLEM_KINDS[failure.kind],
    message: `The server '${target.id}' at ${target.url} ${failure.message}`,
  };
}
