import type { ReactNode } from 'react';
import { Code } from '#ui/code.tsx';
import type { FactRow } from '#ui/facts.tsx';
import { visibleText } from '#ui/visible-text.ts';

/** A member of a receipt that is an object; empty when it is not there. */
export function member(
  of: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = of[name];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** A text that is compared or copied; no row without one. */
export function code(term: string, value: unknown): FactRow[] {
  return typeof value === 'string' ? [[term, <Code key={term}>{visibleText(value)}</Code>]] : [];
}

/** A text or a list of texts, as they came from whoever wrote them; no row for nothing. */
export function fact(term: string, value: unknown): FactRow[] {
  if (Array.isArray(value)) {
    const list = value.map((each) => visibleText(String(each)));
    return list.length === 0 ? [] : [[term, list.join(', ')]];
  }
  if (value === undefined) return [];
  return [[term, visibleText(typeof value === 'string' ? value : JSON.stringify(value))]];
}

/** Anything that a page makes; no row for nothing. */
export function row(term: string, value: ReactNode): FactRow[] {
  return value === undefined ? [] : [[term, value]];
}

/** Number and hash of bytes that are not in the receipt. */
export function digest(term: string, value: unknown): FactRow[] {
  if (typeof value !== 'object' || value === null) return [];
  const { sha256, bytes } = value as { sha256?: string; bytes?: number };
  return row(
    term,
    <>
      {bytes} bytes, SHA-256 <Code>{sha256}</Code>
    </>,
  );
}

/** `policy_set_sha256` as a term: `Policy set sha256`. */
export function termOf(name: string): string {
  const text = visibleText(name).replaceAll('_', ' ');
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
