import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { DetailedError, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { POLICY_ID_PATTERN, utf8 } from '#lib/core';
import { tooDeepAt } from './check-nesting.ts';
import { POLICIES_MAX, POLICY_TEXT_BYTES_MAX } from './constants.ts';
import type { PolicyProblem, PolicyTexts } from './types.ts';

export interface ParsedPolicy {
  readonly id: string;
  readonly text: string;
  readonly json: PolicyJson;
  /** The policy's `@reason`. */
  readonly reason: string | undefined;
}

export interface ParsedPolicies {
  readonly parsed: readonly ParsedPolicy[];
  readonly problems: readonly PolicyProblem[];
}

const POLICY_ID = new RegExp(POLICY_ID_PATTERN);
/** The annotations that mean something today. Any other might be one that somebody believes in: refused. */
const ANNOTATIONS: ReadonlySet<string> = new Set(['id', 'reason']);
/**
 * Control characters (PostgreSQL's JSON has no NUL) and those that change the direction of text: with them, also inside a
 * comment, a policy reads otherwise than it decides.
 */
const HIDDEN_CHARACTER =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const HIDDEN =
  'a control character, or one that changes the direction of text: it would make the policy read otherwise than it decides';
const TOO_DEEP =
  'the text is nested too deeply from here, or has too many operators in a row: split the policy';
const REASON_TEXT_MAX = 500;

/** Parses each policy and checks its annotations: what every set must pass, also one that is read back from storage. */
export function parsePolicies(policies: PolicyTexts): ParsedPolicies {
  const parsed: ParsedPolicy[] = [];
  const problems: PolicyProblem[] = [];
  const entries = Object.entries(policies);
  if (entries.length > POLICIES_MAX) {
    const message = `a tenant has at most ${POLICIES_MAX} policies, these are ${entries.length}`;
    return { parsed: [], problems: [{ policyId: '', line: 1, column: 1, message }] };
  }
  for (const [id, text] of entries) {
    const policy = parsePolicy(id, text);
    if ('json' in policy) {
      parsed.push(policy);
      problems.push(...checkAnnotations(policy));
    } else problems.push(...policy.problems);
  }
  return { parsed, problems };
}

function parsePolicy(id: string, text: string): ParsedPolicy | { problems: readonly PolicyProblem[] } {
  const refuse = (message: string) => ({ problems: [{ policyId: id, line: 1, column: 1, message }] });
  if (!POLICY_ID.test(id)) return refuse("a policy's id is letters, digits, '.', '_' and '-', 128 at most");
  if (!text.isWellFormed()) return refuse('the text holds a lone surrogate, which is not Unicode text');
  if (utf8(text).length > POLICY_TEXT_BYTES_MAX)
    return refuse(`the text is over ${POLICY_TEXT_BYTES_MAX} bytes`);
  const hidden = text.search(HIDDEN_CHARACTER);
  if (hidden >= 0) return { problems: [{ policyId: id, ...positionOf(text, hidden), message: HIDDEN }] };
  const deep = tooDeepAt(text);
  if (deep !== undefined)
    return { problems: [{ policyId: id, ...positionOf(text, deep), message: TOO_DEEP }] };
  const answer = cedar.policyToJson(text);
  if (answer.type === 'failure')
    return { problems: answer.errors.map((error) => problemAt(id, text, error)) };
  return { id, text, json: answer.json, reason: answer.json.annotations?.['reason'] };
}

function checkAnnotations({ id, text, json }: ParsedPolicy): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const [name, value] of Object.entries(json.annotations ?? {})) {
    const place = positionOf(text, Math.max(0, text.search(new RegExp(`@\\s*${name}\\b`))));
    const refuse = (message: string) => problems.push({ policyId: id, ...place, message });
    if (!ANNOTATIONS.has(name)) {
      refuse(
        `@${name} is not an annotation that is enforced here (known: ${[...ANNOTATIONS].map((a) => `@${a}`).join(', ')})`,
      );
    } else if (name === 'id' && value !== id) refuse(`@id("${value}") differs from the policy's id '${id}'`);
    else if (name === 'reason' && (value === '' || value === null)) refuse('@reason needs a text');
    else if (name === 'reason' && value.length > REASON_TEXT_MAX)
      refuse(`@reason is over ${REASON_TEXT_MAX} characters`);
  }
  return problems;
}

/** A problem that Cedar found, at its place in the policy's text. */
export function problemAt(policyId: string, text: string, error: DetailedError): PolicyProblem {
  const start = error.sourceLocations?.[0]?.start ?? 0;
  const message = error.message
    .replace(/^failed to parse policy from string: /, '')
    .replace(/^for policy `[^`]*`, /, '');
  const help = error.help?.replace(/^for policy `[^`]*`, /, '');
  return {
    policyId,
    ...positionOf(text, charOffset(text, start)),
    message: help === undefined || help === '' ? message : `${message} (${help})`,
  };
}

/** Cedar counts in UTF-8 bytes. */
function charOffset(text: string, byteOffset: number): number {
  const bytes = utf8(text).subarray(0, byteOffset);
  return new TextDecoder().decode(bytes).length;
}

/** Line and column, from 1, of an offset in UTF-16 units. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
