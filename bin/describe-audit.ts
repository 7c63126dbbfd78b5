import type { CompletenessReport } from '#lib/runtime';

type Log = CompletenessReport['logs'][number];
type Receipt = CompletenessReport['unknown']['first'][number];

/** Named below a count; the JSON has more. */
const NAMED_MAX = 10;

/** What is missing first, then what an auditor wants to know although nothing is. */
export function describeAudit(report: CompletenessReport): string {
  const { missing, tenant } = report;
  const verdict =
    missing.length === 0
      ? `COMPLETE: ${tenant}, ${rangeOf(report)}. Nothing that the log promises is missing.`
      : `INCOMPLETE: ${tenant}, ${rangeOf(report)}.`;
  return [
    verdict,
    ...missing.map(({ count, detail }) => `  MISSING ${count}: ${detail}`),
    ...section('', report.unclosed),
    '',
    ...report.logs.map(describeLog),
    '',
    ...describeCalls(report),
    '',
    ...describeWaivers(report),
    '',
    ...describeChanges(report),
    '',
    ...describeRefusals(report),
  ].join('\n');
}

function rangeOf({ from, to }: CompletenessReport): string {
  if (from === undefined && to === undefined) return 'the whole log';
  const begin = from === undefined ? 'from the beginning' : `from ${timeOf(from)}`;
  return `${begin} ${to === undefined ? 'until now' : `to ${timeOf(to)}`}`;
}

function timeOf(at: number): string {
  return new Date(at * 1000).toISOString().replace('.000', '');
}

function describeLog({ origin, size, looked, tree, closed, reopened }: Log): string {
  const trees = {
    matches: 'all of them give the root that its head signs',
    differs: 'they do not give the root that its head signs',
    not_checked: 'the root was not computed anew, for that takes all of them',
  };
  const since = reopened === undefined ? '' : `, opened ${timeOf(reopened.at)} after ${reopened.previous}`;
  return `log ${origin}${since}${closed ? ', closed' : ''}: ${looked} of ${size} entries; ${trees[tree]}`;
}

function describeCalls(report: CompletenessReport): readonly string[] {
  const { attempts, outcomes, underWay, unknown, late } = report;
  const statuses = outcomes.map(({ status, count }) => `${count} ${status}`).join(', ');
  return [
    `attempts ${attempts}; outcomes ${statuses === '' ? 'none' : statuses}`,
    ...(underWay.count === 0 ? [] : [`under way ${underWay.count}`]),
    ...section('nobody knows what came of', unknown),
    ...section('came late and withheld', late),
  ];
}

function section(title: string, { count, first }: CompletenessReport['unknown']): readonly string[] {
  if (count === 0) return [];
  const named = first.slice(0, NAMED_MAX).map((receipt) => `  ${describeReceipt(receipt)}`);
  const rest = count > named.length ? [`  and ${count - named.length} more`] : [];
  return [...(title === '' ? [] : [`${title} ${count}`]), ...named, ...rest];
}

function describeReceipt({ receipt, at, index, server, tool }: Receipt): string {
  const subject = [server, tool].filter((part) => part !== undefined).join('/');
  return `${receipt}  ${timeOf(at)}  entry ${index}${subject === '' ? '' : `  ${subject}`}`;
}

function describeWaivers({
  waiversInForce,
  waivedCalls,
  waiverChanges,
}: CompletenessReport): readonly string[] {
  const inForce = waiversInForce.map(({ server, tools }) => `  ${server}: ${tools.join(', ')}`);
  const calls = waivedCalls.map(({ server, tool, calls: count }) => `  ${count} of ${server}/${tool}`);
  const changes = waiverChanges.map(
    ({ at, server, waivers, receipt }) =>
      `  ${timeOf(at)}  ${server}: ${waivers.length === 0 ? 'none any more' : waivers.join(', ')}  ${receipt}`,
  );
  return [
    `waivers in force${inForce.length === 0 ? ': none' : ''}`,
    ...inForce,
    `calls without an attempt${calls.length === 0 ? ': none' : ''}`,
    ...calls,
    ...(changes.length === 0 ? [] : ['waivers changed', ...changes]),
  ];
}

function describeChanges({ keyChanges, clock, clockBoundSeconds }: CompletenessReport): readonly string[] {
  const keys = keyChanges.map(
    ({ at, purpose, kid, receipt }) => `  ${timeOf(at)}  ${purpose}  ${kid}  ${receipt}`,
  );
  const clocks = clock.first
    .slice(0, NAMED_MAX)
    .map((anomaly) => `  ${describeReceipt(anomaly)}  ${anomaly.seconds} s ${anomaly.kind}`);
  return [
    `keys announced ${keyChanges.length}`,
    ...keys,
    `receipts whose time stands more than ${clockBoundSeconds} s from their place: ${clock.count}`,
    ...clocks,
  ];
}

function describeRefusals({ refusals, unreadableChanges }: CompletenessReport): readonly string[] {
  const counted = refusals.map(({ reason, count }) => `${count} ${reason}`).join(', ');
  return [
    `refused before anybody was known, or for overload: ${counted === '' ? 'none' : counted}`,
    '  (what a process that was killed had counted in its last minute is in no receipt)',
    ...(unreadableChanges === 0
      ? []
      : [`${unreadableChanges} changes of servers can't be read any more: who made them was erased`]),
  ];
}
