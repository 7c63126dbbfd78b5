import { isJsonObject, type JsonObject } from '#lib/core';
import { MISSING_CLIENT_CAPABILITY } from './era.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

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

/** What a server says that its client has to offer before it does what was asked for; undefined where it says no such thing. */
export function requiredBy(error: UpstreamFailure['eraError']): JsonObject | undefined {
  if (error?.code !== MISSING_CLIENT_CAPABILITY || !isJsonObject(error.data)) return undefined;
  const required = error.data['requiredCapabilities'];
  return isJsonObject(required) ? required : undefined;
}

/** It does what was asked for as a task only. */
export function requiresTasks(error: UpstreamFailure['eraError']): boolean {
  return declaresTasks(requiredBy(error));
}
