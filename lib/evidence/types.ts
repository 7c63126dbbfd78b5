import type { Sha256, VerifyEd25519 } from '#lib/tlog';
import type {
  ACTOR_CLAIMS,
  ACTOR_MODES,
  CREDENTIAL_CLAIMS,
  CREDENTIAL_KINDS,
  DECISION_CLAIMS,
  EFFECTS,
  REFUSAL_REASONS,
  SERVER_CLAIMS,
  TOP_CLAIMS,
} from './layout.ts';

/** Both synchronous: `node:crypto` on the server, `pureCrypto` in a browser. */
export interface EvidenceCrypto {
  readonly sha256: Sha256;
  readonly verifyEd25519: VerifyEd25519;
}

export type ReceiptKind =
  | 'attempt'
  | 'tool_call'
  | 'resource_read'
  | 'prompt_get'
  | 'completion'
  | 'task'
  | 'sampling'
  | 'roots'
  | 'elicitation'
  | 'interim'
  | 'late_outcome'
  | 'consent'
  | 'approval'
  | 'sign_in'
  | 'token'
  | 'read'
  | 'key'
  | 'admin'
  | 'erasure'
  | 'aggregate';

export type OutcomeStatus =
  | 'ok'
  | 'tool_error'
  | 'rpc_error'
  | 'protocol_error'
  | 'input_required'
  | 'task'
  | 'denied'
  | 'held'
  | 'cancelled'
  | 'timed_out'
  | 'failed'
  | 'withheld'
  | 'unknown';

export type ActorMode = (typeof ACTOR_MODES)[number];
export type Effect = (typeof EFFECTS)[number];
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export type ActorClaim = (typeof ACTOR_CLAIMS)[number];
export type ServerClaim = (typeof SERVER_CLAIMS)[number];
export type DecisionClaim = (typeof DECISION_CLAIMS)[number];
export type CredentialClaim = (typeof CREDENTIAL_CLAIMS)[number];
export type TopClaim = (typeof TOP_CLAIMS)[number];

/** Where an `_sd` array stands: in the payload itself (`top`) or in the clear member of that name. */
export type GroupName = 'top' | 'actor' | 'server' | 'decision' | 'credential';

/** Clear members that depend on the kind. */
export type OptionalMember =
  | 'aggregate'
  | 'attempt'
  | 'credential'
  | 'decision'
  | 'erasure'
  | 'first_attempt'
  | 'key'
  | 'outcome'
  | 'server'
  | 'tool';

/**
 * One kind of receipt. A group's `_sd` array has exactly as many digests as the group has names; a group without
 * names has no array. The arrays of `server`, `decision` and `credential` stand where that member is present.
 */
export interface KindLayout {
  readonly clear: Readonly<Partial<Record<OptionalMember, 'required' | 'allowed'>>>;
  readonly actor: readonly ActorClaim[];
  readonly server: readonly ServerClaim[];
  readonly decision: readonly DecisionClaim[];
  readonly credential: readonly CredentialClaim[];
  readonly top: readonly TopClaim[];
  /** What `outcome.status` may say. */
  readonly statuses: readonly OutcomeStatus[];
}

/** An Ed25519 public key, with no other member: its RFC 7638 thumbprint is the `kid`. */
export interface Ed25519Jwk {
  readonly crv: 'Ed25519';
  readonly kty: 'OKP';
  readonly x: string;
}

export interface EcJwk {
  readonly crv: 'P-256';
  readonly kty: 'EC';
  readonly x: string;
  readonly y: string;
}

/** The `key` member. With `log` it opens a log (entry 0); with purpose `receipt` it names the next receipt key. */
export type KeyClaim =
  | {
      readonly purpose: 'receipt';
      readonly kid: string;
      readonly jwk: Ed25519Jwk;
      readonly log: { readonly id: string; readonly origin: string; readonly vkey: string };
      /** The log that this one continues, after a restore. */
      readonly previous?: { readonly origin: string; readonly checkpoint?: string };
    }
  | { readonly purpose: 'receipt'; readonly kid: string; readonly jwk: Ed25519Jwk; readonly retires?: string }
  | {
      readonly purpose: 'log';
      readonly kid: string;
      readonly jwk: Ed25519Jwk;
      readonly vkey: string;
      readonly retires?: string;
      /** The last entry of a log that is closed. */
      readonly closed?: true;
    }
  | {
      readonly purpose: 'access-token' | 'mint';
      readonly kid: string;
      readonly jwk: Ed25519Jwk | EcJwk;
      readonly retires?: string;
    };

export interface LogReference {
  readonly id: string;
  readonly size: number;
  /** base64, as in a checkpoint. */
  readonly root: string;
}

/** Counts of one tenant, replica and minute; `reason` occurs once each, in the order of the alphabet. */
export interface AggregateClaim {
  /** Seconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly replica: string;
  readonly counts: readonly { readonly reason: RefusalReason; readonly count: number }[];
}

type Sd = { readonly _sd?: readonly string[] };

/** The payload as it is signed. Members beyond the common ones: `LAYOUT[kind].clear`. */
export interface SignedPayload {
  readonly _sd?: readonly string[];
  readonly _sd_alg: 'sha-256';
  readonly v: 1;
  readonly iss: string;
  readonly jti: string;
  readonly iat: number;
  readonly kind: ReceiptKind;
  readonly log: LogReference;
  readonly actor: Sd & { readonly mode: ActorMode };
  readonly attempt?: string;
  readonly first_attempt?: string;
  readonly server?: Sd & { readonly id: string };
  readonly tool?: { readonly name: string; readonly definition_sha256?: string };
  readonly decision?: Sd & { readonly effect: Effect; readonly policy_set_sha256: string };
  readonly credential?: Sd & { readonly kind: CredentialKind };
  readonly outcome?: { readonly status: OutcomeStatus };
  readonly key?: KeyClaim;
  readonly aggregate?: AggregateClaim;
  /** Seconds since the epoch from when the erasure also holds for every backup. */
  readonly erasure?: { readonly backups_from: number };
}

/** SHA-256 (64 hex digits) and number of the bytes that a body must have. */
export interface Digest {
  readonly sha256: string;
  readonly bytes: number;
}

export interface ActorClaims {
  readonly sub?: string;
  readonly idp_issuer?: string;
  readonly idp_subject?: string;
  readonly email?: string;
  readonly name?: string;
  readonly groups?: readonly string[];
  readonly ip?: string;
  readonly client_id?: string;
  readonly workload?: string;
  readonly session?: string;
}

export interface DecisionClaims {
  readonly policies?: readonly string[];
  readonly reasons?: readonly string[];
  readonly obligations?: readonly string[];
  readonly shadow?: readonly string[];
}

export interface TopClaims {
  readonly uri?: string;
  readonly prompt?: string;
  readonly arguments?: Digest;
  readonly received?: Digest;
  readonly result?: Digest & { readonly member: 'result' | 'error' };
  readonly upstream?: Digest;
  readonly events?: { readonly count: number; readonly sha256: string };
  /** RFC 8785 text, or the digest of a body when that text is above 1 KiB. */
  readonly values?: string | Digest;
  readonly context?: string | Digest;
  /** Milliseconds since the epoch. */
  readonly timing?: {
    readonly received_ms: number;
    readonly forwarded_ms?: number;
    readonly answered_ms?: number;
  };
  /** Receipt ids of the elicitations and approvals that this call waited for. */
  readonly elicitations?: readonly string[];
  /** RFC 8785 text. */
  readonly details?: string;
  readonly subject?: string;
}

/** The payload after RFC 9901 processing: disclosed claims stand where their digests stood. */
export type ReceiptPayload = Omit<
  SignedPayload,
  '_sd' | '_sd_alg' | 'actor' | 'server' | 'decision' | 'credential'
> &
  TopClaims & {
    readonly actor: { readonly mode: ActorMode } & ActorClaims;
    readonly server?: { readonly id: string; readonly url_sha256?: string };
    readonly decision?: { readonly effect: Effect; readonly policy_set_sha256: string } & DecisionClaims;
    readonly credential?: { readonly kind: CredentialKind; readonly reference?: string };
  };
