import type { SignatureAhead, Signer } from '#lib/keys';
import { MINTED_TOKEN_SECONDS } from './constants.ts';

/** Who a token speaks of, to whom, and by whom it is issued: the same for many calls. */
export interface TokenSubject {
  /** `<canonical>/mint`. */
  readonly issuer: string;
  /** The upstream's URL as registered. */
  readonly audience: string;
  readonly subject: string;
  /** The agent's client id. */
  readonly actor: string;
  readonly email?: string | undefined;
}

/** What one request adds. */
export interface TokenAct {
  readonly method: string;
  readonly jti: string;
  /** Of tokens that are for no act. */
  readonly purpose?: string | undefined;
  readonly tool?: string;
  readonly uri?: string;
  readonly prompt?: string;
  readonly argsSha256?: string;
}

/** The constant beginning of a token, encoded. */
export interface TokenTemplate {
  readonly signer: Signer;
  readonly prefix: string;
}

/**
 * Header and constant claims as base64url. JSON allows spaces between tokens, so the constant part is filled up to whole
 * base64 groups, and the rest of the payload can be encoded by itself and appended.
 */
export function tokenTemplate(signer: Signer, of: TokenSubject): TokenTemplate {
  const header = JSON.stringify({ alg: 'EdDSA', typ: 'at+jwt', kid: signer.kid });
  const claims = JSON.stringify({
    iss: of.issuer,
    aud: of.audience,
    sub: of.subject,
    // RFC 9068 §2.2 requires it of `at+jwt`.
    client_id: of.actor,
    act: { sub: of.actor },
    ...(of.email === undefined ? {} : { email: of.email }),
  });
  const open = `${claims.slice(0, -1)},`;
  const filled = open + ' '.repeat((3 - (Buffer.byteLength(open) % 3)) % 3);
  return { signer, prefix: `${encode(header)}.${encode(filled)}` };
}

/** A compact JWS (RFC 7515) for one request. */
export function mintToken(template: TokenTemplate, act: TokenAct, nowMs: number): string {
  const input = signingInput(template, act, nowMs);
  return compact(input, template.signer.sign(Buffer.from(input, 'latin1')));
}

/** A token whose signature is made on another thread until it is asked for. */
export class TokenAhead {
  readonly #input: string;
  readonly #signature: SignatureAhead;

  constructor(template: TokenTemplate, act: TokenAct, nowMs: number) {
    this.#input = signingInput(template, act, nowMs);
    this.#signature = template.signer.signAhead(Buffer.from(this.#input, 'latin1'));
  }

  take(): string {
    return compact(this.#input, this.#signature.take());
  }
}

function signingInput({ prefix }: TokenTemplate, act: TokenAct, nowMs: number): string {
  const issuedAt = Math.floor(nowMs / 1000);
  let claims = `"method":${JSON.stringify(act.method)},"jti":${JSON.stringify(act.jti)},"iat":${issuedAt},"exp":${issuedAt + MINTED_TOKEN_SECONDS}`;
  if (act.purpose === undefined) claims += actClaims(act);
  else claims += `,"purpose":${JSON.stringify(act.purpose)}`;
  return prefix + encode(`${claims}}`);
}

function compact(input: string, { buffer, byteOffset, length }: Uint8Array): string {
  return `${input}.${Buffer.from(buffer, byteOffset, length).toString('base64url')}`;
}

function actClaims({ tool, uri, prompt, argsSha256 }: TokenAct): string {
  let claims = '';
  if (tool !== undefined) claims += `,"tool":${JSON.stringify(tool)}`;
  if (uri !== undefined) claims += `,"uri":${JSON.stringify(uri)}`;
  if (prompt !== undefined) claims += `,"prompt":${JSON.stringify(prompt)}`;
  if (argsSha256 !== undefined) claims += `,"args_sha256":${JSON.stringify(argsSha256)}`;
  return claims;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}
