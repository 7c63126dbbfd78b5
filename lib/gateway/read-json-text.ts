import { err, ok, type Json, type Result } from '#lib/core';
import { JsonScanError } from './json-error.ts';
import { scanRequestBody } from './scan-json.ts';

/** Why a text is not JSON as an agent's calls are read, and where, from 1. */
export interface JsonTextProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * Reads JSON exactly as the body of a call is read: what two parsers could read differently (a duplicate key, a number
 * that would change, a lone surrogate) is refused, and where it stands is said.
 */
export function readJsonText(text: string): Result<Json, JsonTextProblem> {
  if (!text.isWellFormed())
    return err({ line: 1, column: 1, message: 'a lone surrogate, which is not Unicode' });
  const bytes = Buffer.from(text);
  try {
    scanRequestBody(bytes);
    return ok(JSON.parse(text) as Json);
  } catch (error) {
    if (!(error instanceof JsonScanError)) throw error;
    const before = bytes.subarray(0, error.offset).toString();
    const line = before.split('\n').length;
    return err({ line, column: before.length - before.lastIndexOf('\n'), message: error.reason });
  }
}
