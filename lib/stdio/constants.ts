/** What a registered server's URL begins with when it is a program of the operator's file. */
export const STDIO_SCHEME = 'stdio:';
export const DECLARATIONS_BYTES_MAX = 256 * 1024;
export const DECLARATIONS_MAX = 200;
export const ARGUMENTS_MAX = 100;
export const ARGUMENT_CHARS_MAX = 4_096;
export const PATHS_MAX = 50;
export const VARIABLES_MAX = 100;

/** Processes of one process of ours, of one tenant in it, and of one principal at one server. */
export const PROCESSES_DEFAULT = 64;
export const PROCESSES_PER_TENANT_DEFAULT = 16;
export const PROCESSES_PER_GRANT_DEFAULT = 4;
export const PROCESSES_MAX = 4_096;
export const IDLE_MINUTES_DEFAULT = 10;
export const IDLE_MINUTES_MAX = 24 * 60;

/** Data segment and private mappings of each process: of the address space Node reserves far more than it uses. */
export const MEMORY_MB_DEFAULT = 1_024;
export const CPU_SECONDS_DEFAULT = 3_600;
export const FILE_MB_DEFAULT = 256;
export const OPEN_FILES_DEFAULT = 1_024;
/** Processes and threads of one user; under bubblewrap of one sandbox. */
export const SUBPROCESSES_DEFAULT = 256;
/** The private /tmp, which is memory. */
export const TMP_MB_DEFAULT = 64;

/** Nobody's: what a sandboxed process sees as its own user and group. */
export const SANDBOX_UID = 65_534;
export const PROBE_TIMEOUT_MS = 5_000;

/** What waits for a process that does not read; beyond it the next message is refused. */
export const STDIN_BACKLOG_BYTES_MAX = 8 * 1024 * 1024;
/** After its standard input was closed a process gets this long, and as long again after SIGTERM. */
export const STOP_GRACE_MS = 2_000;
/** A process that has ended may have left something in its pipe; who still holds the other end is not waited for. */
export const PIPE_GRACE_MS = 500;

export const STDERR_LINE_CHARS_MAX = 2_000;
export const STDERR_LINES_MAX = 50;
export const STDERR_INTERVAL_MS = 10_000;

/** A process that ended by itself is started again after a pause that doubles, until one has lived for a while. */
export const PAUSE_MS_MIN = 500;
export const PAUSE_MS_MAX = 60_000;
export const STEADY_MS = 60_000;
export const CRASHES_REMEMBERED_MAX = 1_000;
/** What a caller is told to wait where every place is taken. */
export const FULL_RETRY_SECONDS = 5;
