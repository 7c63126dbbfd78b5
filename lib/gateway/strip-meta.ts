import { isJsonObject, type JsonObject } from '#lib/core';
import { META_PREFIX } from './constants.ts';

/** The object without `_meta` members that only we may set. */
export function withoutOurMeta(object: JsonObject): JsonObject {
  const meta = object['_meta'];
  if (!isJsonObject(meta) || !Object.keys(meta).some((key) => key.startsWith(META_PREFIX))) return object;
  const kept = Object.entries(meta).filter(([key]) => !key.startsWith(META_PREFIX));
  return { ...object, _meta: Object.fromEntries(kept) };
}
