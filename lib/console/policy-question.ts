import type { JsonObject, Role } from '#lib/core';

/** Somebody who signed in here, or anybody whose claims are written down. */
type QuestionPerson =
  | { readonly reference: string }
  | {
      readonly groups: readonly string[];
      readonly roles: readonly Role[];
      readonly issuer: string;
      readonly subject: string;
      readonly email?: string | undefined;
      readonly name?: string | undefined;
    };

/** A request that nobody made: at most one of tool, prompt, resource, template and task; a task also with its tool. */
export interface PolicyQuestion {
  readonly person?: QuestionPerson | undefined;
  readonly agent: {
    readonly client_id: string;
    /** Absent: the agent is one that is known here, with the admission it has. */
    readonly admission?: 'listed' | 'admitted' | 'open' | undefined;
  };
  readonly server: string;
  readonly tool?: string | undefined;
  readonly prompt?: string | undefined;
  readonly resource?: string | undefined;
  readonly template?: string | undefined;
  readonly task?: string | undefined;
  /** Absent: what one does with the thing that is named. */
  readonly action?: string | undefined;
  readonly arguments?: JsonObject | undefined;
  /** The same as text, read exactly as an agent's would be. */
  readonly arguments_json?: string | undefined;
  /** ISO 8601. */
  readonly time?: string | undefined;
  readonly ip?: string | undefined;
  readonly session?: string | undefined;
}

/** A question with the answer that is expected. */
export interface PolicyCase {
  readonly name: string;
  readonly request: PolicyQuestion;
  readonly expect: {
    readonly effect: 'allow' | 'deny';
    /** Each has to be among the deciding policies. */
    readonly policies?: readonly string[] | undefined;
    /** Whether the thing can't even be seen. */
    readonly hidden?: boolean | undefined;
  };
}
