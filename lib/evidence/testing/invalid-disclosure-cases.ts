import { toBase64Url, utf8, type Json } from '#lib/core';
import { createSalts, digestOf, encodeDisclosure } from './make-receipt.ts';
import { CLAIMS, sample } from './samples.ts';
import { caseOf, changed, editSdJwt, invalid, type Case, type Scene } from './scene.ts';

const text = (value: unknown) => toBase64Url(utf8(JSON.stringify(value)));

/** Adds a disclosure that the issuer itself made: its digest takes the place of a decoy. */
function disclosed(
  name: string,
  disclosure: string | ((scene: Scene) => string),
  group: 'top' | 'actor' = 'top',
): Case {
  return caseOf(name, invalid('disclosures'), (scene) => {
    const { log } = scene;
    const added = typeof disclosure === 'string' ? disclosure : disclosure(scene);
    const made = log.add({
      kind: 'sign_in',
      edit: (payload) => {
        const swap = (digests: unknown) => [...(digests as string[]).slice(1), digestOf(added)].toSorted();
        const actor = payload['actor'] as Record<string, Json>;
        return group === 'top'
          ? { ...payload, _sd: swap(payload['_sd']) }
          : { ...payload, actor: { ...actor, _sd: swap(actor['_sd']) } };
      },
    });
    const bundle = log.bundle([made]);
    editSdJwt(bundle, 0, (parts) => [...parts.slice(0, -1), added, '']);
    return { bundle };
  });
}

const salts = createSalts('invalid disclosures');

const claim = (name: string, value: Json) => encodeDisclosure(salts(16), name, value);

export const INVALID_DISCLOSURE_CASES: readonly Case[] = [
  changed('a disclosure that belongs to no digest', invalid('disclosures'), (bundle) =>
    editSdJwt(bundle, 1, (parts) => [...parts.slice(0, -1), claim('details', '{}'), '']),
  ),
  changed('a disclosure twice', invalid('disclosures'), (bundle) =>
    editSdJwt(bundle, 1, (parts) => [...parts.slice(0, -1), parts[1]!, '']),
  ),
  changed('an empty disclosure', invalid('disclosures'), (bundle) =>
    editSdJwt(bundle, 1, (parts) => [parts[0]!, '', ...parts.slice(1)]),
  ),
  changed('a disclosure of another receipt', invalid('disclosures'), (bundle) =>
    editSdJwt(bundle, 1, (parts) => [
      ...parts.slice(0, -1),
      (bundle.receipts[0]!['disclosures'] as string[])[0]!,
      '',
    ]),
  ),
  changed('a disclosure of an attempt with padding', invalid('disclosures'), (bundle) => {
    const own = bundle.receipts[0]!['disclosures'] as string[];
    bundle.receipts[0]!['disclosures'] = own.with(0, `${own[0]}=`);
  }),
  changed('a disclosure of an attempt twice', invalid('disclosures'), (bundle) => {
    const own = bundle.receipts[0]!['disclosures'] as string[];
    bundle.receipts[0]!['disclosures'] = [...own, own[0]];
  }),
  disclosed('a disclosure that is not base64url', 'not/base64url'),
  disclosed('a disclosure that is not JSON', toBase64Url(utf8('[')), 'top'),
  disclosed(
    'a disclosure with white space',
    toBase64Url(utf8('["AAAAAAAAAAAAAAAAAAAAAA", "details", "{}"]')),
  ),
  disclosed('a disclosure with other trailing bits', 'WyJB'.padEnd(23, 'B')),
  disclosed('an array-element disclosure', text(['AAAAAAAAAAAAAAAAAAAAAA', '{}'])),
  disclosed('a disclosure of four elements', text(['AAAAAAAAAAAAAAAAAAAAAA', 'details', '{}', 1])),
  disclosed('a disclosure that is an object', text({ salt: 'AAAAAAAAAAAAAAAAAAAAAA', details: '{}' })),
  disclosed('a short salt', text(['AAAAAAAAAAA', 'details', '{}'])),
  disclosed('a salt that is a number', text([1, 'details', '{}'])),
  disclosed('a claim named _sd', claim('_sd', ['x'])),
  disclosed('a claim named ...', claim('...', 'x')),
  disclosed('a claim named __proto__', claim('__proto__', 'x')),
  disclosed('a claim that is clear anyway', claim('iss', 'https://evil.example')),
  disclosed(
    'a claim of another kind of receipt',
    claim('result', { bytes: 1, member: 'result', sha256: '0'.repeat(64) }),
  ),
  disclosed('a claim in the wrong place', claim('email', 'mallory@example.com')),
  disclosed('a clear member of its own group', claim('mode', 'operator'), 'actor'),
  disclosed('recursive: an object with _sd inside', claim('details', { _sd: [digestOf('x')] })),
  disclosed('a list with a placeholder inside', claim('groups', [{ '...': digestOf('x') }]), 'actor'),
  disclosed('agent JSON instead of its text', claim('details', { role: 'admin' })),
  disclosed('details that are not RFC 8785 text', claim('details', '{ "role": "admin" }')),
  disclosed('a fraction', claim('details', 1.5)),
  disclosed('null', claim('details', null)),
  caseOf('one claim disclosed twice, with two salts', invalid('disclosures'), ({ log }) => {
    const [first, second] = [claim('details', '{"a":1}'), claim('details', '{"a":2}')];
    const edit = (payload: Record<string, Json>) => ({
      ...payload,
      _sd: [digestOf(first), digestOf(second)].toSorted(),
    });
    const bundle = log.bundle([log.add({ kind: 'admin', edit })]);
    editSdJwt(bundle, 0, (parts) => [...parts.slice(0, -1), first, second, '']);
    return { bundle };
  }),
  caseOf('a digest in two places', invalid('disclosures'), ({ log }) => {
    const edit = (payload: Record<string, Json>) => {
      const [shared] = payload['_sd'] as [string];
      const actor = payload['actor'] as Record<string, Json>;
      return {
        ...payload,
        actor: { ...actor, _sd: [...(actor['_sd'] as string[]).slice(1), shared].toSorted() },
      };
    };
    return { bundle: log.bundle([log.add({ kind: 'sign_in', edit })]) };
  }),
  caseOf('context above 1 KiB within the disclosure', invalid('disclosures'), ({ log }) => {
    // Fits the schema's characters, but not the bytes.
    const top = { ...CLAIMS.top, context: JSON.stringify('ü'.repeat(600)) };
    const { clear } = sample('tool_call');
    return { bundle: log.bundle([log.add({ kind: 'tool_call', clear: clear ?? {}, disclose: { top } })]) };
  }),
];
