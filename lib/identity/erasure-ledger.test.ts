import { appendFile, mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { PersonId, SubjectReference, TenantId } from '#lib/core';
import { appendLedger, readLedger } from './erasure-ledger.ts';

const entry = {
  at: 1_700_000_000_000,
  tenant: '0198c0de-0000-7000-8000-000000000001' as TenantId,
  person: '0198c0de-0000-7000-8000-000000000002' as PersonId,
  reference: 'abc' as SubjectReference,
};

async function newFile(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'ledger-')), 'below', 'erased.jsonl');
}

it('keeps every erasure, readable by its owner only', async () => {
  const file = await newFile();
  expect(await readLedger(file)).toEqual([]);
  await appendLedger(file, entry);
  await appendLedger(file, { ...entry, at: entry.at + 1 });
  expect((await readLedger(file)).map(({ at, person }) => [at, person])).toEqual([
    [entry.at, entry.person],
    [entry.at + 1, entry.person],
  ]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).not.toContain('@');
});

it.each(['{"v":1', '{"v":2}', 'null', '{"v":1,"tenant":"x","person":"y"}'])(
  'a damaged line (%s) is said with its place',
  async (line) => {
    const file = await newFile();
    await appendLedger(file, entry);
    await appendFile(file, `${line}\n`);
    await expect(readLedger(file)).rejects.toThrow(`${file}:2 is not an entry`);
  },
);
