import { expect, it } from 'vitest';
import { safeReturnTo } from './return-to.ts';

it.each([
  '/',
  '/receipts',
  '/receipts?kind=a&x=%2F',
  '/oauth/interaction/abc_-1',
  '/a/b?next=https://x.example//y',
])('%s is kept', (path) => {
  expect(safeReturnTo(path)).toBe(path);
});

it.each([
  undefined,
  '',
  'receipts',
  '//evil.example',
  '/\\evil.example',
  '/a\\b',
  '/a//evil.example',
  'https://evil.example/',
  'javascript:alert(1)',
  '/../t/beta',
  '/a/../../beta',
  '/a/%2e%2E/beta',
  '/./a',
  '/a\r\nSet-Cookie: x=y',
  '/a b',
  '/a#b',
  '/ä',
  `/${'x'.repeat(3_000)}`,
])('%j leads to the start page instead', (path) => {
  expect(safeReturnTo(path)).toBe('/');
});
