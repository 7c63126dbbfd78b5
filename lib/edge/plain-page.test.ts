import { describe, expect, it } from 'vitest';
import { plainPage } from './plain-page.ts';

const HOSTILE = `"><script>alert('1')</script>`;

describe('a plain page', () => {
  it('says whatever it is given as text', () => {
    const html = plainPage(
      {
        title: HOSTILE,
        organisation: HOSTILE,
        paragraphs: [HOSTILE],
        code: HOSTILE,
        reference: HOSTILE,
        link: { href: HOSTILE, text: HOSTILE },
      },
      HOSTILE,
    );
    expect(html).not.toContain('<script');
    expect(html).not.toContain('"">');
    expect(html.match(/&lt;script&gt;alert\(&#39;1&#39;\)/g)).toHaveLength(10);
  });

  it('has its style only under the nonce that the policy lets through', () => {
    const page = { title: 'Not now', paragraphs: [] };
    expect(plainPage(page, undefined)).not.toContain('<style');
    expect(plainPage(page, 'abc')).toContain('<style nonce="abc">');
  });
});
