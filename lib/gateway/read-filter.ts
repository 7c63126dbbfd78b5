import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import { FOLLOWED_TASKS_MAX, SUBSCRIBED_RESOURCES_MAX, URI_CHARS_MAX } from './constants.ts';
import { isTaskId } from './task-methods.ts';

/** What a subscription is about (MCP 2026-07-28, `SubscriptionFilter`). */
export interface SubscriptionFilter {
  readonly toolsListChanged: boolean;
  readonly promptsListChanged: boolean;
  readonly resourcesListChanged: boolean;
  /** URIs, each once. */
  readonly resourceSubscriptions: readonly string[];
  /** Ids of tasks, each once (extension io.modelcontextprotocol/tasks). */
  readonly taskIds: readonly string[];
}

/** Undefined where it is not one, or names more resources than may be. Kinds that nobody here knows ask for nothing. */
export function readFilter(notifications: Json | undefined): SubscriptionFilter | undefined {
  if (!isJsonObject(notifications)) return undefined;
  const {
    toolsListChanged = false,
    promptsListChanged = false,
    resourcesListChanged = false,
    resourceSubscriptions = [],
    taskIds = [],
  } = notifications as { [key: string]: Json | undefined };
  const flags = [toolsListChanged, promptsListChanged, resourcesListChanged];
  if (!flags.every((flag) => typeof flag === 'boolean')) return undefined;
  if (!isUriList(resourceSubscriptions) || !isTaskIdList(taskIds)) return undefined;
  return {
    toolsListChanged: toolsListChanged === true,
    promptsListChanged: promptsListChanged === true,
    resourcesListChanged: resourcesListChanged === true,
    resourceSubscriptions: [...new Set(resourceSubscriptions)],
    taskIds: [...new Set(taskIds)],
  };
}

function isUriList(value: Json): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length <= SUBSCRIBED_RESOURCES_MAX &&
    value.every((uri) => typeof uri === 'string' && uri !== '' && uri.length <= URI_CHARS_MAX)
  );
}

function isTaskIdList(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.length <= FOLLOWED_TASKS_MAX && value.every(isTaskId);
}

/** As it is acknowledged: what is not honoured is left out. */
export function filterJson(filter: SubscriptionFilter): JsonObject {
  const { resourceSubscriptions, taskIds, ...flags } = filter;
  const set = Object.entries(flags).filter(([, wanted]) => wanted);
  const uris = resourceSubscriptions.length === 0 ? {} : { resourceSubscriptions };
  const tasks = taskIds.length === 0 ? {} : { taskIds };
  return { ...Object.fromEntries(set), ...uris, ...tasks };
}
