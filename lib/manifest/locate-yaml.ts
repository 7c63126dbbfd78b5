import { isMap, isNode, isPair, isScalar, LineCounter, Scalar, type Document } from 'yaml';
import type { Path } from './describe-issue.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}
export type Locate = (path: Path, key?: string) => Position;

export function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Where the value at a path begins (or one of its keys); of what is missing, where its nearest parent does. */
export function createLocator(yaml: Document.Parsed, lines: LineCounter): Locate {
  return (path, key) => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = length === 0 ? yaml.contents : yaml.getIn(path.slice(0, length), true);
      if (!isNode(node)) continue;
      const pair =
        length === path.length && key !== undefined && isMap(node) ? keyNode(node.items, key) : undefined;
      const [offset] = (pair ?? node).range ?? [0];
      return position(lines, offset);
    }
    return { line: 1, column: 1 };
  };
}

function keyNode(items: readonly unknown[], key: string): Scalar | undefined {
  for (const item of items) if (isPair(item) && isScalar(item.key) && item.key.value === key) return item.key;
  return undefined;
}

/** A block scalar (`|`) keeps its lines, each indented; of any other text only the beginning is known. */
export function inside(
  yaml: Document.Parsed,
  text: string,
  lines: LineCounter,
  path: Path,
  line: number,
  column: number,
): Position {
  const node: unknown = yaml.getIn(path, true);
  const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  const start = position(lines, offset);
  if (!isScalar(node)) return start;
  if (node.type !== Scalar.BLOCK_LITERAL) {
    const oneLine = typeof node.value === 'string' && !node.value.includes('\n') && line === 1;
    const quote = node.type === Scalar.PLAIN ? 0 : 1;
    return oneLine ? { line: start.line, column: start.column + quote + column - 1 } : start;
  }
  const source = text.split(/\r?\n/)[start.line + line - 1] ?? '';
  const content = (node.value as string).split('\n')[line - 1] ?? '';
  return {
    line: start.line + line,
    column: Math.max(0, source.trimEnd().length - content.trimEnd().length) + column,
  };
}
