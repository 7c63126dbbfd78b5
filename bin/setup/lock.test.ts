import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'countersign-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process that holds the set-up lock for a moment, or until it is killed, and writes down when. */
function holder(journal: string, heldMs: number) {
  const script = `
    import { appendFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.mjs'))};
    await withLock(async () => {
      appendFileSync(${JSON.stringify(journal)}, 'in\\n');
      await sleep(${heldMs});
      appendFileSync(${JSON.stringify(journal)}, 'out\\n');
    });`;
  return spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
}

const read = (journal: string) => {
  try {
    return readFileSync(journal, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
};

describe('withLock', () => {
  it('lets set-ups in one folder run one after the other', async () => {
    const journal = join(folder, 'turns');
    const all = Array.from({ length: 4 }, () => holder(journal, 60));
    await Promise.all(all.map(async (each) => await once(each, 'exit')));
    expect(read(journal)).toEqual(Array.from({ length: 4 }, () => ['in', 'out']).flat());
  });

  it('takes over from a set-up that was killed', async () => {
    const journal = join(folder, 'killed');
    const dying = holder(journal, 60_000);
    while (read(journal).length === 0) await new Promise((resolve) => void setTimeout(resolve, 20));
    dying.kill('SIGKILL');
    await once(dying, 'exit');
    const [code] = (await once(holder(journal, 1), 'exit')) as [number];
    expect(code).toBe(0);
    expect(read(journal)).toEqual(['in', 'in', 'out']);
  });
});
