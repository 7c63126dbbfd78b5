import { SQL_STATEMENTS_MAX } from './constants.ts';

/** Names for prepared statements, one per distinct text: a connection parses and plans each text once. */
export function createStatementNames(prefix: string): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    // Prepared statements live as long as their connection. Past the limit, texts run unprepared.
    if (names.size >= SQL_STATEMENTS_MAX) return undefined;
    const name = `${prefix}${names.size}`;
    names.set(text, name);
    return name;
  };
}
