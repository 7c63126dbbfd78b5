import { z } from 'zod';
import type { Problem } from '#lib/edge';
import type {
  NamedVersion,
  NamedVersionPage,
  PolicyDifference,
  PolicyExplanation,
  QuestionProblem,
  VersionComparison,
} from '#lib/runtime';
import { policyQuestion } from './policy-question.ts';

/** Policies in one draft; a whole set is the tenant file's. */
const CHANGES_MAX = 50;
/** Of a request with drafts in it: more than anybody types, and no more than is asked about while others wait. */
export const DRAFT_BYTES_MAX = 256 * 1024;

type Changes = Record<string, string | null>;

/** Policies put (text) or taken out (null), by id. Which ids and texts are good is the policy's to say. */
export const policyChanges = z.custom<Changes>(isChanges, {
  error: `is an object of at most ${CHANGES_MAX} policies: Cedar text, or null to leave one out`,
});

function isChanges(value: unknown): value is Changes {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const texts: unknown[] = Object.values(value);
  return texts.length <= CHANGES_MAX && texts.every((text) => text === null || typeof text === 'string');
}

export const versionNumber = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);

const change = z.enum(['added', 'changed', 'removed']);
const difference = z.array(
  z.strictObject({
    policy: z.string(),
    change,
    lines: z.array(z.strictObject({ kind: z.enum(['same', 'added', 'removed']), text: z.string() })),
  }),
);

export const validationOutput = z.strictObject({
  problems: z.array(
    z.strictObject({ policy: z.string(), line: z.number(), column: z.number(), message: z.string() }),
  ),
  difference,
});

export function renderDifference(differences: readonly PolicyDifference[]): z.input<typeof difference> {
  return differences.map(({ policyId, change: kind, lines }) => ({
    policy: policyId,
    change: kind,
    lines: [...lines],
  }));
}

const effect = z.enum(['permit', 'forbid']);
const side = z.strictObject({
  side: z.enum(['person', 'agent']),
  effect: z.enum(['allow', 'deny']),
  satisfied: z.array(z.strictObject({ id: z.string(), effect, reason: z.string().optional() })),
  errors: z.array(z.string()),
  near: z.array(
    z.strictObject({
      id: z.string(),
      effect,
      because: z.enum(['principal', 'condition']),
      clause: z.string(),
    }),
  ),
});

export const testOutput = z.strictObject({
  effect: z.enum(['allow', 'deny', 'hold']),
  /** The agent would be answered as for something that does not exist. */
  hidden: z.boolean(),
  policies: z.array(z.string()),
  reasons: z.array(z.string()),
  errors: z.array(z.string()),
  argument_problems: z.array(z.strictObject({ path: z.string(), message: z.string() })),
  policy_set_sha256: z.string(),
  sides: z.array(side),
});
export type TestAnswer = z.output<typeof testOutput>;

export function renderExplanation({ decision, sides }: PolicyExplanation): z.input<typeof testOutput> {
  return {
    effect: decision.effect,
    hidden: decision.hidden,
    policies: [...decision.policies],
    reasons: [...decision.reasons],
    errors: [...decision.errors],
    argument_problems: [...(decision.argumentProblems ?? [])],
    policy_set_sha256: decision.setSha256,
    sides: sides.map(({ satisfied, errors, near, ...rest }) => ({
      ...rest,
      satisfied: [...satisfied],
      errors: [...errors],
      near: [...near],
    })),
  };
}

export function questionProblem(errors: readonly QuestionProblem[]): Problem {
  return {
    status: 422,
    code: 'not-askable',
    title: 'This request can’t be put to the policies',
    detail: 'Something in it is not as it has to be; each part is named below.',
    errors,
  };
}

const version = z.strictObject({
  version: z.int(),
  sha256: z.string(),
  created_at: z.string(),
  active: z.boolean(),
  activations: z.array(
    z.strictObject({
      at: z.string(),
      by: z.strictObject({
        mode: z.enum(['user', 'agent', 'operator', 'system']),
        name: z.string().optional(),
        reference: z.string().optional(),
        erased: z.boolean(),
      }),
      receipt: z.string(),
      policies: z.int(),
      added: z.array(z.string()),
      changed: z.array(z.string()),
      removed: z.array(z.string()),
      counts: z.strictObject({ added: z.int(), changed: z.int(), removed: z.int() }),
    }),
  ),
});
export const versionsOutput = z.strictObject({ versions: z.array(version), next: z.int().optional() });

export function renderVersions({ versions, next }: NamedVersionPage): z.input<typeof versionsOutput> {
  return { versions: versions.map(renderVersion), ...(next === undefined ? {} : { next }) };
}

function renderVersion({ createdAt, activations, ...rest }: NamedVersion): z.input<typeof version> {
  return {
    ...rest,
    created_at: new Date(createdAt).toISOString(),
    activations: activations.map(({ at, author, receipt, change: { policies, ...changes } }) => ({
      at: new Date(at).toISOString(),
      by: author,
      receipt,
      policies,
      added: [...changes.added],
      changed: [...changes.changed],
      removed: [...changes.removed],
      counts: changes.counts,
    })),
  };
}

export const versionOutput = z.strictObject({
  version: z.int(),
  sha256: z.string(),
  active: z.boolean(),
  policies: z.record(z.string(), z.string()),
  /** Against the version that was asked for with `against`. */
  difference: difference.optional(),
});

export function renderComparison(compared: VersionComparison | undefined) {
  return compared === undefined ? {} : { difference: renderDifference(compared.difference) };
}

export const activationOutput = z.strictObject({
  version: z.int(),
  sha256: z.string(),
  changed: z.boolean(),
});

export const testBody = z.strictObject({ request: policyQuestion, policies: policyChanges.default({}) });
export const validationBody = z.strictObject({ policies: policyChanges });

export const NO_VERSION: Problem = {
  status: 404,
  code: 'no-such-version',
  title: 'There is no such version',
  detail: 'No version of this number was ever in force here.',
  remedy: 'The list of versions has all of them.',
};
