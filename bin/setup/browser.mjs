import { existsSync } from 'node:fs';
import { runShown } from './processes.mjs';

const BROWSERS = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** A Chromium that the browser tests can run in. */
export function findBrowser() {
  return BROWSERS.find((path) => path && existsSync(path));
}

export async function installBrowser() {
  if (findBrowser()) return;
  const remedy = 'Install Chromium or Chrome, or set CHROMIUM_PATH to one, then run the tests again.';
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error(`No browser for the tests. ${remedy}`);
  process.stderr.write('set-up: installing Chromium with apt-get\n');
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const code = await runShown('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
    environment,
  }).catch(() => 1);
  if (code !== 0 || !findBrowser()) throw new Error(`apt-get could not install Chromium. ${remedy}`);
}
