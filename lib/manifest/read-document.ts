import { LineCounter, parseDocument, type Document } from 'yaml';
import { decodeUtf8, err, isJsonObject, ok, utf8, type Result } from '#lib/core';
import { FILE_BYTES_MAX, TEXT_PROBLEMS_MAX, YAML_ALIASES_MAX } from './constants.ts';
import {
  describeIssue,
  formatPath,
  hiddenProblems,
  type Path,
  type PlacedProblem,
} from './describe-issue.ts';
import { createLocator, inside, position } from './locate-yaml.ts';
import { tenantSchema, type TenantDocument } from './tenant-schema.ts';
import type { ManifestProblem } from './types.ts';

/** A file whose parts have the right shape, and where everything in it stands. */
export interface ReadDocument {
  /** Without the parts that `problems` are about. */
  readonly document: TenantDocument;
  /** What is wrong with the shape of parts: the others can be judged beside it, so that all is told at once. */
  readonly problems: readonly ManifestProblem[];
  /** A problem with what stands at a path. */
  problemAt(path: Path, message: string): ManifestProblem;
  /** A problem at a line and column (from 1) inside the text that stands at a path. */
  problemInside(path: Path, line: number, column: number, message: string): ManifestProblem;
}

/** Reads YAML 1.2 and checks its shape. All problems at once, each where it stands. */
export function readDocument(content: string | Uint8Array): Result<ReadDocument, readonly ManifestProblem[]> {
  const decoded = readText(content);
  if (!decoded.ok) return decoded;
  const text = decoded.value;
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
  let value: unknown;
  try {
    value = yaml.toJS({ maxAliasCount: YAML_ALIASES_MAX });
  } catch (error) {
    return err([wholeFile(error instanceof Error ? error.message : 'the aliases can not be resolved')]);
  }
  return readShape(value, { yaml, text, lines });
}

interface Source {
  readonly yaml: Document.Parsed;
  readonly text: string;
  readonly lines: LineCounter;
}

function readShape(
  value: unknown,
  { yaml, text, lines }: Source,
): Result<ReadDocument, readonly ManifestProblem[]> {
  const locate = createLocator(yaml, lines);
  const place = ({ path, key, message }: PlacedProblem): ManifestProblem => ({
    at: formatPath(key === undefined ? path : [...path, key]),
    ...locate(path, key),
    message,
  });
  const hidden = hiddenProblems(value);
  if (hidden.length > 0) return err(hidden.map(place));
  const checked = tenantSchema.safeParse(value);
  const found = checked.success ? [] : checked.error.issues.flatMap(describeIssue);
  const problems = found.map(place);
  const document = checked.success ? checked.data : readRest(value, found);
  if (document === undefined) return err(problems);
  return ok({
    document,
    problems,
    problemAt: (path, message) => ({ at: formatPath(path), ...locate(path), message }),
    problemInside: (path, line, column, message) => ({
      at: formatPath(path),
      ...inside(yaml, text, lines, path, line, column),
      message,
    }),
  });
}

/** The parts that nothing is wrong with. Undefined: what is left says nothing. */
function readRest(value: unknown, found: readonly PlacedProblem[]): TenantDocument | undefined {
  if (!isJsonObject(value)) return undefined;
  const wrong = new Set(found.map(({ path, key }) => String(path[0] ?? key)));
  // Roles without their provider would look wrong without being it.
  if (wrong.has('identity_provider')) wrong.add('roles');
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => !wrong.has(name)));
  const checked = tenantSchema.safeParse({ ...rest, tenant: rest['tenant'] ?? { slug: 'unread' } });
  return checked.success ? checked.data : undefined;
}

function wholeFile(message: string): ManifestProblem {
  return { at: '', line: 1, column: 1, message };
}

/** Line feeds, carriage returns and tabs are text; other control characters are no YAML (1.2, §5.1). */
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** The text of a file, of bounded size, of UTF-8, without control characters. */
export function readText(
  content: string | Uint8Array,
  bytesMax = FILE_BYTES_MAX,
): Result<string, readonly ManifestProblem[]> {
  const bytes = typeof content === 'string' ? utf8(content) : content;
  if (bytes.length > bytesMax) return err([wholeFile(`the file is larger than ${bytesMax} bytes`)]);
  const text = decodeUtf8(bytes);
  if (text === undefined) return err([{ ...firstBadByte(bytes), at: '', message: 'is not UTF-8 text' }]);
  const unprintable = [...text.matchAll(UNPRINTABLE)].slice(0, TEXT_PROBLEMS_MAX).map((match) => {
    const before = text.slice(0, match.index).split('\n');
    const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    const message = `contains the control character U+${code}`;
    return { at: '', line: before.length, column: (before.at(-1) ?? '').length + 1, message };
  });
  return unprintable.length > 0 ? err(unprintable) : ok(text);
}

function firstBadByte(bytes: Uint8Array): { readonly line: number; readonly column: number } {
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  const index = lines.findIndex((line) => decodeUtf8(Buffer.from(line, 'latin1')) === undefined);
  const readable = Buffer.from(lines[index] ?? '', 'latin1').toString('utf8');
  return { line: index + 1, column: Math.max(0, readable.indexOf('\uFFFD')) + 1 };
}
