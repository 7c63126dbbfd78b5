import type { KeyOverview, LogFacts, SigningKeyView } from './admin-types.ts';
import { trustCommand } from './connect-instructions.ts';
import type { ConsoleDeps, Visitor } from './types.ts';

/** The tenant's keys with the receipts that announced them: what an auditor pins, and where it comes from. */
export async function keyOverview(
  { keys, receipts }: ConsoleDeps,
  { tenant }: Visitor,
): Promise<KeyOverview> {
  const [{ signing, sealing, encryption }, announced] = await Promise.all([
    keys.describe(tenant.id),
    receipts.keyAnnouncements(tenant.id),
  ]);
  // A log that continues another one names its keys anew: the first word about a key is the one that counts.
  const first = new Map(announced.toReversed().map((announcement) => [announcement.kid, announcement]));
  const trustUrl = `${tenant.canonicalUrl}/log/trust.json`;
  return {
    signing: signing.map((key): SigningKeyView => {
      const announcement = first.get(key.kid);
      const keyHash = announcement?.vkey?.split('+')[1];
      return {
        ...key,
        ...(announcement === undefined ? {} : { announcedBy: announcement.receipt }),
        ...(announcement?.vkey === undefined ? {} : { vkey: announcement.vkey }),
        ...(keyHash === undefined ? {} : { keyHash }),
      };
    }),
    sealing,
    encryption,
    trustUrl,
    trustCommand: trustCommand(trustUrl),
  };
}

/** Where the log stands now. */
export async function logFacts({ receipts }: ConsoleDeps, { tenant }: Visitor): Promise<LogFacts> {
  const { id, size } = (await receipts.log(tenant.id)).head();
  const checkpoint = await receipts.checkpoint(tenant.id, id);
  const origin = checkpoint?.split('\n', 1)[0];
  return { id, size, ...(origin === undefined ? {} : { origin }) };
}
