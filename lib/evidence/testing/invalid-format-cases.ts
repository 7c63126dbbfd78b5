import { caseOf, changed, invalid, type Case, wholeBundle } from './scene.ts';

export const INVALID_FORMAT_CASES: readonly Case[] = [
  caseOf('not JSON', invalid('format'), (scene) => ({ bundle: JSON.stringify(wholeBundle(scene)).slice(1) })),
  caseOf('an empty file', invalid('format'), () => ({ bundle: '' })),
  caseOf('a list', invalid('format'), () => ({ bundle: '[]' })),
  caseOf('no receipts', invalid('format'), (scene) => ({ bundle: { ...wholeBundle(scene), receipts: [] } })),
  caseOf('another format', invalid('format'), (scene) => ({
    bundle: { ...wholeBundle(scene), format: 'bundle' },
  })),
  caseOf('version 1 spelled differently', invalid('format'), (scene) => ({
    bundle: { ...wholeBundle(scene), format: 'countersign-bundle/v01' },
  })),
  changed('an unknown member of the bundle', invalid('format'), (bundle) =>
    Object.assign(bundle, { note: 'x' }),
  ),
  changed('an unknown member of a receipt', invalid('format'), (bundle) =>
    Object.assign(bundle.receipts[0]!, { note: 'x' }),
  ),
  changed('an unknown member of a body', invalid('format'), (bundle) =>
    Object.assign(bundle.receipts[1]!['body'] as object, { upstream: '{}' }),
  ),
  changed('a receipt without proof', invalid('format'), (bundle) => delete bundle.receipts[0]!['proof']),
  changed('a receipt with JWT and leaf', invalid('format'), (bundle) =>
    Object.assign(bundle.receipts[0]!, { sd_jwt: bundle.receipts[1]!['sd_jwt'] }),
  ),
  changed('a body among the keys', invalid('format'), (bundle) =>
    Object.assign(bundle.keys![0]!, { body: {} }),
  ),
  caseOf('a member name twice in the file', invalid('format'), (scene) => ({
    bundle: JSON.stringify(wholeBundle(scene)).replace('"receipts":', '"keys":[],"receipts":'),
  })),
  caseOf('a member name twice inside a body', invalid('format'), (scene) => ({
    bundle: JSON.stringify(wholeBundle(scene)).replace('"title":"Zwölf"', '"title":"Elf","title":"Zwölf"'),
  })),
  caseOf('a member name twice, once with an escape', invalid('format'), (scene) => ({
    bundle: JSON.stringify(wholeBundle(scene)).replace(
      '"title":"Zwölf"',
      '"t\\u0069tle":"Elf","title":"Zwölf"',
    ),
  })),
  caseOf('a number in a body that a double changes', invalid('format'), (scene) => ({
    bundle: JSON.stringify(wholeBundle(scene)).replace('2.5', '2.5000000000000000001'),
  })),
  caseOf('a lone surrogate in a body', invalid('format'), (scene) => ({
    bundle: JSON.stringify(wholeBundle(scene)).replace('"ten"', '"\\ud800"'),
  })),
];
