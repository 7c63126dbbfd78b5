import type { Check, CheckName, Verdict } from './verdict-types.ts';

/** What a passed check proves, and what it does not. */
export const CHECK_MEANINGS: Readonly<
  Record<CheckName, { readonly proves: string; readonly butNot: string }>
> = {
  format: { proves: 'the file is a bundle of a known version', butNot: 'anything about what is in it' },
  encoding: { proves: 'each receipt has exactly one spelling, and this is it', butNot: 'who wrote it' },
  schema: { proves: 'each receipt says what its kind must say and nothing else', butNot: 'that it is true' },
  disclosures: {
    proves: 'what is shown is what was hashed when the receipt was made',
    butNot: 'anything about what is not shown',
  },
  signature: {
    proves: 'the holder of the named key signed each receipt',
    butNot: 'that this key is to be trusted',
  },
  inclusion: {
    proves: 'each receipt stands in the log at its place',
    butNot: 'that everything that happened stands there',
  },
  bodies: {
    proves: 'the bodies shown are the ones hashed in the receipts',
    butNot: 'what the other side received or did with them',
  },
  keys: { proves: 'the key receipts name keys consistently', butNot: 'that these keys are to be trusted' },
  trust: {
    proves: 'issuer, log and keys are the ones you pinned, or were named by those',
    butNot: 'that nobody else holds these keys',
  },
  checkpoint: {
    proves: "the log's key signed this size and root, and with it every attempt",
    butNot: 'that others were shown the same log',
  },
  uniqueness: { proves: 'no receipt stands here twice', butNot: 'how many there are in the log' },
  attempts: {
    proves: 'no attempt here has two outcomes',
    butNot: 'that an attempt without outcome had none',
  },
  heads: {
    proves: 'the heads that the receipts witnessed do not contradict each other',
    butNot: 'that heads named elsewhere agree',
  },
  consistency: {
    proves: 'the later log contains the earlier one unchanged',
    butNot: 'anything about logs not shown',
  },
};

const WORDS: Readonly<Record<Verdict['verdict'], string>> = {
  VALID: 'Every check was made and passed.',
  INVALID: 'At least one check failed: do not rely on this bundle.',
  UNVERIFIABLE: 'Nothing is known to be wrong, but a check could not be made.',
};

/** The verdict in words for a terminal: each check once, what it proves and does not, and what was left out. */
export function formatVerdict(verdict: Verdict): string {
  const names = [...new Set(verdict.checks.map((check) => check.name))];
  const lines = [
    `${verdict.verdict}: ${WORDS[verdict.verdict]}`,
    ...(verdict.checkpoint ? [`Log ${verdict.checkpoint.origin}, ${verdict.checkpoint.size} entries.`] : []),
    `${verdict.receipts.length} receipts:`,
    ...verdict.receipts.map(({ at, index, payload }) => {
      const what = payload
        ? `${payload.kind} ${payload.tool?.name ?? ''} ${payload.outcome?.status ?? ''}`
        : 'unreadable';
      return `  ${at}  ${payload?.jti ?? '-'}  index ${index ?? '-'}  ${what.trim().replaceAll(/\s+/g, ' ')}`;
    }),
    'Checks:',
    ...names.flatMap((name) =>
      formatCheck(
        name,
        verdict.checks.filter((check) => check.name === name),
      ),
    ),
    ...(verdict.notes.length > 0
      ? ['Not covered by the verdict:', ...verdict.notes.map((note) => `  - ${note}`)]
      : []),
  ];
  return lines.map(visible).join('\n') + '\n';
}

function formatCheck(name: CheckName, checks: readonly Check[]): string[] {
  const { proves, butNot } = CHECK_MEANINGS[name];
  const wrong = checks.filter((check) => check.passed !== 'yes');
  if (wrong.length === 0) return [`  passed    ${name}: ${proves}; not ${butNot}.`];
  const failed = wrong.some((check) => check.passed === 'no');
  return [
    `  ${failed ? 'FAILED  ' : 'not made'}  ${name}: would have shown that ${proves}.`,
    ...wrong.map(
      ({ at, detail, passed }) =>
        `            ${passed === 'no' ? 'failed' : 'open'}: ${at ? `${at} ` : ''}${detail}`,
    ),
  ];
}

/** A bundle's texts are somebody else's: no control or direction characters reach the terminal. */
function visible(line: string): string {
  return line.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
