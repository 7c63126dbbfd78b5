import { err, ok, type Result } from '#lib/core';
import { PATTERN_INSTRUCTIONS_MAX } from './constants.ts';
import { parsePattern, type PatternNode } from './parse-pattern.ts';

/** Takes so many units of work from the caller's budget; throws when it is used up. */
export type Charge = (units: number) => void;

export interface Pattern {
  /** Whether the pattern matches anywhere in the text, like RegExp.prototype.test with flag `u`. */
  matches(text: string, charge: Charge): boolean;
}

type Instruction =
  | { readonly op: 'char'; readonly test: (codePoint: number) => boolean }
  | { readonly op: 'split'; other: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'assert'; readonly what: 'start' | 'end' | 'boundary' | 'inside' }
  | { readonly op: 'look'; readonly negated: boolean; readonly program: Program }
  | { readonly op: 'match' };
type Program = readonly Instruction[];

class TooLarge extends Error {}

/**
 * Compiles a `pattern` for a machine that never backtracks (Thompson's construction): time is text length times
 * program length, whatever the pattern, so that `(a+)+$` can't stop the process.
 */
export function compilePattern(pattern: string): Result<Pattern, string> {
  const parsed = parsePattern(pattern);
  if (!parsed.ok) return parsed;
  try {
    const program = compile(parsed.value, { left: PATTERN_INSTRUCTIONS_MAX });
    return ok({ matches: (text, charge) => run(program, codePoints(text), 0, true, charge) });
  } catch (error) {
    if (error instanceof TooLarge || error instanceof RangeError) return err('is too large');
    throw error;
  }
}

function codePoints(text: string): readonly number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

function compile(node: PatternNode, size: { left: number }): Program {
  const program: Instruction[] = [];
  const emit = (instruction: Instruction): number => {
    size.left -= 1;
    if (size.left < 0) throw new TooLarge();
    return program.push(instruction) - 1;
  };
  const write = (part: PatternNode): void => {
    if (part.kind === 'char') emit({ op: 'char', test: part.test });
    else if (part.kind === 'assert') emit({ op: 'assert', what: part.what });
    else if (part.kind === 'look') {
      emit({ op: 'look', negated: part.negated, program: compile(part.body, size) });
    } else if (part.kind === 'sequence') part.parts.forEach(write);
    else if (part.kind === 'choice') writeChoice(part.options);
    else writeRepeat(part.body, part.min, part.max);
  };
  const writeChoice = (options: readonly PatternNode[]): void => {
    const exits: { op: 'jump'; to: number }[] = [];
    options.forEach((option, index) => {
      const split = { op: 'split' as const, other: -1 };
      if (index < options.length - 1) emit(split);
      write(option);
      if (index === options.length - 1) return;
      const exit = { op: 'jump' as const, to: -1 };
      exits.push(exit);
      emit(exit);
      split.other = program.length;
    });
    for (const exit of exits) exit.to = program.length;
  };
  const writeRepeat = (body: PatternNode, min: number, max: number): void => {
    for (let count = 0; count < min; count += 1) write(body);
    const exits: { op: 'split'; other: number }[] = [];
    if (max === Infinity) {
      const split = { op: 'split' as const, other: -1 };
      const start = emit(split);
      write(body);
      emit({ op: 'jump', to: start });
      exits.push(split);
    } else {
      for (let count = min; count < max; count += 1) {
        const split = { op: 'split' as const, other: -1 };
        emit(split);
        write(body);
        exits.push(split);
      }
    }
    for (const exit of exits) exit.other = program.length;
  };
  write(node);
  emit({ op: 'match' });
  return program;
}

/** Runs all alternatives side by side, one code point at a time. */
function run(
  program: Program,
  text: readonly number[],
  from: number,
  anywhere: boolean,
  charge: Charge,
): boolean {
  let active = new Set<number>();
  for (let at = from; at <= text.length; at += 1) {
    const current = new Set<number>();
    let matched = false;
    const pending = [...active];
    if (anywhere || at === from) pending.push(0);
    while (pending.length > 0) {
      const index = pending.pop() ?? 0;
      if (current.has(index)) continue;
      current.add(index);
      const instruction = program[index];
      if (instruction === undefined || instruction.op === 'char') continue;
      if (instruction.op === 'match') matched = true;
      else if (instruction.op === 'jump') pending.push(instruction.to);
      else if (instruction.op === 'split') pending.push(index + 1, instruction.other);
      else if (holds(instruction, text, at, charge)) pending.push(index + 1);
    }
    charge(1 + current.size);
    if (matched) return true;
    active = step(program, current, text[at]);
    if (active.size === 0 && !anywhere) return false;
  }
  return false;
}

function step(program: Program, current: ReadonlySet<number>, codePoint: number | undefined): Set<number> {
  const next = new Set<number>();
  if (codePoint === undefined) return next;
  for (const index of current) {
    const instruction = program[index];
    if (instruction?.op === 'char' && instruction.test(codePoint)) next.add(index + 1);
  }
  return next;
}

function holds(
  instruction: Extract<Instruction, { op: 'assert' | 'look' }>,
  text: readonly number[],
  at: number,
  charge: Charge,
): boolean {
  if (instruction.op === 'look')
    return run(instruction.program, text, at, false, charge) !== instruction.negated;
  if (instruction.what === 'start') return at === 0;
  if (instruction.what === 'end') return at === text.length;
  const boundary = isWord(text[at - 1]) !== isWord(text[at]);
  return instruction.what === 'boundary' ? boundary : !boundary;
}

function isWord(codePoint: number | undefined): boolean {
  return codePoint !== undefined && codePoint < 128 && /\w/.test(String.fromCodePoint(codePoint));
}
