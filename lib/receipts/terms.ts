import { keepAtHand } from '#lib/core';
import { OUTCOME_KINDS } from '#lib/evidence';
import { DISCLOSURE_PARTS_MAX } from './constants.ts';
import { sha256Hex } from './hash.ts';
import type { QueuedReceipt } from './queued-receipt.ts';

/** What receipts are found by. Stored as numbers: never renumber. 1 and 2 were whole ids, which nothing reads any more. */
export const TERM_TYPES = {
  subject: 3,
  client: 4,
  server: 5,
  /** Server and tool. */
  tool: 6,
  kind: 7,
  effect: 8,
  status: 9,
  /** A key that a `key` receipt announces. */
  key: 10,
  /** When the receipt's id was allotted. */
  receipt: 11,
  /** When the attempt that an outcome closes was. */
  closes: 12,
} as const;
export type TermType = keyof typeof TERM_TYPES;

export interface Term {
  readonly type: number;
  /** A UUID, with or without hyphens. */
  readonly term: string;
}

/** The first 44 of a UUIDv7's 48 bits of time: ids of the same 16 ms share them. */
const TIME_DIGITS = { first: 8, second: 3 };
const NO_MORE_DIGITS = '0'.repeat(32 - TIME_DIGITS.first - TIME_DIGITS.second);

/** Values so common that a walk through the log finds them as fast as an index. */
const COMMON: Readonly<Partial<Record<TermType, readonly string[]>>> = {
  kind: ['attempt', 'tool_call'],
  effect: ['allow'],
  status: ['ok'],
};
const known = new Map<string, string>();

/** Whether receipts with this value have a term. */
export function hasTerm(type: TermType, value: string): boolean {
  return COMMON[type]?.includes(value) !== true;
}

/**
 * The term of a receipt's id, or of the attempt that it closes: when it was allotted. Receipts of one batch were mostly
 * allotted together, so that a batch has a few of these, where a row for each id would cost more than all else that is
 * written of it. Whoever looks for an id finds the few batches of that moment, and the id in one of them.
 */
export function idTerm(type: 'receipt' | 'closes', id: string): Term {
  const { first, second } = TIME_DIGITS;
  // A UUID's first hyphen stands behind its first eight digits.
  const time = id.slice(0, first) + id.slice(first + 1, first + 1 + second);
  return { type: TERM_TYPES[type], term: time + NO_MORE_DIGITS };
}

/** The terms of several ids, each once. */
export function idTerms(type: 'receipt' | 'closes', ids: Iterable<string>): Term[] {
  const terms = new Map<string, Term>();
  for (const id of ids) {
    const term = idTerm(type, id);
    terms.set(term.term, term);
  }
  return [...terms.values()];
}

/** The term of any other value: the first 16 bytes of its hash. Collisions are filtered out when rows are read. */
export function valueTerm(type: TermType, value: string): Term {
  const term =
    known.get(value) ?? keepAtHand(known, DISCLOSURE_PARTS_MAX, value, sha256Hex(value).slice(0, 32));
  return { type: TERM_TYPES[type], term };
}

/** One value for a tool, which is only named inside its server. */
export function toolValue(server: string, tool: string): string {
  return `${server}\n${tool}`;
}

/** Everything that the receipts of a batch are found by, each once. */
export function receiptTerms(receipts: readonly QueuedReceipt[]): Term[] {
  const ids: string[] = [];
  const attempts: string[] = [];
  const terms: Term[] = [];
  const values: Partial<Record<TermType, Set<string>>> = {};
  const add = (type: TermType, value: string | undefined) => {
    if (value === undefined || value === '' || !hasTerm(type, value)) return;
    const known = (values[type] ??= new Set());
    if (known.has(value)) return;
    known.add(value);
    terms.push(valueTerm(type, value));
  };
  for (const { draft, sealing } of receipts) {
    const { id, kind, attempt, actor, server, tool, decision, status, key } = draft;
    ids.push(id);
    if (attempt !== undefined && OUTCOME_KINDS.includes(kind)) attempts.push(attempt);
    add('subject', actor.person?.reference);
    add('client', sealing.client);
    add('server', server?.id);
    if (tool !== undefined) add('tool', toolValue(server?.id ?? '', tool.name));
    add('kind', kind);
    add('effect', decision?.effect);
    add('status', status);
    add('key', key?.kid);
  }
  terms.push(...idTerms('receipt', ids), ...idTerms('closes', attempts));
  return terms;
}
