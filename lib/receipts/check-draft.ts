import {
  LAYOUT,
  RECEIPT_KINDS,
  TOP_CLAIMS,
  type OptionalMember,
  type ReceiptKind,
  type TopClaim,
} from '#lib/evidence';
import { DraftError } from './errors.ts';
import type { ReceiptDraft } from './types.ts';

type Has = (draft: ReceiptDraft) => boolean;

const MEMBERS: readonly (readonly [OptionalMember, Has])[] = [
  ['aggregate', (draft) => draft.aggregate !== undefined],
  ['attempt', (draft) => draft.attempt !== undefined],
  ['credential', (draft) => draft.credential !== undefined],
  ['decision', (draft) => draft.decision !== undefined],
  ['erasure', (draft) => draft.erasure !== undefined],
  ['first_attempt', (draft) => draft.firstAttempt !== undefined],
  ['key', (draft) => draft.key !== undefined],
  ['outcome', (draft) => draft.status !== undefined],
  ['server', (draft) => draft.server !== undefined],
  ['tool', (draft) => draft.tool !== undefined],
];

/** Where a draft keeps the claims of the top group, apart from `subject`. */
const SOURCES: Readonly<Record<TopClaim, (draft: ReceiptDraft) => unknown>> = {
  uri: (draft) => draft.uri,
  prompt: (draft) => draft.prompt,
  arguments: (draft) => draft.arguments,
  received: (draft) => draft.received,
  result: (draft) => draft.result,
  upstream: (draft) => draft.upstream,
  events: (draft) => draft.events,
  values: (draft) => draft.values,
  context: (draft) => draft.context,
  timing: (draft) => draft.timing,
  elicitations: (draft) => draft.elicitations,
  details: (draft) => draft.details,
  subject: (draft) => draft.about,
};

interface Rules {
  readonly needed: readonly (readonly [OptionalMember, Has])[];
  readonly forbidden: readonly (readonly [OptionalMember | TopClaim, Has])[];
}

const RULES = Object.fromEntries(RECEIPT_KINDS.map((kind) => [kind, rulesOf(kind)])) as Readonly<
  Record<ReceiptKind, Rules>
>;

function rulesOf(kind: ReceiptKind): Rules {
  const { clear, top } = LAYOUT[kind];
  const misplaced = TOP_CLAIMS.filter((name) => !top.includes(name));
  return {
    needed: MEMBERS.filter(([member]) => clear[member] === 'required'),
    forbidden: [
      ...MEMBERS.filter(([member]) => clear[member] === undefined),
      ...misplaced.map(
        (name) => [name, (draft: ReceiptDraft) => SOURCES[name](draft) !== undefined] as const,
      ),
    ],
  };
}

/** @throws {DraftError} when the layout of the draft's kind asks for something else than the draft has: a defect of the caller. */
export function checkDraft(draft: ReceiptDraft): void {
  checkIds(draft);
  const { needed, forbidden } = RULES[draft.kind];
  for (const [member, has] of needed)
    if (!has(draft)) throw new DraftError(`a receipt of kind ${draft.kind} needs ${member}`);
  for (const [name, has] of forbidden)
    if (has(draft)) throw new DraftError(`a receipt of kind ${draft.kind} has no ${name}`);
  if (draft.status !== undefined && !LAYOUT[draft.kind].statuses.includes(draft.status))
    throw new DraftError(`a receipt of kind ${draft.kind} can't have the status ${draft.status}`);
}

const RECEIPT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** What is written between quotation marks as it is, and what the database takes as a UUID. */
function checkIds({ id, attempt, firstAttempt, at, tool, decision }: ReceiptDraft): void {
  for (const each of [id, attempt, firstAttempt]) {
    if (each !== undefined && !RECEIPT_ID.test(each)) throw new DraftError(`'${each}' is not a UUIDv7`);
  }
  for (const hash of [tool?.definitionSha256, decision?.policySetSha256]) {
    if (hash !== undefined && !SHA256_HEX.test(hash))
      throw new DraftError(`'${hash}' is not a SHA-256 in hex`);
  }
  if (!(at >= 0 && at < 2 ** 52)) throw new DraftError(`${at} is not a time in milliseconds`);
}
