import { isUtf8 } from 'node:buffer';
import type { Json } from '#lib/core';
import type { PinnedTool } from '#lib/registry';
import { HEADER_MISMATCH } from './era.ts';
import { mirroredName, mirroredParams, mirroredText, valueAt } from './mirrored-headers.ts';
import type { RpcNotification, RpcRequest } from './parse-message.ts';
import type { EraRefusal } from './read-envelope.ts';
import type { Exchange } from './types.ts';

/** What of a value is shown to whoever sent it. */
const SHOWN_CHARS_MAX = 80;
const DECIMAL = /^-?\d{1,20}(?:\.\d{1,20})?$/;
const ENCODED = /^=\?base64\?(.*)\?=$/s;

/** The revision stands in the header, and is the body's. A notification may leave the header out. */
export function findVersionMismatch(
  exchange: Exchange,
  message: RpcRequest | RpcNotification,
  version: string,
): EraRefusal | undefined {
  const header = fieldOf(exchange, 'mcp-protocol-version');
  if (header === undefined && message.kind === 'notification') return undefined;
  return header === version ? undefined : mismatch('MCP-Protocol-Version', header, version);
}

/** What in between may be routed by must be what is acted on here: the body. */
export function findHeaderMismatch(
  exchange: Exchange,
  message: RpcRequest | RpcNotification,
): EraRefusal | undefined {
  const method = fieldOf(exchange, 'mcp-method');
  if (method !== message.method && (method !== undefined || message.kind === 'request'))
    return mismatch('Mcp-Method', method, message.method);
  // A body that names nothing usable is refused for that, later.
  const named = mirroredName(message.method, message.params);
  return named === undefined ? undefined : findNameMismatch(exchange, named);
}

function findNameMismatch(exchange: Exchange, named: string): EraRefusal | undefined {
  const header = fieldOf(exchange, 'mcp-name');
  const name = header === undefined ? undefined : decodeField(header);
  return name === named ? undefined : mismatch('Mcp-Name', header, named);
}

/**
 * Arguments that the tool has repeated in headers stand there as in the body (`x-mcp-header`). Asked of a tool that the
 * caller may call: of others nobody learns which arguments they have.
 */
export function findParamMismatch(
  exchange: Exchange,
  tool: Pick<PinnedTool, 'inputSchema'>,
  args: Json | undefined,
): EraRefusal | undefined {
  const mirrored = mirroredParams(tool.inputSchema);
  if (!mirrored.ok) return undefined;
  for (const { header, path } of mirrored.value) {
    const name = `Mcp-Param-${header}`;
    const field = fieldOf(exchange, name.toLowerCase());
    const value = valueAt(args, path);
    const text = mirroredText(value);
    if (!isSame(field, text, value)) return mismatch(name, field, text ?? 'nothing');
  }
  return undefined;
}

/** Numbers are compared as numbers: 42.0 is 42. */
function isSame(field: string | undefined, text: string | undefined, value: Json | undefined): boolean {
  if (field === undefined || text === undefined) return field === text;
  const given = decodeField(field);
  if (given === undefined || typeof value !== 'number') return given === text;
  return DECIMAL.test(given) && Number(given) === value;
}

/** The text that a field's value stands for; undefined for one that says it is Base64 and is not, exactly. */
export function decodeField(value: string): string | undefined {
  const encoded = ENCODED.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.toString('base64') === encoded && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** Without the white space around it (RFC 9110 §5.5). Walked, for a pattern that ends in `$` is slow on long runs of it. */
function fieldOf(exchange: Exchange, name: string): string | undefined {
  const value = exchange.header(name);
  if (value === undefined) return undefined;
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value.charCodeAt(start))) start += 1;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function mismatch(name: string, header: string | undefined, body: string): EraRefusal {
  const says = header === undefined ? 'is missing' : `says ${shown(header)}`;
  return {
    code: HEADER_MISMATCH,
    message: `The header ${name} ${says}, and the body says ${shown(body)}. They must be one.`,
  };
}

function shown(value: string): string {
  return JSON.stringify(value.slice(0, SHOWN_CHARS_MAX));
}
