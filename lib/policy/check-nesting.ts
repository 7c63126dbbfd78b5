import { BRACKET_DEPTH, TEXT_DEPTH_MAX } from './constants.ts';

/** What stands inside one pair of brackets, as deep as it got. */
interface Level {
  /** `&&`, `||`, `if` and clauses in a row: each is one deeper than the one before. */
  chain: number;
  /** Operators that bind tighter, since the last of those. */
  run: number;
  /** Of brackets inside the present run. */
  inside: number;
  /** The deepest run of the present chain. */
  deepestRun: number;
  /** The deepest of what a comma has ended. */
  ended: number;
}

const newLevel = (): Level => ({ chain: 0, run: 0, inside: 0, deepestRun: 0, ended: 0 });

function depthOf({ chain, run, inside, deepestRun, ended }: Level): number {
  return Math.max(ended, chain + Math.max(deepestRun, run + inside));
}

/**
 * Tokens as Cedar reads them: comments and texts hold nothing; words; what opens, closes, separates; each operator.
 * `::` joins a name and deepens nothing.
 */
const TOKEN =
  /\/\/[^\n\r]*|"(?:\\[^]|[^"\\])*"|[A-Za-z_]\w*|::|&&|\|\||[=!<>]=|[([{]|[)\]}]|[,;]|[.+\-*/%!<>?@=&|]/g;
/** What goes on with a chain; `if` counts twice, for Cedar's parser keeps more of it. */
const LINKS: ReadonlyMap<string, number> = new Map([
  ['&&', 1],
  ['||', 1],
  ['when', 1],
  ['unless', 1],
  ['if', 2],
]);
/** Words that are operators; the others are names. */
const OPERATORS: ReadonlySet<string> = new Set(['has', 'like', 'in', 'is']);

/**
 * Where a policy's text becomes deeper than is handed to Cedar, or undefined. Cedar's parser and evaluator recurse, and
 * a stack that overflows inside WebAssembly leaves it unusable for the rest of the process: 160 brackets in one
 * tenant's draft would end every decision of every tenant. (Tried with 4.13.0: parsing breaks from about 100 nested
 * records or 130 brackets, partial evaluation from between 300 and 400 operators in a row.)
 */
export function tooDeepAt(text: string): number | undefined {
  const open: Level[] = [];
  let level = newLevel();
  /** Of all brackets that are open around the present level. */
  let outer = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (OPENS.test(token)) {
      // `a[…]` and `f(…)` also are one access more.
      level.run += 1;
      outer += level.chain + level.run + BRACKET_DEPTH;
      open.push(level);
      level = newLevel();
    } else if (CLOSES.test(token)) {
      const inside = depthOf(level) + BRACKET_DEPTH;
      level = open.pop() ?? newLevel();
      outer = Math.max(0, outer - level.chain - level.run - BRACKET_DEPTH);
      level.inside = Math.max(level.inside, inside);
    } else addToken(level, token);
    if (outer + depthOf(level) > TEXT_DEPTH_MAX) return index;
  }
  return undefined;
}

const OPENS = /^[([{]$/;
const CLOSES = /^[)\]}]$/;

function addToken(level: Level, token: string): void {
  const link = LINKS.get(token);
  if (link !== undefined || token === ',' || token === ';') {
    level.deepestRun = Math.max(level.deepestRun, level.run + level.inside);
    level.run = 0;
    level.inside = 0;
    if (link !== undefined) level.chain += link;
    else {
      level.ended = depthOf(level);
      level.chain = 0;
      level.deepestRun = 0;
    }
  } else if (OPERATORS.has(token) || /^[^\w":/]/.test(token) || token === '/') level.run += 1;
}
