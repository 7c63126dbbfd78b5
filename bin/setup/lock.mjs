import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRepository } from './paths.mjs';

const FOLDER = inRepository('.setup');
const FILE = inRepository('.setup', 'lock');
const BEAT_MS = 2_000;
/** A holder that has not shown a sign of life for this long is gone, whoever has its process id now. */
const STALE_MS = 20_000;
const POLL_MS = 200;

/**
 * Runs `work` while no other set-up runs in this folder; waits for one that does. A holder that died is replaced.
 */
export async function withLock(work) {
  await acquire();
  const beat = setInterval(() => {
    const now = new Date();
    utimesSync(FILE, now, now);
  }, BEAT_MS);
  const release = () => rmSync(FILE, { force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', release);
    release();
  }
}

async function acquire() {
  mkdirSync(FOLDER, { recursive: true });
  for (let told = false; ; told = true) {
    try {
      writeFileSync(FILE, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (removeStale()) continue;
    if (!told) process.stderr.write('set-up: another set-up is running in this folder; waiting for it\n');
    await sleep(POLL_MS);
  }
}

/** True when it is worth trying again at once: the lock in the way was a dead one, or went by itself. */
function removeStale() {
  try {
    const holder = Number(readFileSync(FILE, 'utf8'));
    const age = Date.now() - statSync(FILE).mtimeMs;
    // An empty file is a lock in the making.
    if (age < STALE_MS && (holder === 0 || isAlive(holder))) return false;
    const aside = `${FILE}.${process.pid}`;
    renameSync(FILE, aside);
    // Somebody may have been faster, and this be their new lock: it goes back.
    if (Number(readFileSync(aside, 'utf8')) !== holder) linkSync(aside, FILE);
    rmSync(aside, { force: true });
    return true;
  } catch (error) {
    if (error.code === 'ENOENT') return true;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
