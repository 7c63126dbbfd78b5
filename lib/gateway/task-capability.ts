import { isJsonObject, type JsonObject } from '#lib/core';

/** Tasks of 2026-07-28: a server may answer a call with one where the client declares this with the call. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** Whether capabilities, of a client or a server, name the extension. */
export function declaresTasks(capabilities: unknown): boolean {
  const extensions = isJsonObject(capabilities) ? capabilities['extensions'] : undefined;
  return isJsonObject(extensions) && isJsonObject(extensions[TASKS_EXTENSION]);
}

export function withTasks(capabilities: JsonObject): JsonObject {
  const extensions = isJsonObject(capabilities['extensions']) ? capabilities['extensions'] : {};
  return { ...capabilities, extensions: { ...extensions, [TASKS_EXTENSION]: {} } };
}
