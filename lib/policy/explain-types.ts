import type { Result } from '#lib/core';
import type { PolicyDecision, PolicyProblem, PolicyRequest } from './types.ts';

/** A policy that takes part for one side. */
export interface DecidingPolicy {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly reason?: string;
}

/** A policy about this very action and resource that does not take part, and what of it does not hold. */
export interface NearPolicy {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  /** `principal`: it is about somebody else. `condition`: this clause of it is not true here. */
  readonly because: 'principal' | 'condition';
  /** Cedar text of what does not hold: `principal in Group::"finance"`, `when { … }`. Empty for one too deep to show. */
  readonly clause: string;
}

/** What the policies say about one of the two: a call for a person needs both. */
export interface SideExplanation {
  readonly side: 'person' | 'agent';
  readonly effect: 'allow' | 'deny';
  readonly satisfied: readonly DecidingPolicy[];
  /** Ids of policies whose evaluation failed: any of them denies. */
  readonly errors: readonly string[];
  readonly near: readonly NearPolicy[];
}

export interface PolicyExplanation {
  /** Exactly what a call would be answered. */
  readonly decision: PolicyDecision;
  /** Empty where nothing could be asked: the thing is not pinned, or the arguments do not fit. */
  readonly sides: readonly SideExplanation[];
}

/** Some policies, in force or not, that hypothetical requests are put to. Nothing is executed, written or receipted. */
export interface PolicyDraft {
  readonly setSha256: string;
  explain(request: PolicyRequest): PolicyExplanation;
}

export interface PolicyTests {
  /** Refuses only what can't be parsed; whether the servers bear the policies out is `validate`'s. Pure. */
  draft(policies: Readonly<Record<string, string>>): Result<PolicyDraft, readonly PolicyProblem[]>;
}
