/** A receipt as its reader may see it: what the console's `viewReceipt` gives, as far as a page shows it. */
export interface ReceiptViewProps {
  readonly row: {
    readonly id: string;
    readonly kind: string;
    readonly at: number;
    readonly index: number;
    readonly log: string;
    readonly mode: string;
    readonly server?: string;
    readonly tool?: string;
    readonly effect?: 'allow' | 'deny' | 'hold';
    readonly status?: string;
    readonly attempt?: string;
    readonly subject?: string;
    readonly personName?: string;
    readonly agentName?: string;
  };
  /** The payload as signed: what everybody who holds the receipt sees. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly disclosed: Readonly<Record<string, unknown>>;
  readonly opened: boolean;
  readonly bodies: readonly string[];
  readonly sdJwt?: string;
  readonly proof?: string;
}
