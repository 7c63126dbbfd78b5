import { err, isJsonObject, ok, type Json, type JsonObject, type Result } from '#lib/core';
import { readMirroredParams, type MirroredParam, type PinnedTool } from '#lib/registry';
import { MIRRORED_CHARS_MAX } from './constants.ts';

/** By input schema: a pinned one never changes. */
const known = new WeakMap<JsonObject, Result<readonly MirroredParam[], string>>();

/** Which member of the params a method's `Mcp-Name` repeats (MCP 2026-07-28, transports; of tasks their extension). */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

/** What `Mcp-Name` repeats of such a request; undefined where that is nothing, or no text. */
export function mirroredName(method: string, params: JsonObject | undefined): string | undefined {
  const member = NAMED_BY.get(method);
  const named = member === undefined ? undefined : params?.[member];
  return typeof named === 'string' ? named : undefined;
}

/** The headers that repeat what a request of the stateless era says, names and values in turn, or why there are none. */
export function mirroredHeaders(
  method: string,
  params: JsonObject,
  tool: PinnedTool | undefined,
): Result<string[], string> {
  const headers = ['mcp-method', headerValue(method)];
  const name = mirroredName(method, params);
  if (name !== undefined) headers.push('mcp-name', headerValue(name));
  if (method !== 'tools/call' || tool === undefined) return ok(headers);
  const mirrored = mirroredParams(tool.inputSchema);
  if (!mirrored.ok) return mirrored;
  for (const { header, path } of mirrored.value) {
    const text = mirroredText(valueAt(params['arguments'], path));
    if (text === undefined) continue;
    if (text.length > MIRRORED_CHARS_MAX) {
      return err(
        `has to carry ${path.join('.')} in a header, and it is longer than ${MIRRORED_CHARS_MAX} characters`,
      );
    }
    headers.push(`mcp-param-${header}`, headerValue(text));
  }
  return ok(headers);
}

export function mirroredParams(inputSchema: JsonObject): Result<readonly MirroredParam[], string> {
  let read = known.get(inputSchema);
  if (read === undefined) known.set(inputSchema, (read = readMirroredParams(inputSchema)));
  return read;
}

/** Own members alone: no value comes from a prototype. */
export function valueAt(root: Json | undefined, path: readonly string[]): Json | undefined {
  let value = root;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** Null and absent have no header; what is not of the declared kind was refused before. */
export function mirroredText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  const isShort = typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value));
  return isShort ? String(value) : undefined;
}

const BASE64_FORM = /^=\?base64\?.*\?=$/;

/** As it is where a header can carry it unchanged, else in the base64 form: nothing of a value can become a header of its own. */
export function headerValue(text: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !BASE64_FORM.test(text);
  return plain ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}
