/** What is in a tenant's log, as an auditor takes it: exported, verified offline, and only then read. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instance } from './start-instance.ts';

export interface Payload {
  readonly jti: string;
  readonly kind: string;
  readonly attempt?: string;
  readonly outcome?: { readonly status: string };
}

/** The payloads of all receipts in the log, which verify with what the log's own trust file says. The instance need not serve. */
export async function verifiedReceipts(
  instance: Pick<Instance, 'dataDir' | 'countersign'>,
  slug: string,
): Promise<readonly Payload[]> {
  const bundle = join(instance.dataDir, 'bundle.json');
  const trust = join(instance.dataDir, 'trust.json');
  const args = ['bundle', '--tenant', slug, '--last', '500', '--out', bundle, '--trust', trust];
  const made = await instance.countersign(args);
  if (made.code !== 0) throw new Error(`no bundle: ${made.stderr}`);
  const verified = await instance.countersign(['verify', '--trust', trust, bundle]);
  if (!verified.stdout.startsWith('VALID')) throw new Error(`not valid: ${verified.stdout}`);
  return payloadsOf(await readFile(bundle, 'utf8'));
}

/** Attempts stand in a bundle as leaves, all others as SD-JWTs. */
function payloadsOf(bundle: string): readonly Payload[] {
  const { receipts } = JSON.parse(bundle) as { receipts: { sd_jwt?: string; leaf?: string }[] };
  return receipts.map(
    ({ sd_jwt: sdJwt, leaf }) =>
      JSON.parse(leaf ?? Buffer.from(sdJwt?.split('.')[1] ?? '', 'base64url').toString()) as Payload,
  );
}
