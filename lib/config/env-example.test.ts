import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '#lib/config';

const text = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');
const source = readFileSync(join(import.meta.dirname, 'load-config.ts'), 'utf8');
const lines = [...text.matchAll(/^#([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => ({ name, value }));

it('.env.example names every variable that is read, and no other', () => {
  const read = [...source.matchAll(/^ {4}?([A-Z_]+): /gm)].map(([, name]) => name);
  const named = new Set(
    lines.map(({ name }) => name).filter((name) => !name.startsWith('COUNTERSIGN_SECRET_')),
  );
  expect(read.length).toBeGreaterThan(20);
  expect([...named].toSorted()).toEqual([...new Set(read)].toSorted());
});

it('.env.example gives the defaults that hold', () => {
  const first = new Map(lines.toReversed().map(({ name, value }) => [name, value]));
  const [asWritten, empty] = [loadConfig(Object.fromEntries(first)), loadConfig({})];
  expect(asWritten.ok).toBe(true);
  expect(asWritten).toEqual(empty);
});
