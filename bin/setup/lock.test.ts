import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'countersign-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process that asks for the set-up lock, holds it until its input ends or it is killed, and writes down when. */
function startHolder(journal: string) {
  const script = `
    import { appendFileSync } from 'node:fs';
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.mjs'))};
    console.log('asks');
    await withLock(async () => {
      appendFileSync(${JSON.stringify(journal)}, 'in\\n');
      console.log('in');
      for await (const _ of process.stdin);
      appendFileSync(${JSON.stringify(journal)}, 'out\\n');
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface(child.stdout);
  const said = (word: string) =>
    new Promise<void>((resolve) => lines.on('line', (line) => line === word && resolve()));
  return {
    asks: said('asks'),
    isIn: said('in'),
    exited: once(child, 'exit') as Promise<[number | null]>,
    finish: () => child.stdin.end(),
    kill: () => child.kill('SIGKILL'),
  };
}

const read = (journal: string) => readFileSync(journal, 'utf8').trim().split('\n');

describe('withLock', () => {
  it('lets set-ups in one folder run one after the other', async () => {
    const journal = join(folder, 'turns');
    const all = Array.from({ length: 4 }, () => startHolder(journal));
    // All want it before the first one lets it go.
    await Promise.all(all.map(async ({ asks }) => await asks));
    for (const { isIn, finish } of all) void isIn.then(finish);
    for (const { exited } of all) expect((await exited)[0]).toBe(0);
    expect(read(journal)).toEqual(Array.from({ length: 4 }, () => ['in', 'out']).flat());
  });

  it('takes over from a set-up that was killed', async () => {
    const journal = join(folder, 'killed');
    const dying = startHolder(journal);
    await dying.isIn;
    dying.kill();
    await dying.exited;
    const next = startHolder(journal);
    next.finish();
    expect((await next.exited)[0]).toBe(0);
    expect(read(journal)).toEqual(['in', 'in', 'out']);
  });
});
