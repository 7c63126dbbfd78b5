/** Protocol revisions of the streamable HTTP eras that are spoken on both sides, newest first. */
export const PROTOCOL_VERSIONS: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26'];
/** The revision whose transport is a stream beside which messages are posted. */
export const SSE_VERSION = '2024-11-05';
/** Nesting of a request body: JSON.parse and canonical text are recursive. */
export const REQUEST_DEPTH_MAX = 64;
/** Nesting of an upstream's answer, which is scanned without recursion but read by clients. */
export const ANSWER_DEPTH_MAX = 512;
/** Keys of one object compared one by one before a set takes over (an attacker may send half a million). */
export const KEYS_COMPARED_ONE_BY_ONE = 16;
/** Text of a JSON-RPC id that is a string. */
export const RPC_ID_CHARS_MAX = 256;
/** Name of a tool, prompt or method; anything longer names nothing. */
export const NAME_CHARS_MAX = 256;
/** A resource's URI. */
export const URI_CHARS_MAX = 8_192;
/** Of a request's body beyond its limit: read so that its client hears of the limit, and not kept. */
export const BODY_FORGOTTEN_BYTES_MAX = 16 * 1024 * 1024;
/** Our one JSON-RPC error code, outside the range that JSON-RPC and MCP reserve (-32768 to -32000). */
export const COUNTERSIGN_ERROR_CODE = -31_000;
/** Prefix of the `_meta` members that are ours alone. */
export const META_PREFIX = 'dev.countersign/';
/** `_meta` member by which a message names the task that it belongs to (MCP 2025-11-25, tasks). */
export const RELATED_TASK = 'io.modelcontextprotocol/related-task';
/** An MCP session, from initialize; the grant behind it ends earlier or later by itself. */
export const SESSION_MS_MAX = 12 * 60 * 60 * 1000;
/** Sessions whose row this process keeps in mind. */
export const SESSIONS_CACHED_MAX = 10_000;
/** How long a session's row is believed without being read again. */
export const SESSION_CACHE_MS = 60_000;
/** Replicas may change one session's row at the same moment: how often one of them starts anew from what it is by then. */
export const SESSION_CHANGE_TRIES_MAX = 16;
/** Longest `Mcp-Session-Id` considered: ours are well below. */
export const SESSION_ID_CHARS_MAX = 2_048;
/** Calls under way in this process; more are refused with 503 before anything is logged. */
export const CALLS_IN_FLIGHT_MAX = 1_024;
/** A tenant holds at most so many times the places that are free: alone three quarters of them. */
export const TENANT_SHARE_WEIGHT = 3;
/** Calls under way in one session. */
export const SESSION_CALLS_IN_FLIGHT_MAX = 64;
/** GET streams of one session; further ones are refused with 409. */
export const SESSION_STREAMS_MAX = 4;
/** Longest id of an upstream's event that is passed on. */
export const EVENT_ID_CHARS_MAX = 1_024;
/** How often a stream looks whether its session subscribed to something at another replica. */
export const SUBSCRIPTIONS_READ_MS = 1_000;
/** GET streams in this process. */
export const STREAMS_MAX = 4_096;
/** What a client of the stateless era says it can do and is, each, as JSON text. */
export const CLIENT_OFFER_CHARS_MAX = 8_192;
/** Calls under way of one principal in the stateless era, where no session bounds them. */
export const PRINCIPAL_CALLS_IN_FLIGHT_MAX = 64;
/** Subscriptions of one principal in the stateless era, so that its resources are bounded as well. */
export const PRINCIPAL_STREAMS_MAX = 16;
/** Resources that one session has subscribed to, or one subscription names: each is decided and receipted. */
export const SUBSCRIBED_RESOURCES_MAX = 64;
/** Subscriptions that look through their lists in one sweep, after policy or pins have changed. */
export const LOOKS_PER_SWEEP_MAX = 64;
/** Pause before an upstream's own stream is taken up again, doubled each time until it gives one. */
export const FEED_DELAY_MS_MIN = 500;
export const FEED_DELAY_MS_MAX = 30_000;
/** Grants and servers for which upstream sessions of stateless callers are kept. */
export const POOLED_GRANTS_MAX = 4_096;
/** Upstream sessions of one grant at one server; each serves callers that can do the same. */
export const POOLED_SESSIONS_MAX = 4;
/** How long such a session is kept without a request, unless a task lives in it: then as long as any session (`SESSION_MS_MAX`). */
export const POOLED_IDLE_MS = 5 * 60_000;
/** How often idle ones are looked for. */
export const POOL_SWEEP_MS = 30_000;
/** What ending the sessions of a process that goes may take. */
export const POOL_CLOSE_MS = 2_000;
/** How long a client of the stateless era may keep a list, or what a server says of itself, without asking again. */
export const LIST_TTL_MS = 60_000;
/** Bytes of results held in memory until their receipts are durable, over all calls of the process. */
export const HELD_BYTES_MAX = 512 * 1024 * 1024;
/** Messages that an upstream may send inside one call. */
export const CALL_EVENTS_MAX = 10_000;
/** Requests that an upstream may make of the client inside one call or on one stream: each may become a receipt. */
export const SERVER_REQUESTS_MAX = 64;
/** Pings of a server that are being answered at a time on one stream: one more goes unanswered, and costs nothing. */
export const PING_ANSWERS_MAX = 8;
/** Times that a server of the stateless era may want input before it answers one call. */
export const INPUT_ROUNDS_MAX = 8;
/** Questions of servers that wait for the client in one session, and in this process. */
export const SESSION_QUESTIONS_MAX = 16;
export const QUESTIONS_MAX = 4_096;
/** How long a person has for what a server asks of their agent. */
export const QUESTION_MS_MAX = 10 * 60 * 1000;
/** Channel on which replicas tell each other that a sealed row waits. */
export const RELAY_CHANNEL = 'mcp_relay';
/** What this process has handed to other replicas and not heard back about. */
export const RELAYS_MAX = 256;
/** How long another replica has to say that it took an answer. */
export const RELAY_ANSWER_MS = 3_000;
/** Longest `requestState` considered: ours are well below. */
export const REQUEST_STATE_CHARS_MAX = 8_192;
/** A server's own id of a task. */
export const TASK_ID_CHARS_MAX = 1_024;
/** How long it is known whose a task is: as long as its server keeps it, between these. */
export const TASK_KEPT_MS_MIN = 24 * 60 * 60 * 1000;
export const TASK_KEPT_MS_MAX = 30 * 24 * 60 * 60 * 1000;
/** Tasks known of one caller at one server; calls that are under way together may make some more. */
export const OWNER_TASKS_MAX = 10_000;
/** Tasks on one page of an upstream's list, and the cursor of the next page as it is shown. */
export const TASKS_LISTED_MAX = 1_000;
export const CURSOR_CHARS_MAX = 8_192;
/** `tasks/result` is silent until its task has ended: how long it is waited for. */
export const TASK_RESULT_MS_MAX = 10 * 60 * 1000;
/** How long an answer to what a task asks is waited for; its server may wait longer. */
export const TASK_INPUT_MS_MAX = 24 * 60 * 60 * 1000;
/** How often a task is asked for that a call waits for, where its server does not say; and the longest that it may say. */
export const TASK_POLL_MS = 1_000;
export const TASK_POLL_MS_MAX = 60_000;
/** Whatever it says: no more often than this, and once it has taken ten times as long a tenth of that, up to `TASK_POLL_MS`. */
export const TASK_POLL_MS_MIN = 100;
/** How long the name of a task is waited for after its call was given up, and of how many calls. */
export const LATE_NAME_MS = 1_000;
export const LATE_NAMES_MAX = 64;
/** What a process that goes has left to say to servers of calls that were under way may take. */
export const LAST_WORDS_MS = 2_000;
/** Tasks that are looked at at a time for one stream, because their server said that they have changed. */
export const TASK_LOOKS_MAX = 4;
/** The same task is not looked at more often than this, however often its server says that it has changed. */
export const TASK_LOOK_MS = 1_000;
/** Tasks that one stream may be about. */
export const FOLLOWED_TASKS_MAX = 64;
/** How long a server with sessions has to put what its task wants to know, and then what else it wants. */
export const TASK_HEAR_MS = 2_000;
export const TASK_HEAR_REST_MS = 50;
/** Times that a task's server is asked anew in one look because the task went on meanwhile. */
export const TASK_ROUNDS_MAX = 3;
/** Replicas may change one row at the same moment: how often one of them starts anew from what it is by then. */
export const RELAY_CHANGE_TRIES_MAX = 16;
/** URLs that one error may ask to have opened. */
export const URL_ELICITATIONS_MAX = 8;
/** Nesting of a form that a server has an agent show, and all its text together. */
export const FORM_DEPTH_MAX = 16;
export const FORM_TEXT_CHARS_MAX = 64 * 1024;
/** Bytes of the messages inside one call. */
export const CALL_EVENT_BYTES_MAX = 16 * 1024 * 1024;
/** One message on a GET stream or inside a call. */
export const EVENT_BYTES_MAX = 1024 * 1024;
/** Unsent bytes of a stream's slow reader, beyond which it is cut off. */
export const STREAM_BACKLOG_BYTES_MAX = 4 * 1024 * 1024;
/** Silence after which a waiting agent gets a stream with comments, so that no proxy in between gives up. */
export const KEEP_ALIVE_MS = 15_000;
/** A call that keeps sending progress may go on this long; one that is silent has the server's own limit. */
export const CALL_MS_MAX = 60 * 60 * 1000;
/** How often deadlines and keep-alives are looked at. */
export const SWEEP_MS = 250;
/** Answer of an upstream to initialize, a list or a notification. */
export const LISTING_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes of upstreams' lists that are known already, over all servers of the process. */
export const KNOWN_LISTS_BYTES_MAX = 64 * 1024 * 1024;
/** Pages followed when definitions are read, and definitions taken. */
export const DEFINITION_PAGES_MAX = 100;
export const DEFINITIONS_MAX = 5_000;
/** Of one reading, all its lists together. */
export const DEFINITIONS_BYTES_MAX = 32 * 1024 * 1024;
export const DEFINITIONS_READ_MS = 120_000;
/** Times that a broken answer stream is taken up again with Last-Event-ID. */
export const RESUME_ATTEMPTS_MAX = 5;
/** Bounds of an upstream's `retry:`. */
export const RESUME_DELAY_MS_MIN = 100;
export const RESUME_DELAY_MS_MAX = 10_000;
/** After its answer an upstream's stream gets this long to end by itself. */
export const LINGER_MS = 5_000;
/** Upstream URLs whose parsed form and connection pool are kept at hand. */
export const UPSTREAM_ADDRESSES_CACHED_MAX = 1_000;
/** A credential that was prepared longer ago is made anew: its 60 seconds are for the upstream. */
export const CREDENTIAL_AHEAD_MS_MAX = 2_000;
/** MCP 2025-11-25: an error that asks for a URL to be opened. */
export const URL_ELICITATION_REQUIRED = -32_042;
/** A GET stream ends after this long; the client opens it again with a token that is still good. */
export const STREAM_MS_MAX = 60 * 60 * 1000;
/** An argument that is repeated in a header: servers bound their headers. */
export const MIRRORED_CHARS_MAX = 4_096;
/** Which era a server was found to speak, by server, address and kind of credential. */
export const ERAS_REMEMBERED_MAX = 2_000;
export const ERA_REMEMBERED_MS = 60 * 60 * 1000;
/** How long an answer to server/discover is kept at most, whatever it says. */
export const DISCOVERY_MS_MAX = 10 * 60 * 1000;
/** The question which era a server speaks: one that does not answer it may still answer initialize. */
export const ERA_PROBE_MS_MAX = 5_000;
/** The same question to a program, which has to start first. */
export const PROGRAM_PROBE_MS_MAX = 10_000;
/** Transport of 2024-11-05: connections that this process holds open, each for one session. */
export const CHANNELS_MAX = 1_024;
/** A connection on which nothing was asked this long is closed; the next call opens another. */
export const CHANNEL_IDLE_MS = 10 * 60 * 1000;
/** One message on such a connection; what a call may answer is bounded by the call. */
export const CHANNEL_MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
/** Longest text of somebody else's (an error's message, a reason) that is passed on inside ours. */
export const UPSTREAM_TEXT_CHARS_MAX = 300;
/** Revocations kept in mind for requests that were under way when they came. */
export const RECENT_REVOCATIONS_MAX = 1_024;
