/** What `npm run conformance` prints. Pure. */
import type { Comparison, Counts } from './compare.ts';
import type { Single } from './run-modes.ts';

const NAME_WIDTH = 56;
const COUNT_WIDTH = 22;

export function renderComparison(title: string, rows: readonly Comparison[]): string {
  const [required, others] = [rows.filter((row) => row.required), rows.filter((row) => !row.required)];
  return [
    `${title.padEnd(NAME_WIDTH)}${'direct'.padEnd(COUNT_WIDTH)}through Countersign`,
    ...required.flatMap(lines),
    ...(others.length === 0
      ? []
      : ['  run by the suite, not required by the revision:', ...others.map(line)]),
    '',
  ].join('\n');
}

export function renderSingles(title: string, rows: readonly Single[]): string {
  const ran = rows.filter((row) => row.notApplicable === undefined);
  const left = rows.filter((row) => row.notApplicable !== undefined);
  return [
    title,
    ...ran.flatMap(({ scenario, counts, problems }) => [
      `  ${scenario.padEnd(NAME_WIDTH - 2)}${count(counts)}`,
      ...problems.map((problem) => `    ${problem}`),
    ]),
    ...notApplicable(left),
    '',
  ].join('\n');
}

/** One paragraph for each reason. */
function notApplicable(rows: readonly Single[]): string[] {
  const reasons = [...new Set(rows.map((row) => row.notApplicable))];
  return reasons.flatMap((reason) => [
    `  not applicable, because ${reason}:`,
    ...rows.filter((row) => row.notApplicable === reason).map(({ scenario }) => `    ${scenario}`),
  ]);
}

function lines(row: Comparison): string[] {
  return [
    line(row),
    ...row.problems.map((problem) => `    ${problem}`),
    ...row.notes.map((note) => `    as it has to: ${note}`),
  ];
}

function line({ scenario, direct, through }: Comparison): string {
  return `  ${scenario.padEnd(NAME_WIDTH - 2)}${count(direct).padEnd(COUNT_WIDTH)}${count(through)}`;
}

function count({ passed, failed, warned }: Counts): string {
  return [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(warned > 0 ? [`${warned} warned`] : []),
  ].join(', ');
}
