import { headers } from 'next/headers.js';
import { parseCookies } from '#lib/edge';
import { publishedRuntime } from '#lib/runtime';
import { parseTheme, type Theme } from '#ui/theme.ts';

/** The visitor's choice, known before the first byte of the page is written: nothing flashes. */
export async function readTheme(): Promise<Theme> {
  const cookie = publishedRuntime()?.addresses.cookie('theme', undefined);
  if (cookie === undefined) return 'system';
  return parseTheme(parseCookies((await headers()).get('cookie')).get(cookie.name));
}
