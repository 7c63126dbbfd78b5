import type { JsonObject } from '#lib/core';
import type { ReceiptKind } from '#lib/receipts';
import type { ReceiptAct } from './receipt-types.ts';

/** Kinds that one label hides much behind: of these the details say what was done. */
const KINDS: ReadonlySet<ReceiptKind> = new Set(['admin', 'consent', 'sign_in', 'token']);

export function hasAct(kind: ReceiptKind): boolean {
  return KINDS.has(kind);
}

/** What was done, and to what: `policy.save` to the policies that it changed. Undefined where the details name no act. */
export function nameAct(kind: ReceiptKind, details: JsonObject): ReceiptAct | undefined {
  const { action, event } = details;
  if (typeof action === 'string') return { name: action, objects: objectsOf(action, details) };
  return typeof event === 'string' ? { name: `${kind}.${event}`, objects: [] } : undefined;
}

function objectsOf(action: string, details: JsonObject): readonly string[] {
  const [family] = action.split('.');
  switch (family) {
    case 'agent':
      return textsOf(details['client_id']);
    case 'definition':
      return textsOf(details['name']);
    case 'key':
      return textsOf(details['key']);
    case 'policy':
      return ['added', 'changed', 'removed'].flatMap((change) => textsOf(details[change]));
    default:
      return [];
  }
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
}
