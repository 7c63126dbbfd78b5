/** Two runs of the same scenarios side by side: against a server directly, and through Countersign. Pure. */
import type { Check, ScenarioRun } from './suite.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly warned: number;
}

export interface Comparison {
  readonly scenario: string;
  /** Counts for the revision's conformance. */
  readonly required: boolean;
  readonly direct: Counts;
  readonly through: Counts;
  /** What does not hold: a check that fails, or one that ends otherwise through Countersign than directly. */
  readonly problems: readonly string[];
  /** Why some of its checks can't end alike. */
  readonly notes: readonly string[];
}

export function countChecks(checks: readonly Check[]): Counts {
  const count = (status: Check['status']) => checks.filter((each) => each.status === status).length;
  return { passed: count('SUCCESS'), failed: count('FAILURE'), warned: count('WARNING') };
}

/**
 * One line for each scenario of either run; a required one that neither ran is a problem of its own. `apart`: checks that
 * are not compared, each with the reason.
 */
export function compareRuns(
  required: readonly string[],
  direct: readonly ScenarioRun[],
  through: readonly ScenarioRun[],
  apart: ReadonlyMap<string, string> = new Map(),
): Comparison[] {
  const others = [...direct, ...through].map(({ scenario }) => scenario);
  const names = [...new Set([...required, ...others.filter((name) => !required.includes(name)).toSorted()])];
  return names.map((scenario) => {
    const [one, other] = [checksOf(direct, scenario), checksOf(through, scenario)];
    const [alike, alikeThrough] = [one, other].map((checks) => checks.filter(({ id }) => !apart.has(id))) as [
      Check[],
      Check[],
    ];
    return {
      scenario,
      required: required.includes(scenario),
      direct: countChecks(one),
      through: countChecks(other),
      problems: [
        ...problemsOf(alike, 'direct'),
        ...problemsOf(alikeThrough, 'through'),
        ...differences(alike, alikeThrough),
      ],
      notes: [...new Set([...one, ...other].flatMap(({ id }) => apart.get(id) ?? []))],
    };
  });
}

function checksOf(runs: readonly ScenarioRun[], scenario: string): readonly Check[] {
  return runs.find((run) => run.scenario === scenario)?.checks ?? [];
}

/** A warning is a SHOULD that does not hold: it counts as long as it tells the two runs apart. */
export function problemsOf(checks: readonly Check[], where: string): string[] {
  const ran = checks.some(({ status }) => status === 'SUCCESS');
  const failed = checks.filter(({ status }) => status === 'FAILURE');
  const words = failed.map(({ name, errorMessage }) => `${where}: ${name} failed: ${errorMessage ?? ''}`);
  return ran || failed.length > 0 ? words : [`${where}: nothing was checked`];
}

function differences(direct: readonly Check[], through: readonly Check[]): string[] {
  const [one, other] = [outcomesOf(direct), outcomesOf(through)];
  const keys = [...new Set([...one.keys(), ...other.keys()])];
  return keys
    .filter((key) => !isAlike(one.get(key), other.get(key)))
    .map((key) => `${key}: ${one.get(key) ?? 'not there'} direct, ${other.get(key) ?? 'not there'} through`);
}

/** What is only told (INFO) depends on how an answer happened to be framed, as JSON or as a stream: both are good. */
function isAlike(one: string | undefined, other: string | undefined): boolean {
  if (one === 'INFO' || other === 'INFO')
    return [one, other].every((each) => each !== 'FAILURE' && each !== 'WARNING');
  return one === other;
}

function outcomesOf(checks: readonly Check[]): Map<string, string> {
  const outcomes = new Map<string, string>();
  for (const { id, name, status } of checks) {
    const key = `${id} (${name})`;
    const before = outcomes.get(key);
    outcomes.set(key, before === undefined || before === status ? status : `${before}, ${status}`);
  }
  return outcomes;
}
