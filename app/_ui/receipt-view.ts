/** The log's clear facts about a receipt. */
export interface ReceiptFacts {
  readonly id: string;
  readonly kind: string;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly index: number;
  readonly log: string;
  readonly mode: 'user' | 'agent' | 'operator' | 'system';
  readonly server?: string;
  readonly tool?: string;
  readonly effect?: 'allow' | 'deny' | 'hold';
  readonly status?: string;
  readonly attempt?: string;
  readonly subject?: string;
}

/** A receipt as its reader may see it: what the console's `viewReceipt` gives, as far as a page shows it. */
export interface ReceiptViewProps {
  readonly row: ReceiptFacts & {
    readonly personName?: string;
    readonly agentName?: string;
    readonly act?: { readonly name: string };
  };
  /** The payload as signed: what everybody who holds the receipt sees. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly disclosed: Readonly<Record<string, unknown>>;
  readonly disclosures: readonly string[];
  readonly undisclosed: number;
  readonly opened: boolean;
  readonly bodies: readonly string[];
  readonly pair?: { readonly summary: ReceiptFacts; readonly bodies: readonly string[] };
  readonly sdJwt?: string;
  readonly proof?: string;
  readonly checkpoint?: { readonly origin: string; readonly size: string; readonly root: string };
  readonly policies?: { readonly version: number; readonly texts: Readonly<Record<string, string>> };
}
