import { describe, expect, it } from 'vitest';
import { compareRuns } from './compare.ts';
import type { Check, ScenarioRun } from './suite.ts';

const check = (name: string, status: Check['status']): Check => ({ id: name, name, status });
const ran = (...checks: Check[]): ScenarioRun[] => [{ scenario: 'ping', checks }];
const problems = (direct: ScenarioRun[], through: ScenarioRun[]) =>
  compareRuns(['ping'], direct, through).flatMap((row) => row.problems);

describe('two runs', () => {
  it('that end alike have no problem, however their answers were framed', () => {
    const direct = ran(check('a', 'SUCCESS'), check('streams', 'SUCCESS'));
    expect(problems(direct, ran(check('a', 'SUCCESS'), check('streams', 'INFO')))).toEqual([]);
    expect(problems(ran(check('a', 'SUCCESS'), check('told', 'INFO')), ran(check('a', 'SUCCESS')))).toEqual(
      [],
    );
  });

  it('differ where one warns, lacks a check, or skips one', () => {
    const direct = ran(check('a', 'SUCCESS'), check('b', 'SUCCESS'));
    expect(problems(direct, ran(check('a', 'SUCCESS'), check('b', 'WARNING')))).toHaveLength(1);
    expect(problems(direct, ran(check('a', 'SUCCESS')))).toHaveLength(1);
    expect(problems(direct, ran(check('a', 'SUCCESS'), check('b', 'SKIPPED')))).toHaveLength(1);
  });

  it('that fail alike are no success', () => {
    const failed = ran(check('a', 'FAILURE'));
    expect(problems(failed, failed)).toHaveLength(2);
  });

  it('of a required scenario that nobody ran are a problem', () => {
    expect(problems([], [])).toEqual(['direct: nothing was checked', 'through: nothing was checked']);
  });

  it('are not compared where there is a reason', () => {
    const direct = ran(check('a', 'SUCCESS'), check('b', 'SUCCESS'));
    const through = ran(check('a', 'SUCCESS'), check('b', 'FAILURE'));
    const rows = compareRuns(['ping'], direct, through, new Map([['b', 'it has no word for that']]));
    expect(rows).toMatchObject([
      { problems: [], notes: ['it has no word for that'], through: { failed: 1 } },
    ]);
  });

  it('of what is not required are told apart', () => {
    const other: ScenarioRun[] = [{ scenario: 'extra', checks: [check('a', 'SUCCESS')] }];
    const rows = compareRuns(['ping'], [...ran(check('a', 'SUCCESS')), ...other], ran(check('a', 'SUCCESS')));
    expect(rows.map(({ scenario, required }) => [scenario, required])).toEqual([
      ['ping', true],
      ['extra', false],
    ]);
  });
});
