/** What stands out in text of others: characters that can't be seen, or that change how the rest is read. */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Variation_Selector}\p{Default_Ignorable_Code_Point}]/u;
/** Line breaks and tabs are layout, and harmless where text is quoted. */
const LAYOUT = /[\n\t]/;

export interface TextPart {
  readonly text: string;
  /** The character itself is not shown; `text` is its code point's name: `U+202E`. */
  readonly hidden: boolean;
}

/** Text of others as parts: what may be shown as it is, and the names of what would not be seen. */
export function visibleParts(text: string): readonly TextPart[] {
  const parts: { text: string; hidden: boolean }[] = [];
  for (const character of text.replaceAll('\r\n', '\n')) {
    const hidden = HIDDEN.test(character) && !LAYOUT.test(character);
    const shown = hidden ? nameOf(character) : character;
    const last = parts.at(-1);
    if (!hidden && last?.hidden === false) last.text += shown;
    else parts.push({ text: shown, hidden });
  }
  return parts;
}

/** The same in one string, for where no markup fits. */
export function visibleText(text: string): string {
  return visibleParts(text)
    .map(({ text: shown, hidden }) => (hidden ? `⟨${shown}⟩` : shown))
    .join('');
}

function nameOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
