/** Keys by which Cedar's JSON turns a plain object into an entity, an extension value or an expression. */
export const CEDAR_ESCAPES: ReadonlySet<string> = new Set(['__entity', '__extn', '__expr']);
/** Depth of an agent's arguments; deeper ones are refused before anything recurses into them. */
export const ARGUMENT_DEPTH_MAX = 64;
/** Values (objects, lists, scalars) in one call's arguments. */
export const ARGUMENT_NODES_MAX = 50_000;
/** RFC 8785 text of a tool's input schema. */
export const SCHEMA_BYTES_MAX = 256 * 1024;
export const SCHEMA_DEPTH_MAX = 64;
/** Work for one validation: one unit is about 5 ns, so that no schema can stop the process for long. */
export const VALIDATION_WORK_MAX = 20_000_000;
/** Units for looking at one value with one schema node. */
export const EVALUATION_WORK = 40;
/** Instructions a `pattern` may compile to; bounded repetitions are written out. */
export const PATTERN_INSTRUCTIONS_MAX = 4_000;
/** Repetitions in a key of `patternProperties`, which JavaScript's own engine runs. */
export const KEY_PATTERN_REPEATS_MAX = 2;
/** Length of a property name that is matched against `patternProperties`. */
export const KEY_PATTERN_TEXT_MAX = 256;
/** Nesting of closed records that keep their types; deeper ones reach Cedar as text. */
export const RECORD_DEPTH_MAX = 8;
/** Members of all records of one tool that keep their types. */
export const RECORD_MEMBERS_MAX = 1_000;
/** Policies of one tenant. */
export const POLICIES_MAX = 1_000;
/** Bytes of one policy's text. */
export const POLICY_TEXT_BYTES_MAX = 64 * 1024;
/** Depth of a policy's text, so that Cedar's recursion ends long before its stack does: one operator counts as one. */
export const TEXT_DEPTH_MAX = 200;
/** What one pair of brackets counts. */
export const BRACKET_DEPTH = 5;
/** Cedar's reader of its own JSON form gives up at 128 levels; a question has a few around the policy. */
export const CEDAR_JSON_DEPTH_MAX = 100;
/** Argument problems told to an agent; the rest is counted. */
export const ARGUMENT_PROBLEMS_MAX = 10;
/** Decisions and residuals kept per engine (one per principal version and thing). */
export const RESIDUALS_CACHED_MAX = 20_000;
/** Beginnings of contexts kept per principal (one per thing acted on and address), and how long they may be. */
export const CONTEXTS_PER_PRINCIPAL_MAX = 16;
export const CONTEXT_KEPT_CHARS_MAX = 4_096;
/** Preparsed slices kept inside Cedar, per process and policy module. */
export const CEDAR_SLOTS_MAX = 2_000;
/** Tenants whose engine is kept. */
export const ENGINES_CACHED_MAX = 1_000;
/** An engine is confirmed against the database after this long even when nobody said that it changed. */
export const ENGINE_CONFIRM_MS = 5_000;
/** An engine that could not be confirmed for this long no longer decides. */
export const ENGINE_STALE_MS = 30_000;
/** One decision in so many is asked of Cedar as well, when a compiled one was used. */
export const CROSS_CHECK_EVERY = 1_000;
/** NOTIFY channel: the payload is the tenant's id. */
export const POLICY_CHANNEL = 'policy';
/** Policies, reasons and errors that a decision names. */
export const DECISION_LIST_MAX = 16;
/** Characters of one of them. */
export const DECISION_TEXT_MAX = 1_000;
/** Variables of a URI template that is matched against a URI. */
export const TEMPLATE_VARIABLES_MAX = 12;
/** Characters of one list of ids in a receipt; its details have a limit, and the version holds them all. */
export const IDS_CHARS_MAX = 4_000;
/** Changed lines up to which the least difference between two texts is looked for. */
export const DIFFERENCE_EDITS_MAX = 1_000;
/** The same for two sets together: squares of changed lines. Ten texts without anything in common are told as such. */
export const DIFFERENCE_WORK_MAX = 2 * DIFFERENCE_EDITS_MAX ** 2;
/** Versions on one page of their list. */
export const VERSIONS_PAGE_MAX = 50;
/** Policies of one side that are named as nearly applying. */
export const NEAR_POLICIES_MAX = 20;
/** How long a validation goes on before others have their turn. */
export const VALIDATION_TURN_MS = 10;
/** Addresses whose form for Cedar is kept at hand, and how long a text may be to be kept. */
export const ADDRESSES_KEPT_MAX = 1_000;
export const ADDRESS_CHARS_MAX = 64;
