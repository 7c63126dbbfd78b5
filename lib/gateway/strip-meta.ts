import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import { META_PREFIX, RELATED_TASK } from './constants.ts';
import { ERA_META } from './era.ts';

/** The object without `_meta` members that only we may set. */
export function withoutOurMeta(object: JsonObject): JsonObject {
  const meta = object['_meta'];
  if (!isJsonObject(meta) || !Object.keys(meta).some((key) => key.startsWith(META_PREFIX))) return object;
  const kept = Object.entries(meta).filter(([key]) => !key.startsWith(META_PREFIX));
  return { ...object, _meta: Object.fromEntries(kept) };
}

/**
 * Params without the task that they say to belong to: what an agent asks belongs to none, and some servers put the answer
 * into the queue of whichever task is named, whosever it is.
 */
export function withoutTaskMeta(params: JsonObject): JsonObject {
  const meta = params['_meta'];
  if (!isJsonObject(meta) || meta[RELATED_TASK] === undefined) return params;
  const { [RELATED_TASK]: _, ...kept } = meta;
  return { ...params, _meta: kept };
}

/** The id of the task that a message says to belong to. */
export function relatedTaskOf(params: JsonObject): Json | undefined {
  const meta = params['_meta'];
  const related = isJsonObject(meta) ? meta[RELATED_TASK] : undefined;
  return isJsonObject(related) ? related['taskId'] : undefined;
}

/** An answer without the task that it says to belong to, unless its question said the same. */
export function withoutOtherTask(result: JsonObject, asked: Json | undefined): JsonObject {
  return asked !== undefined && relatedTaskOf(result) === asked ? result : withoutTaskMeta(result);
}

/** What says that it belongs to this task. */
export function ofTask(object: JsonObject, taskId: Json): JsonObject {
  const meta = isJsonObject(object['_meta']) ? object['_meta'] : {};
  return { ...object, _meta: { ...meta, [RELATED_TASK]: { taskId } } };
}

/** Which subscription a message belongs to means nothing where a session has one stream. */
export function withoutSubscription(message: JsonObject, data: string): [JsonObject, string] {
  const { params } = message;
  const meta = isJsonObject(params) ? params['_meta'] : undefined;
  if (!isJsonObject(params) || !isJsonObject(meta) || !Object.hasOwn(meta, ERA_META.subscriptionId))
    return [message, data];
  const kept = Object.fromEntries(Object.entries(meta).filter(([key]) => key !== ERA_META.subscriptionId));
  const { _meta, ...others } = params;
  const cleaned = Object.keys(kept).length === 0 ? others : { ...others, _meta: kept };
  const whole = { ...message, params: cleaned };
  return [whole, JSON.stringify(whole)];
}
