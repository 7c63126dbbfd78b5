import { Code } from '#ui/code.tsx';
import { code, digest, fact, member, row } from '#ui/fact-rows.tsx';
import type { FactRow } from '#ui/facts.tsx';
import { receipts } from '#ui/messages.ts';
import { detailRows } from '#ui/receipt-details.tsx';
import type { ReceiptViewProps } from '#ui/receipt-view.ts';
import { CREDENTIAL_WORDS, MODE_WORDS, statusWords } from '#ui/receipt-words.ts';
import { Time } from '#ui/time.tsx';

/** Who did it: the person and agent where they may be known, on whose behalf, and from where. */
export function who({
  row: { personName, agentName, mode },
  opened,
  disclosed,
}: ReceiptViewProps): FactRow[] {
  const inPerson = receipts(disclosed['client_id'] === undefined ? 'term.inPerson' : 'term.throughAgent');
  return [
    ...fact(receipts('term.person'), personName ?? disclosed['name']),
    ...fact(receipts('term.email'), disclosed['email']),
    ...fact(receipts('term.groups'), disclosed['groups']),
    ...fact(receipts('term.acted'), mode === 'user' && opened ? inPerson : (MODE_WORDS[mode] ?? mode)),
    ...fact(receipts('term.agent'), agentName),
    ...code(receipts('term.clientId'), disclosed['client_id']),
    ...code(receipts('term.operator'), disclosed['workload']),
    ...code(receipts('term.address'), disclosed['ip']),
    ...code(receipts('term.reference'), disclosed['sub']),
  ];
}

/** What was asked for, or what was changed. */
export function what(
  { row: { server, tool }, payload, disclosed }: ReceiptViewProps,
  address: string,
): FactRow[] {
  return [
    ...code(receipts('term.server'), server),
    ...code(receipts('term.serverUrl'), disclosed['url_sha256']),
    ...code(receipts('term.tool'), tool),
    ...code(receipts('term.definition'), member(payload, 'tool')['definition_sha256']),
    ...code(receipts('term.uri'), disclosed['uri']),
    ...code(receipts('term.prompt'), disclosed['prompt']),
    ...digest(receipts('term.arguments'), disclosed['arguments']),
    ...digest(receipts('term.received'), disclosed['received']),
    ...detailRows(payload, disclosed['details'], address),
  ];
}

/** Which policies said so, and their reasons. */
export function why({ payload, disclosed }: ReceiptViewProps): FactRow[] {
  return [
    ...fact(receipts('term.reasons'), disclosed['reasons']),
    ...fact(receipts('term.policies'), disclosed['policies']),
    ...fact(receipts('term.obligations'), disclosed['obligations']),
    ...fact(receipts('term.shadow'), disclosed['shadow']),
    ...code(receipts('term.policySet'), member(payload, 'decision')['policy_set_sha256']),
  ];
}

/** Under which credential it went out, and as which attempt. */
export function how({ payload, disclosed }: ReceiptViewProps, address: string): FactRow[] {
  const kind = member(payload, 'credential')['kind'];
  const attempt = payload['attempt'];
  return [
    ...fact(receipts('term.credential'), CREDENTIAL_WORDS[String(kind)] ?? kind),
    ...code(receipts('term.credentialReference'), disclosed['reference']),
    ...(typeof attempt === 'string' ? link(receipts('term.attempt'), address, attempt) : []),
    ...(typeof payload['first_attempt'] === 'string'
      ? link(receipts('term.firstAttempt'), address, payload['first_attempt'])
      : []),
  ];
}

/** What came back, and how long it took. */
export function outcome({ row: { kind, status }, disclosed }: ReceiptViewProps): FactRow[] {
  return [
    ...(status === undefined ? [] : fact(receipts('term.status'), statusWords(kind, status))),
    ...digest(receipts('term.result'), disclosed['result']),
    ...digest(receipts('term.upstream'), disclosed['upstream']),
    ...events(member(disclosed, 'events')),
    ...timing(member(disclosed, 'timing')),
  ];
}

/** Where it stands: its own log and entry, the head that it witnessed, the checkpoint that covers it now. */
export function place(view: ReceiptViewProps, address: string): FactRow[] {
  const { row: own, payload, pair, checkpoint, sdJwt } = view;
  const head = member(payload, 'log');
  return [
    ...code(receipts('term.log'), checkpoint?.origin ?? own.log),
    ...fact(receipts('term.entry'), own.index),
    ...fact(receipts('term.signedBy'), receipts(sdJwt === undefined ? 'term.byCheckpoint' : 'term.byKey')),
    ...row(
      receipts('term.head'),
      <>
        {receipts('term.entries', { count: Number(head['size']) })}, <Code>{String(head['root'])}</Code>
      </>,
    ),
    ...(checkpoint === undefined
      ? []
      : row(
          receipts('term.checkpoint'),
          <>
            {receipts('term.entries', { count: Number(checkpoint.size) })}, <Code>{checkpoint.root}</Code>
          </>,
        )),
    ...(pair === undefined
      ? []
      : link(
          receipts(pair.summary.kind === 'attempt' ? 'term.itsAttempt' : 'term.itsOutcome'),
          address,
          pair.summary.id,
          receipts('term.atEntry', { index: pair.summary.index }),
        )),
  ];
}

function link(term: string, address: string, id: string, more?: string): FactRow[] {
  return row(
    term,
    <>
      <a className="link" href={`${address}/${id}`}>
        <Code>{id}</Code>
      </a>
      {more === undefined ? '' : `, ${more}`}
    </>,
  );
}

function events({ count, sha256 }: Readonly<Record<string, unknown>>): FactRow[] {
  if (typeof count !== 'number') return [];
  return row(
    receipts('term.events'),
    <>
      {count}, SHA-256 <Code>{String(sha256)}</Code>
    </>,
  );
}

function timing({
  received_ms: received,
  forwarded_ms: forwarded,
  answered_ms: answered,
}: Readonly<Record<string, unknown>>): FactRow[] {
  if (typeof received !== 'number') return [];
  const after = (moment: unknown) =>
    typeof moment === 'number' ? receipts('term.after', { ms: moment - received }) : undefined;
  return [
    ...row(receipts('term.receivedAt'), <Time ms={received} />),
    ...fact(receipts('term.forwarded'), after(forwarded)),
    ...fact(receipts('term.answered'), after(answered)),
  ];
}
