/** Characters that make a text look like something else: controls, bidirectional marks, zero-width ones. */
const DECEPTIVE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u200c\u2060\ufeff\u00ad]/u;

/** For names that are shown to people: one with such characters could be taken for another. */
export function hasDeceptiveCharacters(text: string): boolean {
  return DECEPTIVE.test(text);
}
