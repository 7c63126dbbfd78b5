import { err, parseServerId, type Result, type ServerId } from '#lib/core';

/**
 * Names that have a page or an action of their own beside the ids (`/policies/test`, `/servers/new`): a thing of that name
 * could be neither looked at nor changed. The test reads them from the folders of `app/`.
 */
export const RESERVED_IDS = {
  server: ['new', 'probe'],
  policy: ['new', 'schema', 'test', 'validation', 'versions'],
  agent: ['new'],
} as const;

export const RESERVED = 'is the name of a page or an action of Countersign: choose another one';

export function isReserved(kind: keyof typeof RESERVED_IDS, id: string): boolean {
  return RESERVED_IDS[kind].some((name) => name === id);
}

/** The id of a server that may be made. */
export function parseNewServerId(text: string): Result<ServerId, string> {
  return isReserved('server', text) ? err(RESERVED) : parseServerId(text);
}
