import { toBase64 } from '#lib/core';
import type { Checkpoint } from '#lib/tlog';
import { OUTCOME_KINDS } from './layout.ts';
import type { Entry } from './read-bundle.ts';
import type { Recorder } from './recorder.ts';

interface Placed {
  readonly at: string;
  readonly index: bigint;
  readonly entry: Entry;
}

/** No two receipts with one `jti` or one index. The same `key` receipt may stand among receipts and among keys. */
export function checkUniqueness(receipts: readonly Entry[], keys: readonly Entry[], record: Recorder): void {
  const wrong = findTwin(receipts) ?? findTwin(keys) ?? findConflict(receipts, keys);
  if (wrong === undefined) record.yes('uniqueness', 'no two receipts share an id or a place in the log');
  else record.no('uniqueness', wrong);
}

function findTwin(entries: readonly Entry[]): string | undefined {
  const seen = new Map<string, string>();
  for (const { at, opened, proof } of entries) {
    const marks = [
      opened.ok ? `id ${opened.value.signed.jti}` : undefined,
      proof ? `index ${proof.index}` : undefined,
    ];
    for (const mark of marks) {
      if (mark === undefined) continue;
      if (seen.has(mark)) return `${seen.get(mark)} and ${at} share the ${mark}`;
      seen.set(mark, at);
    }
  }
  return undefined;
}

function findConflict(receipts: readonly Entry[], keys: readonly Entry[]): string | undefined {
  const idOf = (entry: Entry) => (entry.opened.ok ? entry.opened.value.signed.jti : undefined);
  const ids = new Map(receipts.map((entry) => [idOf(entry), entry]));
  for (const key of keys) {
    const twin = idOf(key) === undefined ? undefined : ids.get(idOf(key));
    if (twin && twin.proof?.index !== key.proof?.index)
      return `${twin.at} and ${key.at} share an id at two indexes`;
  }
  return undefined;
}

/** At most one outcome per attempt, and what names an attempt comes after it. */
export function checkAttempts(entries: readonly Entry[], record: Recorder): string[] {
  const placed = new Map<string, Placed>();
  for (const entry of entries) {
    if (entry.opened.ok && entry.proof) {
      placed.set(entry.opened.value.signed.jti, { at: entry.at, index: entry.proof.index, entry });
    }
  }
  const closedBy = new Map<string, string>();
  const notes: string[] = [];
  let failures = 0;
  const fail = (detail: string, at: string) => {
    failures += 1;
    record.no('attempts', detail, at);
  };
  for (const { at, opened, proof } of entries) {
    if (!opened.ok || !proof) continue;
    const { kind, attempt, first_attempt: first } = opened.value.signed;
    for (const named of [attempt, first]) {
      const target = named === undefined ? undefined : placed.get(named);
      if (named !== undefined && target === undefined)
        notes.push(`${at}: its attempt ${named} is not in the bundle`);
      if (target && kindOf(target.entry) !== 'attempt')
        fail(`names ${target.at} as its attempt, which is none`, at);
      if (target && target.index >= proof.index) fail(`comes before its attempt ${target.at}`, at);
    }
    if (attempt === undefined || !OUTCOME_KINDS.includes(kind)) continue;
    const other = closedBy.get(attempt);
    if (other !== undefined) fail(`is a second outcome of the attempt that ${other} closes`, at);
    closedBy.set(attempt, at);
  }
  for (const [id, { at, entry }] of placed) {
    if (kindOf(entry) === 'attempt' && !closedBy.has(id))
      notes.push(`${at}: its outcome is not in the bundle`);
  }
  if (failures === 0)
    record.yes('attempts', 'no attempt has two outcomes, and none comes before its attempt');
  return notes;
}

function kindOf(entry: Entry): string | undefined {
  return entry.opened.ok ? entry.opened.value.signed.kind : undefined;
}

/** Heads by size: what receipts, the checkpoint and consistency proofs name. Equal sizes have equal roots. */
export function collectHeads(
  entries: readonly Entry[],
  checkpoint: Checkpoint | undefined,
): Map<string, Set<string>> {
  const heads = new Map<string, Set<string>>();
  for (const { opened } of entries) {
    if (opened.ok) addHead(heads, String(opened.value.signed.log.size), opened.value.signed.log.root);
  }
  if (checkpoint) addHead(heads, String(checkpoint.size), toBase64(checkpoint.root));
  return heads;
}

export function addHead(heads: Map<string, Set<string>>, size: string, root: string): void {
  const roots = heads.get(size) ?? new Set();
  roots.add(root);
  heads.set(size, roots);
}

export function checkHeads(heads: ReadonlyMap<string, ReadonlySet<string>>, record: Recorder): void {
  const forked = [...heads].find(([, roots]) => roots.size > 1);
  if (forked === undefined) record.yes('heads', 'no two of the heads named contradict');
  else record.no('heads', `two different roots are named for the size ${forked[0]}: the log was forked`);
}
