import { hash } from 'node:crypto';
import { canonicalJson, type JsonObject } from '#lib/core';

/** A definition's RFC 8785 text and its hex SHA-256: what is pinned, and what live definitions are compared by. */
export function hashDefinition(definition: JsonObject): { readonly text: string; readonly sha256: string } {
  const text = canonicalJson(definition);
  return { text, sha256: hash('sha256', text, 'hex') };
}
