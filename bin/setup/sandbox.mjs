import { existsSync } from 'node:fs';
import { runShown } from './processes.mjs';

const PLACES = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap'];

/** Bubblewrap, which shuts in MCP servers that are programs. */
export function findSandbox() {
  return PLACES.find((path) => existsSync(path));
}

/** Whether there is anything to try: elsewhere than here it is the machine's owner who installs. */
export function canInstallSandbox() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** Without it the tests that need it are skipped and say so, so that nothing is refused here. */
export async function installSandbox() {
  if (findSandbox()) return;
  process.stderr.write('set-up: installing bubblewrap with apt-get\n');
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', 'bubblewrap'];
  const run = async (args) => await runShown('apt-get', args, { environment }).catch(() => 1);
  if ((await run(install)) !== 0 && (await run(['update'])) === 0) await run(install);
  if (!findSandbox())
    process.stderr.write('set-up: bubblewrap could not be installed; the tests that need it are skipped\n');
}
