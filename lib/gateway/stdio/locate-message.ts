import { ERA_META } from '../era.ts';
import type { Span } from '../locate-answer.ts';
import { scanMembers, scanValue, skipSpace } from '../scan-json.ts';

/** Where in a JSON-RPC message stands what has to be another on a pipe that many calls share. */
export interface MessageLayout {
  readonly method: string | undefined;
  readonly id: Span | undefined;
  /** `params._meta.progressToken` of a request. */
  readonly wantedProgress: Span | undefined;
  /** `params.progressToken` of a progress notification. */
  readonly progress: Span | undefined;
  /** `params._meta` of the stateless era: the id of the subscription that a message belongs to. */
  readonly subscription: Span | undefined;
}

const OPEN_OBJECT = 0x7b;

/** @throws {JsonScanError} when it is not one JSON object. */
export function locateMessage(bytes: Buffer): MessageLayout {
  let method: string | undefined;
  const found: Record<'id' | 'wantedProgress' | 'progress' | 'subscription', Span | undefined> = {
    id: undefined,
    wantedProgress: undefined,
    progress: undefined,
    subscription: undefined,
  };
  const value = (start: number) => scanValue(bytes, start, false);
  const keep = (name: keyof typeof found, start: number) => {
    const end = value(start);
    found[name] = { start, end };
    return end;
  };
  const object = (start: number, visit: (key: string, at: number) => number) =>
    bytes[start] === OPEN_OBJECT
      ? scanMembers(bytes, start, (key, _keyStart, at) => visit(key, at))
      : value(start);
  const meta = (key: string, at: number) => {
    if (key === ERA_META.subscriptionId) return keep('subscription', at);
    return key === 'progressToken' ? keep('wantedProgress', at) : value(at);
  };
  const params = (key: string, at: number) => {
    if (key === '_meta') return object(at, meta);
    return key === 'progressToken' ? keep('progress', at) : value(at);
  };
  scanMembers(bytes, skipSpace(bytes, 0), (key, _keyStart, at) => {
    if (key === 'id') return keep('id', at);
    if (key === 'params') return object(at, params);
    const end = value(at);
    if (key === 'method') method = JSON.parse(bytes.toString('utf8', at, end)) as string;
    return end;
  });
  return { method, ...found };
}

/** The text with other values in places; what stands between stays as it is. */
export function replaceSpans(
  bytes: Buffer,
  replacements: readonly (readonly [Span | undefined, string])[],
): string {
  const sorted = replacements
    .flatMap(([span, text]) => (span === undefined ? [] : [{ ...span, text }]))
    .toSorted((a, b) => a.start - b.start);
  let text = '';
  let at = 0;
  for (const { start, end, text: replacement } of sorted) {
    text += bytes.toString('utf8', at, start) + replacement;
    at = end;
  }
  return text + bytes.toString('utf8', at);
}

export function textOf(bytes: Buffer, span: Span): string {
  return bytes.toString('utf8', span.start, span.end);
}
