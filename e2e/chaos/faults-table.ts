import type { FaultRow } from './inject-faults.ts';

const COLUMNS = ['times', 'calls', 'answered', 'refused', 'unanswered', 'backMs'] as const;

/** One line a fault. */
export function faultsTable(rows: readonly FaultRow[]): string {
  const widest = Math.max(...rows.map(({ fault }) => fault.length));
  const line = (first: string, cells: readonly unknown[]) =>
    [first.padEnd(widest), ...cells.map((cell) => String(cell).padStart(10))].join(' ');
  return [
    line('', COLUMNS),
    ...rows.map((row) =>
      line(
        row.fault,
        COLUMNS.map((column) => row[column]),
      ),
    ),
  ].join('\n');
}
