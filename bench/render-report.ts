import type { Ladder } from './ladder.ts';
import type { Figures } from './measure.ts';
import { textTable } from './text-table.ts';

export interface Report {
  /** Connections to row to figures. */
  readonly byConnections: ReadonlyMap<number, ReadonlyMap<string, Figures>>;
  readonly ladder: Ladder;
}

/** The connections whose figures stand at the top level. */
export const MAIN_CONNECTIONS = 64;

/** One object for machines: rows at 64 connections, the ladder with what was measured beside it, and the other numbers of connections. */
export function renderJson({ byConnections, ladder }: Report): string {
  const others = [...byConnections].filter(([connections]) => connections !== MAIN_CONNECTIONS);
  return JSON.stringify({
    ...figuresOf(byConnections.get(MAIN_CONNECTIONS)),
    ladder: ladder.rungs.map(({ without, rps, cpu_us }) => ({
      without,
      rps: Math.round(rps),
      cpu_us: Math.round(cpu_us),
    })),
    beside_ladder: Object.fromEntries(
      ladder.beside.map(({ name, rps, cpu_us }) => [
        name,
        { rps: Math.round(rps), cpu_us: Math.round(cpu_us) },
      ]),
    ),
    by_connections: Object.fromEntries(others.map(([connections, rows]) => [connections, figuresOf(rows)])),
  });
}

function figuresOf(rows: ReadonlyMap<string, Figures> | undefined): Record<string, Figures> {
  const rounded = [...(rows ?? [])].map(([name, figures]) => [
    name,
    {
      rps: Math.round(figures.rps),
      p50_ms: toHundredths(figures.p50_ms),
      p99_ms: toHundredths(figures.p99_ms),
      cpu_us: Math.round(figures.cpu_us),
      cpu_node_us: Math.round(figures.cpu_node_us),
      cpu_postgres_us: Math.round(figures.cpu_postgres_us),
    },
  ]);
  return Object.fromEntries(rounded) as Record<string, Figures>;
}

function toHundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

const COLUMNS = ['row', 'calls/s', 'of bare proxy', 'p50 ms', 'p99 ms', 'CPU µs', 'node', 'PostgreSQL'];

/** The same for people. */
export function renderText({ byConnections, ladder }: Report): string {
  const parts: string[] = [];
  for (const [connections, rows] of byConnections) {
    const bare = rows.get('bare_proxy')?.rps ?? Number.NaN;
    const lines = [...rows].map(([name, figures]) => [
      name,
      String(Math.round(figures.rps)),
      Number.isFinite(bare) ? `${Math.round((100 * figures.rps) / bare)} %` : '',
      figures.p50_ms.toFixed(2),
      figures.p99_ms.toFixed(2),
      String(Math.round(figures.cpu_us)),
      String(Math.round(figures.cpu_node_us)),
      String(Math.round(figures.cpu_postgres_us)),
    ]);
    parts.push(`${connections} connection${connections === 1 ? '' : 's'}`, textTable(COLUMNS, lines), '');
  }
  if (ladder.rungs.length > 0)
    parts.push(`Ladder: Countersign without one step, ${MAIN_CONNECTIONS} connections`, ladderTable(ladder));
  return parts.join('\n').trimEnd();
}

function ladderTable({ rungs, beside }: Ladder): string {
  const bare = beside.find(({ name }) => name === 'bare_proxy')?.rps ?? Number.NaN;
  const rows = [
    ...beside.map((row) => ({ ...row, name: `(${row.name})` })),
    ...rungs.map(({ without, ...rest }) => ({ name: without, ...rest })),
  ];
  const lines = rows.map(({ name, rps, cpu_us }) => [
    name,
    String(Math.round(rps)),
    `${Math.round((100 * rps) / bare)} %`,
    String(Math.round(cpu_us)),
  ]);
  return textTable(['without', 'calls/s', 'of bare proxy', 'CPU µs'], lines);
}
