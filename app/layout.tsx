import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { readTheme } from '#ui/read-theme.ts';
import './globals.css';

/** The mark, as part of the page: it needs no address of its own on any host. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 22 22' fill='none' stroke='%232a48c4' stroke-width='2' stroke-linecap='round'%3E%3Ccircle cx='11' cy='9' r='7'/%3E%3Cpath d='M7.5 9.2 10 11.6l4.6-5M3 20h16'/%3E%3C/svg%3E";

/** Titles are the pages' own: the frames (`Hosted`, `Shell`) write them. */
export const metadata: Metadata = {
  icons: { icon: ICON },
  robots: { index: false, follow: false },
};

export const viewport: Viewport = { width: 'device-width', initialScale: 1, colorScheme: 'light dark' };

/** Every page is made for one person at one moment: nothing is prerendered, so that the CSP nonce reaches all of it. */
export const dynamic = 'force-dynamic';

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = await readTheme();
  return (
    <html lang="en" data-theme={theme === 'system' ? undefined : theme}>
      <body>{children}</body>
    </html>
  );
}
