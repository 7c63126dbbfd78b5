import type { ClientId, JsonObject, Result, ServerId, SubjectReference } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import type {
  PolicyDecision,
  PolicyDifference,
  PolicyExplanation,
  PolicyOutline,
  PolicyProblem,
  PolicyTexts,
  PolicyVersion,
} from '#lib/policy';
import type { PolicyCase, PolicyQuestion } from './policy-question.ts';

/** Who brought a version into force, as auditors and admins may know it. */
export interface NamedAuthor {
  /** Of a person who is still known: name, else email, else reference; of an operator: `cli:<user>`. */
  readonly name?: string;
  readonly reference?: SubjectReference;
  readonly mode: PolicyVersion['activations'][number]['author']['mode'];
  /** The person was erased since. */
  readonly erased: boolean;
}

export type NamedActivation = Omit<PolicyVersion['activations'][number], 'author'> & {
  readonly author: NamedAuthor;
};

export interface NamedVersion extends Omit<PolicyVersion, 'activations'> {
  readonly activations: readonly NamedActivation[];
}

export interface NamedVersionPage {
  readonly versions: readonly NamedVersion[];
  readonly next?: number;
}

/** The set in force; version 0 has no policies, and everything is denied. */
export interface ActiveSet {
  readonly version: number;
  /** False: it was not put in force here, and denies everything. */
  readonly isSaved: boolean;
  readonly sha256: string;
  readonly policies: readonly PolicyOutline[];
}

/** The active set with some policies put, or taken out (null). */
export type PolicyChanges = Readonly<Record<string, string | null>>;

export interface CheckedDraft {
  readonly problems: readonly PolicyProblem[];
  readonly difference: readonly PolicyDifference[];
}

/** What is wrong with a question: where in it, and in a text inside it from 1. */
export interface QuestionProblem {
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  readonly expected: PolicyCase['expect'];
  /** Absent: the case could not be asked, `problems` say why. */
  readonly decision?: PolicyDecision;
  readonly problems: readonly QuestionProblem[];
}

export interface VersionComparison {
  readonly from: number;
  readonly to: number;
  readonly difference: readonly PolicyDifference[];
}

/** What a hypothetical request may name. */
export interface QuestionChoices {
  readonly servers: readonly {
    readonly id: ServerId;
    readonly title: string;
    readonly tools: readonly string[];
  }[];
  readonly agents: readonly { readonly clientId: ClientId; readonly name: string }[];
  /** The first of them; others are found by their reference. */
  readonly people: readonly { readonly reference: SubjectReference; readonly name: string }[];
}

/** Policies as those see them who write and audit them. Nothing here changes anything or leaves a receipt. */
export interface PolicyDesk {
  active(tenant: TenantRecord): Promise<ActiveSet>;
  versions(tenant: TenantRecord, before?: number): Promise<NamedVersionPage>;
  texts(
    tenant: TenantRecord,
    version: number,
  ): Promise<
    | {
        readonly version: number;
        readonly sha256: string;
        readonly active: boolean;
        readonly policies: PolicyTexts;
      }
    | undefined
  >;
  /** Undefined: one of the two is not there. 0 is the set without policies. */
  compare(tenant: TenantRecord, from: number, to: number): Promise<VersionComparison | undefined>;
  /** What saving these changes would be refused for, and what it would change. */
  check(tenant: TenantRecord, changes: PolicyChanges): Promise<CheckedDraft>;
  /** What a call would be answered by the active set with these changes. Nothing is executed. */
  ask(
    tenant: TenantRecord,
    question: PolicyQuestion,
    changes: PolicyChanges,
  ): Promise<Result<PolicyExplanation, readonly QuestionProblem[]>>;
  choices(tenant: TenantRecord): Promise<QuestionChoices>;
  /** The pinned input schema of a tool. */
  toolSchema(
    tenant: TenantRecord,
    tool: { readonly server: string; readonly tool: string },
  ): Promise<JsonObject | undefined>;
  /** Puts cases to the active set. */
  runCases(tenant: TenantRecord, cases: readonly PolicyCase[]): Promise<readonly CaseResult[]>;
  schemaText(
    tenant: TenantRecord,
    tool?: { readonly server: string; readonly tool: string },
  ): Promise<string | undefined>;
}

export type { PolicyCase, PolicyQuestion };
