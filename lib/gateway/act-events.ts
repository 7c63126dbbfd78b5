import { createHash, type Hash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '#lib/core';
import { CALL_EVENTS_MAX, CALL_EVENT_BYTES_MAX } from './constants.ts';
import { isGraveEnough } from './log-level.ts';
import type { ActContext, Parts } from './parts.ts';
import type { SingleRequest } from './session.ts';
import { withoutOurMeta } from './strip-meta.ts';
import { statusTask } from './stream-audience.ts';
import { isSubscribed, mayHearNow, updatedUri } from './subscriptions.ts';

/** Counts, caps and hashes the messages that an upstream sends inside one call (FORMATS 1, `events`). */
export class ActEvents {
  #hash: Hash | undefined;
  #count = 0;
  #bytes = 0;

  /** False when there were too many. */
  add(data: string): boolean {
    const length = Buffer.byteLength(data);
    this.#count += 1;
    this.#bytes += length;
    if (this.#count > CALL_EVENTS_MAX || this.#bytes > CALL_EVENT_BYTES_MAX) return false;
    const size = Buffer.allocUnsafe(4);
    size.writeUInt32BE(length);
    this.#hash ??= createHash('sha256');
    this.#hash.update(size).update(data, 'utf8');
    return true;
  }

  /** For the receipt; undefined when there were none. */
  digest(): { readonly count: number; readonly sha256: string } | undefined {
    if (this.#hash === undefined) return undefined;
    return { count: this.#count, sha256: this.#hash.copy().digest('hex') };
  }
}

/** The text to relay to this client inside its call; undefined for what it does not want there. */
export function relayedInCall(
  parts: Parts,
  context: ActContext,
  message: JsonObject,
  data: string,
): string | undefined {
  const { single } = context.session;
  const isWanted = single === undefined ? isHeard(parts, context, message) : isAskedFor(single, message);
  return isWanted ? relayedText(message, data) : undefined;
}

/** Of changes what was subscribed to, of tasks the one that is asked about: of others it is not known here whose they are. */
function isHeard(parts: Parts, context: ActContext, message: JsonObject): boolean {
  const uri = updatedUri(message);
  if (uri !== undefined) return isSubscribed(context.session, uri) && mayHearNow(parts, context, uri);
  const told = statusTask(message);
  return told === undefined || told === context.task?.id;
}

/** MCP 2026-07-28: on the stream of a request nothing but its progress, and the log messages that it asked for. */
function isAskedFor({ logLevel }: SingleRequest, message: JsonObject): boolean {
  if (message['method'] === 'notifications/progress') return true;
  if (message['method'] !== 'notifications/message') return false;
  return logLevel !== undefined && isGraveEnough(message, logLevel);
}

/** The text to relay for a notification: as it came, but without `_meta` members that only we may set. */
export function relayedText(message: JsonObject, data: string): string {
  const params = message['params'];
  if (!isJsonObject(params)) return lineSafe(data);
  const cleaned = withoutOurMeta(params);
  return cleaned === params ? lineSafe(data) : JSON.stringify({ ...message, params: cleaned });
}

/** A bare CR would end a line of the event stream; in JSON it can only be white space. */
function lineSafe(data: string): string {
  return data.includes('\r') ? data.replaceAll('\r', ' ') : data;
}
