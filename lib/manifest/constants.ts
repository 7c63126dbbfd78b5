/** Text of a tenant file. */
export const FILE_BYTES_MAX = 1024 * 1024;
/** Text of a policy in a file of its own. */
export const POLICY_FILE_BYTES_MAX = 64 * 1024;
export const SECRET_BYTES_MAX = 16 * 1024;
/** Expansion of YAML aliases, so that a small file can't become a huge one. */
export const YAML_ALIASES_MAX = 100;
/** Control characters of a file that are told one by one. */
export const TEXT_PROBLEMS_MAX = 20;
/** Of a file's or a body's values inside each other. */
export const DEPTH_MAX = 64;
export const SERVERS_MAX = 200;
export const AGENTS_MAX = 500;
/** Tools of one server that go without an attempt. */
export const WAIVERS_MAX = 200;
/** Shortest secret of an agent: it has to be one that can't be guessed. */
export const AGENT_SECRET_CHARS_MIN = 32;
export const SERVER_TIMEOUT_SECONDS_DEFAULT = 60;
export const SERVER_TIMEOUT_SECONDS_MAX = 600;
/** The whole application; reading servers comes before it. */
export const APPLY_TRANSACTION_MS = 60_000;
export const SECONDS_PER_HOUR = 3_600;
export const GRANT_HOURS_DEFAULT = 12;
export const GRANT_HOURS_MAX = 24 * 30;
/** Clients with several processes race for a refresh. */
export const REFRESH_REPLAY_SECONDS_DEFAULT = 10;
export const REFRESH_REPLAY_SECONDS_MAX = 60;
/** Of an agent's secret that is made here. */
export const AGENT_SECRET_BYTES = 32;
