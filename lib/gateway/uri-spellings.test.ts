import { describe, expect, it } from 'vitest';
import { otherSpellings } from './uri-spellings.ts';

describe('the other spellings of a URI', () => {
  it.each(['ledger://accounts/cash', 'file:///a/b%20c', 'x:opaque', 'not a uri', 'https://a.example/?q=%2F'])(
    'are none for %s',
    (uri) => expect(otherSpellings(uri)).toStrictEqual([]),
  );

  it.each([
    ['LEDGER://accounts/cash', 'ledger://accounts/cash'],
    ['file:///public/../secret', 'file:///secret'],
    ['file:///public/%2e%2E/secret', 'file:///secret'],
    ['ledger://accounts/./c%61sh', 'ledger://accounts/cash'],
    ['https://A.example:443', 'https://a.example/'],
    [' ledger://accounts/ca\tsh\n', 'ledger://accounts/cash'],
    ['https:\\\\a.example\\x', 'https://a.example/x'],
  ])('of %j name %s', (uri, normal) => expect(otherSpellings(uri)).toContain(normal));
});
