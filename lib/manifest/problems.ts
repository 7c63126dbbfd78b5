import type { PolicyProblem } from '#lib/policy';
import type { ResourceFault, ResourceName, ResourceProblem } from './resource-types.ts';

const NOUNS = {
  settings: 'settings',
  identity_provider: 'identity provider',
  server: 'server',
  policy: 'policy',
  agent: 'agent',
} as const;

export function nounOf({ kind, id }: ResourceName): string {
  return id === undefined ? `the ${NOUNS[kind]}` : `${NOUNS[kind]} '${id}'`;
}

function problem(
  kind: ResourceProblem['kind'],
  message: string,
  faults: readonly ResourceFault[] = [],
): ResourceProblem {
  return { kind, message, faults };
}

export const invalid = (name: ResourceName, faults: readonly ResourceFault[]) =>
  problem('invalid', `What was sent for ${nounOf(name)} does not fit.`, faults);

export const ownedByFile = (name: ResourceName) =>
  problem(
    'owned-by-file',
    `${capital(nounOf(name))} is kept in the tenant's file: change it there and apply the file.`,
  );

export const stale = (name: ResourceName) =>
  problem('stale', `Somebody changed ${nounOf(name)} since you read it. Read it again, and change that.`);

export const missing = (name: ResourceName) => problem('missing', `There is no ${bare(name)}.`);

export const unknownVersion = (version: number) =>
  problem('missing', `There is no version ${version} of the policies.`);

export const exists = (name: ResourceName) => problem('exists', `There is a ${bare(name)} already.`);

export const showsSomethingElse = (server: string) =>
  problem(
    'stale',
    `Server '${server}' shows something else by now than what you approved: look at it again.`,
  );

export const unreadable = (message: string) => problem('unreadable', message);

export const refused = (message: string, faults: readonly ResourceFault[] = []) =>
  problem('refused', message, faults);

/** Policies that would not hold any more, each named. */
export function breaksPolicies(what: string, broken: readonly PolicyProblem[]): ResourceProblem {
  const ids = [...new Set(broken.map(({ policyId }) => policyId))];
  const faults = broken.map(({ policyId, line, column, message }) => ({
    at: '',
    policy: policyId,
    line,
    column,
    message: `policy '${policyId}': ${message}`,
  }));
  const named = ids.map((id) => `'${id}'`).join(', ');
  return refused(
    `${what} would break ${ids.length === 1 ? 'policy' : 'the policies'} ${named}: change that first.`,
    faults,
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function bare({ kind, id }: ResourceName): string {
  return id === undefined ? NOUNS[kind] : `${NOUNS[kind]} '${id}'`;
}
