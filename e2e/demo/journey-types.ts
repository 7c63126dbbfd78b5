import type { HttpBrowser } from '../fixtures/http-browser.ts';
import type { DemoAgent, McpSession } from './agent.ts';
import type { Narrator } from './narrator.ts';
import type { DemoStack } from './stack.ts';

export interface ReceiptLine {
  readonly id: string;
  readonly kind: string;
  readonly tool?: string;
  readonly effect?: string;
  readonly status?: string;
}

/** What the journey leaves behind. */
export interface JourneyResult {
  receipts: readonly ReceiptLine[];
  bundle: string;
  trust: string;
}

/** What a step hands to the later ones. */
export interface Journey {
  readonly stack: DemoStack;
  readonly narrator: Narrator;
  readonly result: JourneyResult;
  /** Seconds since the epoch: what is older belongs to an earlier run. */
  readonly startedSeconds: number;
  readonly alice: HttpBrowser;
  readonly agent: DemoAgent;
  readonly everythingUrl: string;
  readonly ledgerUrl: string;
  ledger?: McpSession;
}
