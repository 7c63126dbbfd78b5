import {
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  Scalar,
  visit,
  type Document,
} from 'yaml';
import type { z } from 'zod';
import { err, ok, utf8, type Result } from '#lib/core';
import { FILE_BYTES_MAX, YAML_ALIASES_MAX } from './constants.ts';
import { tenantSchema, type TenantDocument } from './tenant-schema.ts';
import type { ManifestProblem } from './types.ts';

export type Path = readonly PropertyKey[];

/** A file that has the right shape, and where everything in it stands. */
export interface ReadDocument {
  readonly document: TenantDocument;
  /** A problem with what stands at a path. */
  problemAt(path: Path, message: string): ManifestProblem;
  /** A problem at a line and column (from 1) inside the text that stands at a path. */
  problemInside(path: Path, line: number, column: number, message: string): ManifestProblem;
}

/** Reads YAML 1.2 and checks its shape. All problems at once, each where it stands. */
export function readDocument(text: string): Result<ReadDocument, readonly ManifestProblem[]> {
  const whole = (message: string) => err([{ at: '', line: 1, column: 1, message }]);
  if (utf8(text).length > FILE_BYTES_MAX) return whole(`the file is larger than ${FILE_BYTES_MAX} bytes`);
  const lines = new LineCounter();
  const yaml = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: false,
  });
  const faults = [...yaml.errors, ...yaml.warnings];
  if (faults.length > 0) {
    return err(faults.map(({ pos, message }) => ({ at: '', ...position(lines, pos[0]), message })));
  }
  const locate = createLocator(yaml, lines);
  const hidden = hiddenKeys(yaml, lines);
  if (hidden.length > 0) return err(hidden);
  let value: unknown;
  try {
    value = yaml.toJS({ maxAliasCount: YAML_ALIASES_MAX });
  } catch (error) {
    return whole(error instanceof Error ? error.message : 'the aliases can not be resolved');
  }
  const checked = tenantSchema.safeParse(value);
  if (!checked.success) return err(checked.error.issues.flatMap((issue) => problemsOf(issue, locate)));
  return ok({
    document: checked.data,
    problemAt: (path, message) => ({ at: formatPath(path), ...locate(path), message }),
    problemInside: (path, line, column, message) => ({
      at: formatPath(path),
      ...inside(yaml, text, lines, path, line, column),
      message,
    }),
  });
}

/** Schemas of records pass over this one key in silence: a policy of that name would be in the file and not in force. */
function hiddenKeys(yaml: Document.Parsed, lines: LineCounter): readonly ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  visit(yaml, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return;
      const message = 'can not be a name here';
      problems.push({ at: '__proto__', ...position(lines, key.range?.[0] ?? 0), message });
    },
  });
  return problems;
}

interface Position {
  readonly line: number;
  readonly column: number;
}
type Locate = (path: Path, key?: string) => Position;

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Where the value at a path begins (or one of its keys); of what is missing, where its nearest parent does. */
function createLocator(yaml: Document.Parsed, lines: LineCounter): Locate {
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

function problemsOf(issue: z.core.$ZodIssue, locate: Locate): readonly ManifestProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      at: formatPath([...issue.path, key]),
      ...locate(issue.path, key),
      message: 'is not known here',
    }));
  }
  if (issue.code === 'invalid_key') {
    const key = String(issue.path.at(-1));
    const message = issue.issues[0]?.message ?? issue.message;
    return [{ at: formatPath(issue.path), ...locate(issue.path.slice(0, -1), key), message }];
  }
  return [{ at: formatPath(issue.path), ...locate(issue.path), message: wordsOf(issue) }];
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (
    issue.code === 'invalid_type' &&
    issue.input === undefined &&
    /received undefined/.test(issue.message)
  ) {
    return 'is missing';
  }
  return issue.message.replace(/^Invalid input: /, '');
}

/** `servers[1].url`, as people write it. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = /^[A-Za-z_][\w-]*$/.test(String(part)) ? String(part) : JSON.stringify(String(part));
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}

/** A block scalar (`|`) keeps its lines, each indented; of any other text only the beginning is known. */
function inside(
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
  const source = text.split('\n')[start.line + line - 1] ?? '';
  const content = (node.value as string).split('\n')[line - 1] ?? '';
  return {
    line: start.line + line,
    column: Math.max(0, source.trimEnd().length - content.trimEnd().length) + column,
  };
}
