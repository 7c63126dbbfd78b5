import { toBase64, utf8, type Json, type JsonObject } from '#lib/core';
import {
  appendLeaf,
  createNoteSigner,
  EMPTY_RANGE,
  encodeVkey,
  formatAddCheckpoint,
  formatCheckpoint,
  formatTlogProof,
  consistencyProof,
  inclusionProof,
  leafHash,
  rootOf,
  signNote,
} from '#lib/tlog';
import { ed25519JwkOf, type BundleReceipt, type ReceiptBody, type TrustFile } from '../index.ts';
import { createSalts, kidOf, makeReceipt, type MadeReceipt, type ReceiptParts } from './make-receipt.ts';
import { keyFrom, nodeCrypto, type TestKey } from './node-crypto.ts';

const h = nodeCrypto.sha256;

/** A bundle that tests take apart and put together wrongly. */
export interface LooseBundle {
  format: string;
  receipts: Record<string, unknown>[];
  keys?: Record<string, unknown>[];
  consistency?: string[];
}

export interface Logged extends MadeReceipt {
  readonly index: number;
  readonly jti: string;
}

export interface AddOptions extends Omit<ReceiptParts, 'clear'> {
  readonly clear?: JsonObject;
  readonly signer?: TestKey;
}

/** A log in memory that does what the real one does, and also what it never would. */
export interface TestLog {
  readonly issuer: string;
  readonly origin: string;
  readonly id: string;
  receiptKey: TestKey;
  logKey: TestKey;
  readonly size: () => number;
  readonly root: (size?: number) => string;
  readonly add: (options: AddOptions) => Logged;
  readonly addKey: (key: JsonObject, options?: Partial<AddOptions>) => Logged;
  readonly checkpoint: (options?: {
    size?: number;
    signers?: readonly TestKey[];
    root?: Uint8Array;
  }) => string;
  readonly proof: (index: number, checkpoint?: string, size?: number) => string;
  readonly consistency: (oldSize: number, newSize?: number) => string;
  readonly entry: (receipt: Logged, options?: EntryOptions) => BundleReceipt;
  readonly bundle: (receipts: readonly Logged[], options?: BundleOptions) => LooseBundle;
  readonly trust: (edit?: (file: TrustFile) => unknown) => string;
}

interface EntryOptions {
  /** Which disclosures to show, by `group.name`; all by default. */
  readonly reveal?: readonly string[];
  readonly body?: ReceiptBody;
  readonly checkpoint?: string;
}

interface BundleOptions extends EntryOptions {
  readonly keys?: readonly Logged[];
  readonly bodies?: Readonly<Record<number, ReceiptBody>>;
}

export function vkeyOf(log: Pick<TestLog, 'origin'>, key: TestKey): string {
  return encodeVkey(h, log.origin, key.publicKey);
}

export function createTestLog(issuer = 'https://acme.mcp.example.com', id = '0123456789abcdef'): TestLog {
  const origin = `${issuer.replace(/^https?:\/\//, '')}/log/${id}`;
  const salts = createSalts(`${origin} salt`);
  const hashes: Uint8Array[] = [];
  const rangeAt = (size = hashes.length) =>
    hashes.slice(0, size).reduce((range, hash) => appendLeaf(h, range, hash), EMPTY_RANGE);
  const subtree = (level: number, index: bigint): Uint8Array =>
    rootOf(
      h,
      hashes
        .slice(Number(index) * 2 ** level, (Number(index) + 1) * 2 ** level)
        .reduce((range, hash) => appendLeaf(h, range, hash), EMPTY_RANGE),
    );

  const log: TestLog = {
    issuer,
    origin,
    id,
    receiptKey: keyFrom('receipt 1'),
    logKey: keyFrom('log 1'),
    size: () => hashes.length,
    root: (size) => toBase64(rootOf(h, rangeAt(size))),
    add({ clear, signer, ...parts }) {
      const index = hashes.length;
      const jti = `019a9f00-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
      const common: Record<string, Json> = {
        iss: issuer,
        jti,
        iat: 1_795_000_000 + index,
        log: { id, size: index, root: log.root() },
        actor: { mode: 'user' },
      };
      const made = makeReceipt({ ...parts, clear: { ...common, ...clear } }, signer ?? log.receiptKey, salts);
      hashes.push(leafHash(h, utf8(made.leaf)));
      return { ...made, index, jti: String(made.payload['jti']) };
    },
    addKey: (key, options = {}) =>
      log.add({ ...options, kind: 'key', clear: { actor: { mode: 'system' }, key, ...options.clear } }),
    checkpoint({ size = hashes.length, signers = [log.logKey], root } = {}) {
      const text = formatCheckpoint({ origin, size: BigInt(size), root: root ?? rootOf(h, rangeAt(size)) });
      return signNote(
        text,
        signers.map((key) => createNoteSigner(h, origin, key.publicKey, key.sign)),
      );
    },
    proof(index, checkpoint = log.checkpoint(), size = hashes.length) {
      const path = inclusionProof(h, BigInt(index), BigInt(size), subtree);
      return formatTlogProof({ index: BigInt(index), hashes: path, checkpoint });
    },
    consistency(oldSize, newSize = hashes.length) {
      const proof = consistencyProof(h, BigInt(oldSize), BigInt(newSize), subtree);
      return formatAddCheckpoint({
        oldSize: BigInt(oldSize),
        proof,
        checkpoint: log.checkpoint({ size: newSize }),
      });
    },
    entry(receipt, { reveal, body, checkpoint } = {}) {
      const shown = Object.entries(receipt.disclosures)
        .filter(([name]) => reveal?.includes(name) ?? true)
        .map(([, text]) => text);
      const rest = { proof: log.proof(receipt.index, checkpoint), ...(body ? { body } : {}) };
      return receipt.kind === 'attempt'
        ? { leaf: receipt.leaf, disclosures: shown, ...rest }
        : { sd_jwt: [receipt.leaf, ...shown, ''].join('~'), ...rest };
    },
    bundle(receipts, { keys, bodies, ...options } = {}) {
      const entry = (receipt: Logged) => {
        const body = bodies?.[receipt.index];
        return { ...log.entry(receipt, { ...options, ...(body ? { body } : {}) }) } as Record<
          string,
          unknown
        >;
      };
      return {
        format: 'countersign-bundle/v1',
        receipts: receipts.map(entry),
        ...(keys ? { keys: keys.map(entry) } : {}),
      };
    },
    trust(edit = (file) => file) {
      return JSON.stringify(
        edit({
          format: 'countersign-trust/v1',
          issuer,
          logs: [
            {
              origin,
              keys: [vkeyOf(log, keyFrom('log 1'))],
              receipt_keys: [{ jwk: ed25519JwkOf(keyFrom('receipt 1').publicKey), from: 0 }],
            },
          ],
        }),
      );
    },
  };
  return log;
}

/** Entry 0: names the log, its key and the receipt key that signs it. */
export function openLog(log: TestLog): Logged {
  return log.addKey({
    purpose: 'receipt',
    kid: kidOf(log.receiptKey),
    jwk: { ...ed25519JwkOf(log.receiptKey.publicKey) },
    log: { id: log.id, origin: log.origin, vkey: vkeyOf(log, log.logKey) },
  });
}

/** Names `next` as the receipt key from the following index on; whoever holds the log uses it from there. */
export function rotateReceiptKey(log: TestLog, next: TestKey, options: Partial<AddOptions> = {}): Logged {
  const key = { purpose: 'receipt', kid: kidOf(next), jwk: { ...ed25519JwkOf(next.publicKey) } };
  const receipt = log.addKey(key, options);
  log.receiptKey = next;
  return receipt;
}

/** Names `next` as a key that signs checkpoints. */
export function addLogKey(log: TestLog, next: TestKey, options: Partial<AddOptions> = {}): Logged {
  const jwk = { ...ed25519JwkOf(next.publicKey) };
  return log.addKey({ purpose: 'log', kid: kidOf(next), jwk, vkey: vkeyOf(log, next) }, options);
}
