const OPENERS = '{[';
const CLOSERS = '}]';

/**
 * JSON laid out over several lines, token by token: nothing is parsed, so a number, a duplicate name or an escape stays as
 * it was hashed. What is not JSON comes back as it is.
 */
export function indentJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let out = '';
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1] ?? '';
    if (OPENERS.includes(token)) {
      out += token;
      depth += 1;
      if (!CLOSERS.includes(next)) out += line();
    } else if (CLOSERS.includes(token)) {
      depth -= 1;
      out += OPENERS.includes(tokens[at - 1] ?? '') ? token : line() + token;
    } else if (token === ',') out += token + line();
    else out += token === ':' ? ': ' : token;
  }
  return out;
}
