import type { Json } from '#lib/core';
import type { MemberChange, ResourceChange } from './types.ts';

const WORDS: Readonly<Record<ResourceChange['change'], string>> = {
  created: 'created',
  changed: 'changed',
  removed: 'removed',
  'taken-over': 'taken over from the console: the file owns it now',
  released: 'no longer in the file: stays as it is, and is kept in the console now',
};

const KINDS: Readonly<Record<ResourceChange['kind'], string>> = {
  settings: 'settings',
  identity_provider: 'identity provider',
  server: 'server',
  policy: 'policy',
  agent: 'agent',
};

/** Longest value on a line of its own; longer ones are cut. */
const VALUE_CHARS_MAX = 120;

/** The difference in words, a resource's members and pins below it. */
export function describeChanges(changes: readonly ResourceChange[]): readonly string[] {
  return changes.flatMap(({ kind, id, change, members, pins }) => [
    `  ${KINDS[kind]}${id === undefined ? '' : ` ${id}`}  ${WORDS[change]}`,
    ...(change === 'created' || change === 'removed' ? [] : members.flatMap(describeMember)),
    ...(pins?.added ?? []).map((name) => `    + ${name}`),
    ...(pins?.changed ?? []).map((name) => `    ~ ${name}`),
    ...(pins?.removed ?? []).map((name) => `    - ${name}`),
  ]);
}

function describeMember({ at, from, to }: MemberChange): readonly string[] {
  if (from === undefined && to === undefined) return [`    ${at}: another one`];
  if (isText(from) || isText(to)) return [`    ${at}:`, ...describeText(from, '-'), ...describeText(to, '+')];
  return [`    ${at}: ${valueOf(from)} -> ${valueOf(to)}`];
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value.includes('\n');
}

function describeText(value: Json | undefined, sign: string): readonly string[] {
  if (typeof value !== 'string') return [];
  return value
    .trimEnd()
    .split('\n')
    .map((line) => `      ${sign} ${line}`);
}

function valueOf(value: Json | undefined): string {
  if (value === undefined) return '(none)';
  const text = JSON.stringify(value);
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text;
}
