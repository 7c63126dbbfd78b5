import { describe, expect, it } from 'vitest';
import { STDERR_INTERVAL_MS } from './constants.ts';
import { StderrLog } from './stderr-log.ts';

function capture(secrets: string[] = []) {
  const said: string[] = [];
  let now = 0;
  const log = new StderrLog(
    secrets,
    () => now,
    (text) => said.push(text),
  );
  const push = (text: string) => log.push(Buffer.from(text));
  return { said, log, push, wait: (ms: number) => void (now += ms) };
}

describe('standard error of a program', () => {
  it('is said line by line, however it comes', () => {
    const { said, log, push } = capture();
    push('one\ntw');
    push('o\n\nthree');
    log.end();
    expect(said).toStrictEqual(['one', 'two', 'three']);
  });

  it('is said without the secrets that the program was given', () => {
    const { said, push } = capture(['canary', 'canary-longer']);
    push('key=canary-longer, canary\n');
    expect(said).toStrictEqual(['key=[redacted], [redacted]']);
  });

  it('cuts a long line, without ever cutting a secret in two', () => {
    const { said, push } = capture(['canary-canary']);
    push(`${'x'.repeat(1_995)}canary-`);
    push(`canary${'y'.repeat(5_000)}`);
    push('still the same line\nnext\n');
    expect(said[0]).toHaveLength(2_000);
    expect(said.join()).not.toContain('canary');
    expect(said.slice(1)).toStrictEqual(['next']);
  });

  it('says only so many lines in a while, and how many it left out', () => {
    const { said, push, wait } = capture();
    push('again\n'.repeat(500));
    expect(said).toHaveLength(50);
    wait(STDERR_INTERVAL_MS);
    push('later\n');
    expect(said.slice(50)).toStrictEqual(['(and 450 lines more, which were not kept)', 'later']);
  });
});
