import { explainRefusedLog, type RefusalReason } from '#lib/receipts';
import type { HttpRefusal } from './http-answers.ts';
import type { Caller, Parts } from './parts.ts';
import type { Exchange } from './types.ts';

/** Refuses and counts: strangers can't grow the log, but it says how many they were. */
export function refuse(
  parts: Parts,
  exchange: Exchange,
  status: number,
  reason: RefusalReason,
  message: string,
  headers: readonly string[] = [],
): void {
  parts.receipts.refuse(exchange.tenant.id, reason);
  parts.answers.refuse(exchange, { status, message, headers });
}

/** Database, keys, log or policy can't be reached: nothing is decided and nothing forwarded. */
export function unavailable(parts: Parts, exchange: Exchange, error: unknown): void {
  parts.telemetry.logger.error(
    { err: error, requestId: exchange.requestId },
    'a call was refused because something it needs is gone',
  );
  const message =
    explainRefusedLog(error) ??
    'Countersign can not reach something it needs (database, keys, log or policy), so nothing was forwarded. Try again shortly.';
  parts.receipts.refuse(exchange.tenant.id, 'unavailable');
  parts.answers.refuse(exchange, { status: 503, message, headers: ['retry-after', '1'] });
}

/** Runs a step that a callback enters anew: what it throws is a defect, and must not end the process. */
export function step(parts: Parts, exchange: Exchange, run: () => void): void {
  try {
    run();
  } catch (error) {
    parts.telemetry.logger.error({ err: error, requestId: exchange.requestId }, 'a call met a defect');
    const message = `Something went wrong here; the log has it under ${exchange.requestId}. Nothing was handed out.`;
    parts.answers.refuse(exchange, { status: 500, code: -32_603, message });
  }
}

/** What is no message is counted, and not receipted: it is nobody's act. */
export function refuseMessage(parts: Parts, { exchange, tenant }: Caller, refusal: HttpRefusal): void {
  parts.receipts.refuse(tenant.id, refusal.status === 415 ? 'unsupported_media_type' : 'malformed_request');
  parts.answers.refuse(exchange, refusal);
}

/** Runs what is not hot as a promise; what it throws is infrastructure that is gone. */
export function guarded(parts: Parts, caller: Caller, run: () => Promise<void>): void {
  run().catch((error: unknown) => unavailable(parts, caller.exchange, error));
}
