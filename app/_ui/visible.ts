/** Texts of somebody else: control and direction characters are shown, never obeyed. Line ends and tabs stay, if asked for. */
export function visible(text: string, keepLines = false): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    keepLines && (char === '\n' || char === '\t')
      ? char
      : `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
