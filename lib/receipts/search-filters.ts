import { maySee } from './find-receipts.ts';
import { hasTerm, idTerm, toolValue, valueTerm, type Term } from './terms.ts';
import type { ReceiptFilters, ReceiptSummary, Viewer } from './types.ts';

/** What is looked for, with the viewer's rights in it. */
export interface Wanted {
  readonly viewer: Viewer;
  readonly filters: ReceiptFilters;
  /** `filters.agent` as the log holds it. */
  readonly client: string | undefined;
  /** One line a call: an attempt whose outcome is found as well is left out. */
  readonly fold: boolean;
}

/** Undefined: this viewer can see nothing that fits, whatever is in the log. */
export function wantedBy(
  viewer: Viewer,
  filters: ReceiptFilters,
  client: string | undefined,
  fold: boolean,
): Wanted | undefined {
  // An attempt without an outcome is told from others by looking for it.
  const folds = fold || filters.status === 'none';
  if (viewer.all) return { viewer, filters, client, fold: folds };
  const { reference } = viewer;
  if (reference === undefined) return undefined;
  if (filters.person !== undefined && filters.person !== reference) return undefined;
  return { viewer, filters: { ...filters, person: reference }, client, fold: folds };
}

/** Every term that a batch must hold. What is common has none: a walk finds it as fast. */
export function termsOf({ filters, client }: Wanted): Term[] {
  const { person, server, tool, status, effect, kind, receipt } = filters;
  const terms: Term[] = [];
  if (receipt !== undefined) terms.push(idTerm('receipt', receipt));
  if (person !== undefined) terms.push(valueTerm('subject', person));
  if (client !== undefined) terms.push(valueTerm('client', client));
  if (server !== undefined && tool !== undefined) terms.push(valueTerm('tool', toolValue(server, tool)));
  else if (server !== undefined) terms.push(valueTerm('server', server));
  if (status !== undefined && status !== 'none' && hasTerm('status', status))
    terms.push(valueTerm('status', status));
  if (effect !== undefined && hasTerm('effect', effect)) terms.push(valueTerm('effect', effect));
  if (kind !== undefined && hasTerm('kind', kind)) terms.push(valueTerm('kind', kind));
  return terms;
}

/** Whether an entry is what is looked for: terms may collide, and a batch holds other entries too. */
export function fits({ viewer, filters, client }: Wanted, entry: ReceiptSummary): boolean {
  const is = (wanted: string | undefined, value: string | undefined) =>
    wanted === undefined || wanted === value;
  return (
    maySee(viewer, entry.subject) &&
    is(filters.receipt, entry.id) &&
    is(filters.person, entry.subject) &&
    is(client, entry.client) &&
    is(filters.server, entry.server) &&
    is(filters.tool, entry.tool) &&
    is(filters.effect, entry.effect) &&
    is(filters.kind, entry.kind) &&
    (filters.status === 'none' ? entry.kind === 'attempt' : is(filters.status, entry.status)) &&
    (filters.from === undefined || entry.at >= filters.from) &&
    (filters.to === undefined || entry.at <= filters.to)
  );
}
