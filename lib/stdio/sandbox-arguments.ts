import { lstatSync, readlinkSync } from 'node:fs';
import { SANDBOX_UID } from './constants.ts';

/** What a sandbox shows. */
export interface SandboxView {
  readonly network: boolean;
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Folders that are empty inside, wherever they would show through. */
  readonly hide: readonly string[];
  readonly tmpMb: number;
}

/** What a program needs of the system; nothing of it says anything about what runs here. */
const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
/** Of TLS the certificates: beside them lie private keys, which are root's, and root's process may read them. */
const SYSTEM_FILES = [
  '/etc/ld.so.cache',
  '/etc/alternatives',
  '/etc/ssl/certs',
  '/etc/ssl/cert.pem',
  '/etc/ssl/openssl.cnf',
  '/etc/ca-certificates',
  '/etc/pki/ca-trust',
  '/etc/pki/tls/certs',
  '/etc/pki/tls/cert.pem',
  '/etc/pki/tls/openssl.cnf',
  '/etc/localtime',
  '/etc/passwd',
  '/etc/group',
  '/etc/nsswitch.conf',
];
const NETWORK_FILES = ['/etc/resolv.conf', '/etc/hosts', '/etc/host.conf', '/etc/services', '/etc/gai.conf'];

const NAMESPACES = [
  '--unshare-user',
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--unshare-cgroup-try',
];
/** Nobody, without powers; and no user namespace of its own, which would give it those to try the kernel with. */
const NOBODY =
  `--disable-userns --cap-drop ALL --uid ${SANDBOX_UID} --gid ${SANDBOX_UID} --hostname stdio`.split(' ');
/** When we die, so does it; and it can't type into a terminal of ours. */
const TIES = ['--die-with-parent', '--new-session'];
const MACHINE = ['--proc', '/proc', '--dev', '/dev'];
/** At the end, for mount points are made on the way. */
const CLOSED = ['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', '/tmp'];
/** What is written there is memory: nothing is writable that has no bound. */
const IN_MEMORY = ['/tmp', '/dev/shm'];

/** Arguments of bubblewrap up to the program: an empty machine, and in it what is named here. */
export function sandboxArguments({ network, read, write, hide, tmpMb }: SandboxView): string[] {
  const size = String(tmpMb * 1024 * 1024);
  const files = network ? [...SYSTEM_FILES, ...NETWORK_FILES] : SYSTEM_FILES;
  return [
    ...NAMESPACES,
    ...(network ? [] : ['--unshare-net']),
    ...NOBODY,
    ...TIES,
    ...MACHINE,
    ...IN_MEMORY.flatMap((folder) => ['--size', size, '--tmpfs', folder]),
    ...SYSTEM_FOLDERS.flatMap(showFolder),
    ...files.flatMap((file) => ['--ro-bind-try', file, file]),
    // Before what was declared: a declared folder never lies in a hidden one, nor the other way round.
    ...hide.flatMap((folder) => ['--tmpfs', folder, '--remount-ro', folder]),
    ...read.flatMap((path) => ['--ro-bind', path, path]),
    ...write.flatMap((path) => ['--bind', path, path]),
    ...CLOSED,
  ];
}

/** Most systems have `/bin` and the like as links into `/usr` today. */
function showFolder(folder: string): string[] {
  try {
    if (lstatSync(folder).isSymbolicLink()) return ['--symlink', readlinkSync(folder), folder];
    return ['--ro-bind', folder, folder];
  } catch {
    return [];
  }
}
