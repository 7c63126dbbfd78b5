import { toBase64, utf8, type JsonObject } from '#lib/core';
import {
  appendLeaves,
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
  readonly proof: (index: number, checkpoint?: string) => string;
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
  const tree = createTree();
  const log: TestLog = {
    issuer,
    origin,
    id,
    receiptKey: keyFrom('receipt 1'),
    logKey: keyFrom('log 1'),
    size: tree.size,
    root: (size) => toBase64(tree.root(size)),
    add({ clear, signer, ...parts }) {
      const index = tree.size();
      const jti = `019a9f00-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
      const iat = 1_795_000_000 + index;
      const common = {
        iss: issuer,
        jti,
        iat,
        log: { id, size: index, root: log.root() },
        actor: { mode: 'user' },
      };
      const made = makeReceipt({ ...parts, clear: { ...common, ...clear } }, signer ?? log.receiptKey, salts);
      tree.append(made.leaf);
      return { ...made, index, jti: String(made.payload['jti']) };
    },
    addKey: (key, options = {}) =>
      log.add({ ...options, kind: 'key', clear: { actor: { mode: 'system' }, key, ...options.clear } }),
    checkpoint({ size = tree.size(), signers = [log.logKey], root = tree.root(size) } = {}) {
      const text = formatCheckpoint({ origin, size: BigInt(size), root });
      const noteSigners = signers.map((key) => createNoteSigner(h, origin, key.publicKey, key.sign));
      return signNote(text, noteSigners);
    },
    proof(index, checkpoint = log.checkpoint()) {
      const hashes = inclusionProof(h, BigInt(index), BigInt(tree.size()), tree.read);
      return formatTlogProof({ index: BigInt(index), hashes, checkpoint });
    },
    consistency(oldSize, newSize = tree.size()) {
      const proof = consistencyProof(h, BigInt(oldSize), BigInt(newSize), tree.read);
      const checkpoint = log.checkpoint({ size: newSize });
      return formatAddCheckpoint({ oldSize: BigInt(oldSize), proof, checkpoint });
    },
    entry: (receipt, options) => bundleEntry(log, receipt, options),
    bundle: (receipts, options) => bundleOf(log, receipts, options),
    trust: (edit = (file) => file) => JSON.stringify(edit(trustOf(log))),
  };
  return log;
}

/** A tree that remembers every leaf and computes everything anew. */
function createTree() {
  const leaves: Uint8Array[] = [];
  const rootOfPart = (from: number, to: number) =>
    rootOf(h, appendLeaves(h, EMPTY_RANGE, leaves.slice(from, to)));
  return {
    size: () => leaves.length,
    append: (leaf: string) => void leaves.push(leafHash(h, utf8(leaf))),
    root: (size = leaves.length) => rootOfPart(0, size),
    read: (level: number, index: bigint) =>
      rootOfPart(Number(index) * 2 ** level, (Number(index) + 1) * 2 ** level),
  };
}

function bundleEntry(log: TestLog, receipt: Logged, options: EntryOptions = {}): BundleReceipt {
  const { reveal, body, checkpoint } = options;
  const shown = Object.entries(receipt.disclosures)
    .filter(([name]) => reveal?.includes(name) ?? true)
    .map(([, text]) => text);
  const rest = { proof: log.proof(receipt.index, checkpoint), ...(body ? { body } : {}) };
  return receipt.kind === 'attempt'
    ? { leaf: receipt.leaf, disclosures: shown, ...rest }
    : { sd_jwt: [receipt.leaf, ...shown, ''].join('~'), ...rest };
}

function bundleOf(log: TestLog, receipts: readonly Logged[], options: BundleOptions = {}): LooseBundle {
  const { keys, bodies, ...common } = options;
  const entry = (receipt: Logged): Record<string, unknown> => {
    const body = bodies?.[receipt.index];
    return { ...bundleEntry(log, receipt, { ...common, ...(body ? { body } : {}) }) };
  };
  const format = 'countersign-bundle/v1';
  return { format, receipts: receipts.map(entry), ...(keys ? { keys: keys.map(entry) } : {}) };
}

/** Pins the keys with which every test log begins. */
function trustOf({ issuer, origin }: TestLog): TrustFile {
  const keys = [vkeyOf({ origin }, keyFrom('log 1'))];
  const receiptKeys = [{ jwk: ed25519JwkOf(keyFrom('receipt 1').publicKey), from: 0 }];
  return { format: 'countersign-trust/v1', issuer, logs: [{ origin, keys, receipt_keys: receiptKeys }] };
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
