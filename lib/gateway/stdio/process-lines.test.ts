import { describe, expect, it } from 'vitest';
import { HeldBytes, type HeldBody } from '../held-bytes.ts';
import { ProcessLines } from './process-lines.ts';

function read({ budget = 1_000, bytesMax = 100, release = true } = {}) {
  const held = new HeldBytes(budget);
  const lines: string[] = [];
  const bodies: HeldBody[] = [];
  const reader = new ProcessLines(held, 'acme', bytesMax, (line, body) => {
    lines.push(line.toString());
    bodies.push(body);
    if (release) body.release();
  });
  return { held, lines, bodies, reader, push: (text: string) => reader.push(Buffer.from(text)) };
}

describe('lines of a process', () => {
  it('are put together from whatever pieces they come in', () => {
    const { lines, push, held } = read();
    for (const piece of ['a', 'b\n\nc', 'd\ne\n', 'f']) push(piece);
    expect(lines).toStrictEqual(['ab', '', 'cd', 'e']);
    expect(held.used).toBe(1);
  });

  it('have a length that no one exceeds, whether or not it ever ends', () => {
    expect(read({ bytesMax: 3 }).push('abcd\n')).toBe('too_large');
    const endless = read({ bytesMax: 3 });
    expect(endless.push('ab')).toBeUndefined();
    expect(endless.push('cd')).toBe('too_large');
  });

  it('are counted for as long as somebody holds them', () => {
    const { held, bodies, push } = read({ release: false });
    push('abc\nde\n');
    expect(held.used).toBe(5);
    for (const body of bodies) body.release();
    expect(held.used).toBe(0);
  });

  it('find no room where others hold it', () => {
    const { held, push } = read({ budget: 10 });
    held.take('other', 7);
    held.take('acme', 2);
    expect(push('ab')).toBe('no_room');
  });

  it('are not read any further once closed, and hold nothing', () => {
    const { held, lines, reader, push } = read();
    push('half');
    reader.close();
    push('\nmore\n');
    expect(lines).toStrictEqual([]);
    expect(held.used).toBe(0);
  });
});
