import { hash } from 'node:crypto';
import { canonicalJson } from '#lib/core';
import type { PolicyTexts } from './types.ts';

/** What a decision names: hex SHA-256 over the RFC 8785 text of the object of policies by id. */
export function hashPolicies(policies: PolicyTexts): string {
  return hash('sha256', canonicalJson(policies), 'hex');
}
