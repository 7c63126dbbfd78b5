import type { ClientId, JsonObject, PersonId, ReceiptId, ServerId, SubjectReference } from '#lib/core';
import type {
  AggregateClaim,
  CredentialKind,
  Effect,
  KeyClaim,
  OutcomeStatus,
  ReceiptKind,
} from '#lib/evidence';

/** Who a receipt names. A `Person` of core fits; the claims enter disclosures only. */
export interface ReceiptPerson {
  readonly id: PersonId;
  readonly reference: SubjectReference;
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string;
  readonly name?: string;
  readonly groups: readonly string[];
}

export interface ReceiptActor {
  /** `operator` acts at the machine (CLI), `system` is Countersign itself. */
  readonly mode: 'user' | 'agent' | 'operator' | 'system';
  /** Keep handing in the same object for the same person: its constant parts are cached by identity. */
  readonly person?: ReceiptPerson;
  readonly clientId?: ClientId | string;
  readonly workload?: string;
  /** Random per MCP session. */
  readonly session?: string | undefined;
  readonly ip?: string;
}

export interface TextDigest {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** What a module wants receipted: everything but what the log adds. Private parts are sealed before they are stored. */
export interface ReceiptDraft {
  readonly id: ReceiptId;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: ReceiptKind;
  /** The attempt that this outcome closes. */
  readonly attempt?: ReceiptId | undefined;
  /** Of a resend: the first attempt. */
  readonly firstAttempt?: ReceiptId | undefined;
  /** Of an attempt: the kind its outcome will have. Left out: by tool, uri or prompt, else `completion`. */
  readonly outcomeKind?: ReceiptKind | undefined;
  readonly actor: ReceiptActor;
  readonly server?: { readonly id: ServerId | string; readonly urlSha256?: string };
  readonly tool?: { readonly name: string; readonly definitionSha256?: string } | undefined;
  readonly uri?: string | undefined;
  readonly prompt?: string | undefined;
  readonly decision?: ReceiptDecision;
  readonly credential?: { readonly kind: CredentialKind; readonly reference?: string } | undefined;
  readonly status?: OutcomeStatus | undefined;
  /** `text` is the RFC 8785 text that was hashed; it is sealed with the attempt (waived: with the outcome). */
  readonly arguments?: (TextDigest & { readonly text?: string }) | undefined;
  readonly received?: TextDigest;
  readonly result?:
    | {
        readonly bytes?: Uint8Array;
        readonly sha256: string;
        readonly length?: number;
        readonly member: 'result' | 'error';
      }
    | undefined;
  readonly upstream?: TextDigest | undefined;
  readonly events?: { readonly count: number; readonly sha256: string } | undefined;
  /** RFC 8785 text of what replay needs; above 1 KiB it becomes a body and its digest is disclosed. */
  readonly context?: string | undefined;
  /** RFC 8785 text; as `context`. */
  readonly values?: string;
  readonly timing?:
    { readonly receivedMs: number; readonly forwardedMs?: number; readonly answeredMs?: number } | undefined;
  readonly elicitations?: readonly string[];
  /** What an administrative act was about; travels as RFC 8785 text inside one disclosure. */
  readonly details?: JsonObject | undefined;
  /** The person whom an act of somebody else was about: `details` is then sealed under this person's key. */
  readonly about?: { readonly id: PersonId; readonly reference: SubjectReference };
  /** A public key before its first use. */
  readonly key?: KeyClaim;
  readonly aggregate?: AggregateClaim;
  /** Of kind `erasure`: seconds since the epoch from when on it also holds for every backup. */
  readonly erasure?: { readonly backupsFrom: number };
}

export interface ReceiptDecision {
  readonly effect: Effect;
  readonly policySetSha256: string;
  readonly policies: readonly string[];
  readonly reasons: readonly string[];
  readonly obligations: readonly string[];
  readonly shadow: readonly string[];
}
