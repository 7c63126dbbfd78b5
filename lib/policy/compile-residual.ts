import type { Expr, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { CedarRecord, CedarValue } from './map-arguments.ts';
import { compareValues, containsValue, matchesLike } from './compare-values.ts';

/** One policy over the arguments alone: whether it is satisfied, or that it errs. */
export type CompiledPolicy = (args: CedarRecord) => boolean | 'error';

type Evaluate = (args: CedarRecord) => CedarValue;

/** Thrown by compiled expressions where Cedar would report an error. One object: a stack trace would cost more than the decision. */
const EVALUATION_ERROR = Object.freeze({ evaluation: 'error' });

/** Thrown while compiling: leave this policy to Cedar. */
class NotCompilable extends Error {}

/**
 * Compiles a policy's residual (Cedar's own JSON form, where only `context.arguments` is unknown) to a closure, if
 * it is made of nothing but comparisons and memberships of arguments. Undefined for everything else.
 */
export function compileResidual(policy: PolicyJson): CompiledPolicy | undefined {
  const scoped = [policy.principal, policy.action, policy.resource].some(({ op }) => op !== 'All');
  if (scoped) return undefined;
  try {
    const conditions = policy.conditions.map(({ kind, body }) => ({
      wanted: kind === 'when',
      holds: bool(body),
    }));
    return (args) => {
      try {
        return conditions.every(({ wanted, holds }) => holds(args) === wanted);
      } catch (error) {
        if (error === EVALUATION_ERROR) return 'error';
        throw error;
      }
    };
  } catch (error) {
    if (error instanceof NotCompilable) return undefined;
    throw error;
  }
}

function fail(): never {
  // oxlint-disable-next-line typescript/only-throw-error
  throw EVALUATION_ERROR;
}

function bool(node: Expr): (args: CedarRecord) => boolean {
  const evaluate = compile(node);
  return (args) => {
    const value = evaluate(args);
    return typeof value === 'boolean' ? value : fail();
  };
}

function long(node: Expr): (args: CedarRecord) => number {
  const evaluate = compile(node);
  return (args) => {
    const value = evaluate(args);
    return typeof value === 'number' ? value : fail();
  };
}

function set(node: Expr): (args: CedarRecord) => readonly CedarValue[] {
  const evaluate = compile(node);
  return (args) => {
    const value = evaluate(args);
    return Array.isArray(value) ? (value as readonly CedarValue[]) : fail();
  };
}

type Operands = { readonly left: Expr; readonly right: Expr };

function compile(node: Expr): Evaluate {
  const [operator, operands] = Object.entries(node)[0] ?? [];
  const make = operator === undefined ? undefined : OPERATORS.get(operator);
  if (make === undefined || Object.keys(node).length !== 1) throw new NotCompilable();
  return make(operands as never);
}

const OPERATORS: ReadonlyMap<string, (operands: never) => Evaluate> = new Map<
  string,
  (operands: never) => Evaluate
>([
  ['Value', (value: unknown) => constant(literal(value))],
  ['Set', (elements: readonly Expr[]) => compileSet(elements)],
  ['unknown', (names: readonly Expr[]) => compileUnknown(names)],
  ['.', ({ left, attr }: { left: Expr; attr: string }) => compileAccess(left, attr)],
  ['has', ({ left, attr }: { left: Expr; attr: string }) => compileHas(left, attr)],
  ['!', ({ arg }: { arg: Expr }) => negate(bool(arg))],
  ['&&', ({ left, right }: Operands) => and(bool(left), bool(right))],
  ['||', ({ left, right }: Operands) => or(bool(left), bool(right))],
  ['if-then-else', (branches: { if: Expr; then: Expr; else: Expr }) => choose(branches)],
  ['==', ({ left, right }: Operands) => compare(left, right, true)],
  ['!=', ({ left, right }: Operands) => compare(left, right, false)],
  ['<', ({ left, right }: Operands) => order(left, right, (a, b) => a < b)],
  ['<=', ({ left, right }: Operands) => order(left, right, (a, b) => a <= b)],
  ['>', ({ left, right }: Operands) => order(left, right, (a, b) => a > b)],
  ['>=', ({ left, right }: Operands) => order(left, right, (a, b) => a >= b)],
  ['contains', ({ left, right }: Operands) => membership(left, right)],
  ['containsAll', ({ left, right }: Operands) => sets(left, right, 'every')],
  ['containsAny', ({ left, right }: Operands) => sets(left, right, 'some')],
  ['isEmpty', ({ arg }: { arg: Expr }) => isEmpty(set(arg))],
  ['like', ({ left, pattern }: { left: Expr; pattern: readonly unknown[] }) => like(left, pattern)],
]);

function constant(value: CedarValue): Evaluate {
  return () => value;
}

/** Booleans, text and integers that JavaScript holds exactly (Cedar's are 64 bits wide), and lists of them. */
function literal(value: unknown): CedarValue {
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (Array.isArray(value)) return value.map(literal);
  throw new NotCompilable();
}

function compileSet(elements: readonly Expr[]): Evaluate {
  const parts = elements.map(compile);
  return (args) => parts.map((part) => part(args));
}

function compileUnknown(names: readonly Expr[]): Evaluate {
  const [name] = names;
  if (names.length !== 1 || name === undefined || !('Value' in name) || name.Value !== 'arguments') {
    throw new NotCompilable();
  }
  return (args) => args;
}

function isRecord(value: CedarValue): value is CedarRecord {
  return typeof value === 'object' && !Array.isArray(value);
}

function compileAccess(left: Expr, attribute: string): Evaluate {
  const record = compile(left);
  return (args) => {
    const value = record(args);
    const member = isRecord(value) ? value[attribute] : undefined;
    return member === undefined ? fail() : member;
  };
}

function compileHas(left: Expr, attribute: unknown): Evaluate {
  if (typeof attribute !== 'string') throw new NotCompilable();
  const record = compile(left);
  return (args) => {
    const value = record(args);
    return isRecord(value) ? value[attribute] !== undefined : fail();
  };
}

function negate(operand: (args: CedarRecord) => boolean): Evaluate {
  return (args) => !operand(args);
}

function and(left: (args: CedarRecord) => boolean, right: (args: CedarRecord) => boolean): Evaluate {
  return (args) => left(args) && right(args);
}

function or(left: (args: CedarRecord) => boolean, right: (args: CedarRecord) => boolean): Evaluate {
  return (args) => left(args) || right(args);
}

function choose(branches: { if: Expr; then: Expr; else: Expr }): Evaluate {
  const condition = bool(branches.if);
  const yes = compile(branches.then);
  const no = compile(branches.else);
  return (args) => (condition(args) ? yes(args) : no(args));
}

function compare(leftNode: Expr, rightNode: Expr, equal: boolean): Evaluate {
  const left = compile(leftNode);
  const right = compile(rightNode);
  return (args) => compareValues(left(args), right(args)) === equal;
}

function order(leftNode: Expr, rightNode: Expr, holds: (left: number, right: number) => boolean): Evaluate {
  const left = long(leftNode);
  const right = long(rightNode);
  return (args) => holds(left(args), right(args));
}

function membership(leftNode: Expr, rightNode: Expr): Evaluate {
  const left = set(leftNode);
  const right = compile(rightNode);
  return (args) => containsValue(left(args), right(args));
}

function sets(leftNode: Expr, rightNode: Expr, quantifier: 'every' | 'some'): Evaluate {
  const left = set(leftNode);
  const right = set(rightNode);
  return (args) => {
    const within = left(args);
    return right(args)[quantifier]((value) => containsValue(within, value));
  };
}

function isEmpty(operand: (args: CedarRecord) => readonly CedarValue[]): Evaluate {
  return (args) => operand(args).length === 0;
}

function like(leftNode: Expr, pattern: readonly unknown[]): Evaluate {
  const left = compile(leftNode);
  const literals: string[] = [''];
  for (const element of pattern) {
    if (element === 'Wildcard') literals.push('');
    else literals[literals.length - 1] += (element as { Literal: string }).Literal;
  }
  return (args) => {
    const value = left(args);
    return typeof value === 'string' ? matchesLike(value, literals) : fail();
  };
}
