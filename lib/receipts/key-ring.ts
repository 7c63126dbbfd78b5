import { keepAtHand, type Clock, type LogId, type TenantId } from '#lib/core';
import type { Keys, Sealer, SignatureAhead, Signer } from '#lib/keys';
import { createNoteSigner, type NoteSigner, type VerifierKey } from '#lib/tlog';
import { headerText } from './compose-receipt.ts';
import { CLIENT_LOOKUPS_MAX, SEALER_KEPT_MS, SEALERS_MAX } from './constants.ts';
import type { SealedUnder } from './frames.ts';
import { sha256 } from './hash.ts';
import { parseLogKids } from './log-kids.ts';
import type { ReceiptDraft } from './types.ts';

/** The keys that a head names, ready to sign without waiting. */
export interface Signing {
  readonly receiptKid: string;
  readonly logKids: string;
  readonly header: string;
  readonly sign: (message: Uint8Array) => Uint8Array;
  readonly signAhead: (message: Uint8Array) => SignatureAhead;
  readonly logSigners: readonly { readonly signer: NoteSigner; readonly untilMs: number }[];
  /** The same keys, to check what they signed. */
  readonly logKeys: readonly VerifierKey[];
}

/** What one draft is sealed with, loaded before it is queued. */
export interface Sealing {
  /** Undefined when the person's key is destroyed: what is about them is then kept by nobody. */
  readonly own: Sealer | undefined;
  readonly about: Sealer | undefined;
  /** HMAC of the client's id, or ''. */
  readonly client: string;
}

/**
 * One tenant's keys as the appending path needs them: loaded beforehand, used synchronously.
 * Sealers are dropped after a minute, so that a destroyed person key is soon forgotten everywhere.
 */
export interface KeyRing {
  loadSigning(origin: string, receiptKid: string, logKids: string): Promise<Signing>;
  /** Undefined: not all of it is here, call `loadSealing`. */
  sealing(draft: ReceiptDraft): Sealing | undefined;
  /** `fresh`: asked of keys again, because a sealer turned out to be stale. */
  loadSealing(draft: ReceiptDraft, fresh?: 'fresh'): Promise<Sealing>;
  /** For what is about nobody; asked of keys anew. */
  loadArchiveSealer(): Promise<Sealer>;
  /** Undefined when the person's key is destroyed. */
  open(under: SealedUnder, record: string, envelope: Uint8Array): Promise<Uint8Array | undefined>;
  clientLookup(clientId: string): Promise<string>;
}

/** What receipts' envelopes say they are for. */
export const PURPOSE = 'receipts';

interface KeptSealer {
  /** Undefined: the person's key is destroyed. */
  readonly sealer: Sealer | undefined;
  readonly at: number;
}

export function createKeyRing(keys: Keys, tenant: TenantId, clock: Clock): KeyRing {
  const signers = new Map<string, Signer>();
  const sealers = new Map<string, KeptSealer>();
  const clients = new Map<string, string>();

  const signer = async (kid: string): Promise<Signer> => {
    const found = signers.get(kid) ?? (await keys.signerByKid(tenant, kid));
    signers.set(kid, found);
    return found;
  };
  const kept = (under: SealedUnder): KeptSealer | undefined => {
    const found = sealers.get(under ?? '');
    return found && clock.now() - found.at < SEALER_KEPT_MS ? found : undefined;
  };
  const loadSealer = async (under: SealedUnder, fresh?: 'fresh'): Promise<Sealer | undefined> => {
    const found = fresh ? undefined : kept(under);
    if (found) return found.sealer;
    const sealer = await keys.sealer(tenant, under === undefined ? 'archive' : { person: under });
    return keepAtHand(sealers, SEALERS_MAX, under ?? '', { sealer, at: clock.now() }).sealer;
  };
  const clientLookup = async (clientId: string): Promise<string> => {
    const found = clients.get(clientId);
    if (found !== undefined) return found;
    const made = Buffer.from(await keys.lookup(tenant, 'receipt-client', clientId))
      .toString('hex')
      .slice(0, 32);
    return keepAtHand(clients, CLIENT_LOOKUPS_MAX, clientId, made);
  };

  return {
    clientLookup,
    loadSigning: async (origin, receiptKid, logKids) => {
      const receipt = await signer(receiptKid);
      const logSigners = [];
      const logKeys: VerifierKey[] = [];
      for (const { kid, untilMs } of parseLogKids(logKids)) {
        const { publicKey, sign } = await signer(kid);
        const noteSigner = createNoteSigner(sha256, origin, publicKey, sign);
        logSigners.push({ signer: noteSigner, untilMs });
        logKeys.push({ name: origin, id: noteSigner.id, publicKey });
      }
      const { sign, signAhead } = receipt;
      return { receiptKid, logKids, header: headerText(receiptKid), sign, signAhead, logSigners, logKeys };
    },
    sealing: ({ actor: { person, clientId }, about }) => {
      const own = kept(person?.id);
      const other = about === undefined ? own : kept(about.id);
      const client = clientId === undefined ? '' : clients.get(clientId);
      if (own === undefined || other === undefined || client === undefined) return undefined;
      return { own: own.sealer, about: other.sealer, client };
    },
    loadSealing: async ({ actor: { person, clientId }, about }, fresh) => {
      const own = await loadSealer(person?.id, fresh);
      const other = about === undefined ? own : await loadSealer(about.id, fresh);
      return { own, about: other, client: clientId === undefined ? '' : await clientLookup(clientId) };
    },
    loadArchiveSealer: async () => await keys.sealer(tenant, 'archive'),
    open: async (under, record, envelope) =>
      (await loadSealer(under, 'fresh'))?.open({ purpose: PURPOSE, record }, envelope),
  };
}

/** What an envelope of a batch is bound to. */
export function archiveRecord(log: LogId, batchId: string, under: SealedUnder): string {
  return `${log}/${batchId}/${under ?? 'archive'}`;
}
