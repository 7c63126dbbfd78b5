import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { err, ok, type Result } from '#lib/core';
import type { CedarSlots } from './cedar-slots.ts';
import { createEngine } from './create-engine.ts';
import type { EngineDeps } from './decide-side.ts';
import { normalizeIp, sidesOf, targetOf } from './describe-request.ts';
import { explainSide } from './explain-side.ts';
import type { PolicyDraft, SideExplanation } from './explain-types.ts';
import { hashPolicies } from './hash-policies.ts';
import { parsePolicies, type ParsedPolicy } from './parse-policies.ts';
import { readArguments } from './read-arguments.ts';
import type { PolicyProblem, PolicyRequest, PolicyTexts } from './types.ts';

/** Cedar without preparsed sets: a draft must not push the slices of sets that are in force out of their places. */
const WITHOUT_SLOTS: CedarSlots = {
  decide(slice, question) {
    const staticPolicies = Object.fromEntries(slice.policies.map(({ id, text }) => [id, text]));
    const answer = cedar.isAuthorized({ ...question, policies: { staticPolicies } });
    if (answer.type === 'failure') throw new Error('Cedar refused a hypothetical request');
    return answer.response;
  },
};

/** An engine of its own for policies that may never be in force, decided on exactly as calls are. */
export function draftPolicies(
  policies: PolicyTexts,
  alarm: EngineDeps['alarm'],
): Result<PolicyDraft, readonly PolicyProblem[]> {
  const { parsed, problems } = parsePolicies(policies);
  if (problems.length > 0) return err(problems);
  const setSha256 = hashPolicies(policies);
  // What is compiled is compared with Cedar each time: here nobody is in a hurry.
  const deps = { slots: WITHOUT_SLOTS, compilation: { enabled: true }, crossCheckEvery: 1, alarm };
  const engine = createEngine({ setSha256, version: 0, policies: parsed }, deps);
  return ok({
    setSha256,
    explain: (request) => ({ decision: engine.decide(request), sides: explainSides(parsed, request) }),
  });
}

function explainSides(parsed: readonly ParsedPolicy[], asked: PolicyRequest): readonly SideExplanation[] {
  const ip = asked.ip === undefined ? undefined : normalizeIp(asked.ip);
  if (asked.ip !== undefined && ip === undefined) return [];
  const request = ip === undefined ? asked : { ...asked, ip };
  const target = targetOf(request);
  if (typeof target === 'string') return [];
  const args = readArguments(request, target);
  if (!args.ok) return [];
  return sidesOf(request.principal).map((side) =>
    explainSide(parsed, { request, side, target, args: args.value }),
  );
}
