import { err, isJsonObject, ok, type Json, type JsonObject, type Result } from '#lib/core';
import { PROTOCOL_VERSIONS } from './constants.ts';
import { CLIENT_META, ERA_META, STATELESS_VERSIONS, UNSUPPORTED_VERSION } from './era.ts';
import { isLogLevel, LOG_LEVELS, type LogLevel } from './log-level.ts';
import type { RpcMessage, RpcNotification, RpcRequest } from './parse-message.ts';

/** What a request of the stateless era says of its client, in `params._meta`. */
export interface Envelope {
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  readonly clientInfo: JsonObject;
  readonly logLevel: LogLevel | undefined;
}

/** Why a message is not one of the stateless era: the error of the revision, which is HTTP 400. */
export interface EraRefusal {
  readonly code: number;
  readonly message: string;
  /** Members of `error.data`, as text. */
  readonly data?: string;
}

/** Every revision that is spoken with agents, newest first. */
export const SPOKEN_VERSIONS: readonly string[] = [...STATELESS_VERSIONS, ...PROTOCOL_VERSIONS];

const INVALID_PARAMS = -32_602;
/** A revision's name as it is repeated to whoever asked for it. */
const VERSION_CHARS_MAX = 40;

export function isStatelessVersion(version: string | undefined): boolean {
  return version !== undefined && STATELESS_VERSIONS.includes(version);
}

/**
 * The message, where it speaks the stateless era; undefined where it does not. The body says so; a header alone makes it
 * one that is refused, unless it is a notification. `initialize` begins a session in whatever it is wrapped, but in what is
 * complete.
 */
export function asStateless(
  message: RpcMessage,
  versionHeader: string | undefined,
): RpcRequest | RpcNotification | undefined {
  if (message.kind === 'response') return undefined;
  const meta = message.params?.['_meta'] as JsonObject | undefined;
  if (meta === undefined || !Object.hasOwn(meta, ERA_META.protocolVersion))
    return isStatelessVersion(versionHeader) ? message : undefined;
  if (message.method !== 'initialize') return message;
  const version = meta[ERA_META.protocolVersion];
  const whole = typeof version === 'string' && isStatelessVersion(version) && readEnvelope(meta).ok;
  return whole ? message : undefined;
}

/** What must be there, and is of its type (MCP 2026-07-28, basic, `_meta`). Whether the revision is spoken is not asked. */
export function readEnvelope(meta: JsonObject | undefined): Result<Envelope, EraRefusal> {
  const member = (key: keyof typeof ERA_META): Json | undefined => meta?.[ERA_META[key]];
  const protocolVersion = member('protocolVersion');
  if (typeof protocolVersion !== 'string') return invalid('protocolVersion', 'a text');
  const capabilities = member('clientCapabilities');
  if (!isJsonObject(capabilities)) return invalid('clientCapabilities', 'an object');
  const clientInfo = member('clientInfo') ?? {};
  if (!isJsonObject(clientInfo)) return invalid('clientInfo', 'an object');
  const logLevel = member('logLevel');
  if (logLevel !== undefined && !isLogLevel(logLevel))
    return invalid('logLevel', `one of ${LOG_LEVELS.join(', ')}`);
  return ok({ protocolVersion, capabilities, clientInfo, logLevel });
}

function invalid(key: keyof typeof ERA_META, what: string): Result<Envelope, EraRefusal> {
  const message = `params._meta needs "${ERA_META[key]}", which is ${what}, in every request of ${STATELESS_VERSIONS[0]}.`;
  return err({ code: INVALID_PARAMS, message });
}

/** A revision that is not spoken, or not without a session. */
export function findVersionProblem(version: string): EraRefusal | undefined {
  if (isStatelessVersion(version)) return undefined;
  const requested = JSON.stringify(version.slice(0, VERSION_CHARS_MAX));
  // Whoever names a revision with sessions here would be sent in a circle by a list that has it.
  const inSession = PROTOCOL_VERSIONS.includes(version);
  const supported = inSession ? STATELESS_VERSIONS : SPOKEN_VERSIONS;
  const hint = inSession ? ' It begins with initialize.' : '';
  return {
    code: UNSUPPORTED_VERSION,
    message: `Protocol revision ${requested} is not spoken in this form.${hint} Supported: ${supported.join(', ')}.`,
    data: `"requested":${requested},"supported":${JSON.stringify(supported)}`,
  };
}

/**
 * The params without what belongs to the era alone, so that the same call is decided, hashed and forwarded alike
 * whichever revision it came in. `task`, by which older revisions ask for one, means nothing here.
 */
export function withoutEnvelope(params: JsonObject): JsonObject {
  const { _meta, task: _task, ...rest } = params;
  if (!isJsonObject(_meta)) return rest;
  const kept = Object.entries(_meta).filter(([key]) => !CLIENT_META.has(key));
  return kept.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(kept) };
}
