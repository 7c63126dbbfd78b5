/**
 * Sorts base64url texts in place by UTF-16 code units. Their first four characters almost always decide, and comparing
 * those as one number costs a fraction of comparing texts.
 */
export function sortDigests(digests: string[]): void {
  const keys: number[] = [];
  for (let index = 0; index < digests.length; index += 1) {
    const digest = digests[index] ?? '';
    const key = keyOf(digest);
    let at = index;
    while (at > 0 && isAfter(digests[at - 1] ?? '', keys[at - 1] ?? 0, digest, key)) {
      digests[at] = digests[at - 1] ?? '';
      keys[at] = keys[at - 1] ?? 0;
      at -= 1;
    }
    digests[at] = digest;
    keys[at] = key;
  }
}

function isAfter(left: string, leftKey: number, right: string, rightKey: number): boolean {
  return leftKey === rightKey ? left > right : leftKey > rightKey;
}

function keyOf(text: string): number {
  return (
    (text.charCodeAt(0) << 21) | (text.charCodeAt(1) << 14) | (text.charCodeAt(2) << 7) | text.charCodeAt(3)
  );
}
