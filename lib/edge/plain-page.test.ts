import { describe, expect, it } from 'vitest';
import { plainPage } from './plain-page.ts';

const HOSTILE = `"><script>alert('1')</script>`;

describe('a plain page', () => {
  it('says whatever it is given as text', () => {
    const { html } = plainPage(
      {
        title: HOSTILE,
        organisation: HOSTILE,
        paragraphs: [HOSTILE],
        code: HOSTILE,
        reference: HOSTILE,
        link: { href: HOSTILE, text: HOSTILE },
      },
      { https: false, nonce: HOSTILE },
    );
    expect(html).not.toContain('<script');
    expect(html).not.toContain('"">');
    expect(html.match(/&lt;script&gt;alert\(&#39;1&#39;\)/g)).toHaveLength(10);
  });

  it('has its style under a nonce that its own policy lets through, fresh or given', () => {
    const page = { title: 'Not now', paragraphs: [] };
    const nonces = [undefined, undefined, 'a'.repeat(32)].map((nonce) => {
      const { html, headers } = plainPage(page, { https: false, nonce });
      const used = /<style nonce="([^"]+)">/.exec(html)?.[1];
      expect(headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${used}'`);
      return used;
    });
    expect(new Set(nonces).size).toBe(3);
    expect(nonces[2]).toBe('a'.repeat(32));
  });
});
