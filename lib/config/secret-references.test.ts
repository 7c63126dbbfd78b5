import { describe, expect, it } from 'vitest';
import { secretReferences } from '#lib/config';

const environment = { COUNTERSIGN_SECRET_IDP: 'from the environment', DATABASE_URL: 'canary' };
const resolve = secretReferences(environment, { secretsDir: '/run/secrets' });

describe('secret references', () => {
  it('read variables of the one prefix', () => {
    expect(resolve('env:COUNTERSIGN_SECRET_IDP')).toEqual({
      ok: true,
      value: { kind: 'value', value: 'from the environment' },
    });
  });

  it('read files below the one folder', () => {
    expect(resolve('file:idp')).toEqual({ ok: true, value: { kind: 'file', path: '/run/secrets/idp' } });
  });

  it.each([
    'env:DATABASE_URL',
    'env:PATH',
    'env:COUNTERSIGN_SECRET_ABSENT',
    'file:../passwd',
    'file:/etc/passwd',
    'file:a/../../passwd',
    'file:',
    'a plain secret',
    '',
  ])('refuse %j and never repeat a value', (reference) => {
    const resolved = resolve(reference);
    expect(resolved.ok).toBe(false);
    expect(JSON.stringify(resolved)).not.toContain('canary');
  });

  it('refuse files when no folder is named', () => {
    expect(secretReferences(environment, {})('file:idp').ok).toBe(false);
  });
});
