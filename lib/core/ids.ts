import type { Brand } from './brand.ts';
import { err, ok, type Result } from './result.ts';

/** Random UUID of a tenant's row; what row-level security compares. */
export type TenantId = Brand<string, 'TenantId'>;
/** The part of a tenant's address that names it (`acme`): one DNS label. */
export type TenantSlug = Brand<string, 'TenantSlug'>;
/** Random UUID of a person's row. Stays inside the database; receipts carry `SubjectReference`. */
export type PersonId = Brand<string, 'PersonId'>;
/** The random reference to a person that receipts and minted tokens carry: 22 base64url characters, per tenant. */
export type SubjectReference = Brand<string, 'SubjectReference'>;
/** OAuth client identifier of an agent. */
export type ClientId = Brand<string, 'ClientId'>;
/** The path segment that names an MCP server inside its tenant (`everything`). */
export type ServerId = Brand<string, 'ServerId'>;
export type GrantId = Brand<string, 'GrantId'>;
/** UUIDv7 of a receipt (`jti`), allotted when the call arrives. */
export type ReceiptId = Brand<string, 'ReceiptId'>;
/** 16 lower-case hex digits that name one log of a tenant. */
export type LogId = Brand<string, 'LogId'>;
/** RFC 7638 SHA-256 thumbprint of a public key, base64url. */
export type KeyId = Brand<string, 'KeyId'>;
/** Random UUID of one running process; its lease says whether it is alive. */
export type ReplicaId = Brand<string, 'ReplicaId'>;

/** What a slug and a server's id look like; schemas and the fields of forms say it with the same text. */
export const DNS_LABEL_PATTERN = '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$';
/** The client id of an agent that an admin names: it needs no encoding in an address, a header or a policy. */
export const CLIENT_ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$';
/** A policy's id appears in receipts and reasons: readable, and free of markup. */
export const POLICY_ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$';

const DNS_LABEL = new RegExp(DNS_LABEL_PATTERN);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A tenant's slug is one DNS label, because production puts it in the host name. */
export function parseTenantSlug(text: string): Result<TenantSlug, string> {
  if (!DNS_LABEL.test(text)) return err(`'${text}' is not a DNS label (a-z, 0-9, hyphen inside, 63 at most)`);
  return ok(text as TenantSlug);
}

/** A server's id follows the same rule as a slug: it is one path segment of a resource identifier. */
export function parseServerId(text: string): Result<ServerId, string> {
  if (!DNS_LABEL.test(text)) return err(`'${text}' is not a server id (a-z, 0-9, hyphen inside, 63 at most)`);
  return ok(text as ServerId);
}

/** Accepts lower-case UUIDs of any version. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * UUIDv7 (RFC 9562 §5.7) from a time in milliseconds and 10 random bytes.
 * The randomness is a parameter so that core stays pure and the hot path can take it from a pool.
 */
export function uuidV7(epochMs: number, random: Uint8Array): ReceiptId {
  const time = Math.floor(epochMs).toString(16).padStart(12, '0');
  const hex = (index: number, mask = 0xff, set = 0) => HEX[((random[index] ?? 0) & mask) | set] ?? '00';
  const randA = hex(0, 0x0f, 0x70) + hex(1);
  const randB = hex(2, 0x3f, 0x80) + hex(3);
  const node = hex(4) + hex(5) + hex(6) + hex(7) + hex(8) + hex(9);
  return `${time.slice(0, 8)}-${time.slice(8)}-${randA}-${randB}-${node}` as ReceiptId;
}
