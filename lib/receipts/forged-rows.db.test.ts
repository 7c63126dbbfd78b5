/** Whoever can write into the database, and has no key, gets nothing signed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogId } from '#lib/core';
import { logOrigin } from '#lib/evidence';
import { encodeEntryBundle, encodeVkey, leafHash } from '#lib/tlog';
import { plantSigningKey, type PlantedKey } from '../../e2e/harness/index.ts';
import { LogUnavailable, UnsignedHead } from './errors.ts';
import { sha256 } from './hash.ts';
import { encodeTree, extendTree, EMPTY_TREE, splitHashes } from './log-tree.ts';
import { unpackLeaves } from './pack-leaves.ts';
import { newAttempt, newId, newPerson } from './testing/drafts.ts';
import { attempt, createScene, type Scene } from './testing/scene.ts';
import type { LogOwner } from './types.ts';

type Json = Readonly<Record<string, unknown>>;

let scene: Scene;

beforeAll(async () => {
  scene = await createScene();
});
afterAll(async () => await scene.close());

/** The only leaf of a row. */
function textOf({ leaves }: { readonly leaves: Buffer }): string {
  return Buffer.from(unpackLeaves(leaves)[0]!).toString();
}

/** A copy of the last attempt, of another tool, behind it; tree, root and size are all as they should be. */
async function forgeAttempt(owner: LogOwner): Promise<void> {
  const db = scene.test.database.tenantDb(owner.id);
  const rows = await db.sql<{ hashes: Buffer; leaves: Buffer }>(
    'select hashes, leaves from log_batch where tenant_id = $1 order by first_index',
    [owner.id],
  );
  const last = textOf(rows.at(-1)!);
  const leaf = Buffer.from(last.replace('"name":"echo"', '"name":"evil"'));
  const hash = Buffer.from(leafHash(sha256, leaf));
  const hashes = [...rows.flatMap((row) => splitHashes(row.hashes)), hash];
  const { tree, root } = extendTree(EMPTY_TREE, hashes);
  const index = String(hashes.length - 1);
  await db.sql(
    `insert into log_batch (tenant_id, log_id, first_index, count, batch_id, replica_id, open_from, leaves, hashes,
       checkpoint, archive, summary)
     select tenant_id, log_id, $2::bigint, 1, gen_random_uuid(), replica_id, 0, $3, $4, checkpoint, archive, summary
     from log_batch where tenant_id = $1 and first_index = $2::bigint - 1`,
    [owner.id, index, encodeEntryBundle([leaf]), hash],
  );
  await db.sql('update log_head set size = $2::bigint + 1, root = $3, frontier = $4 where tenant_id = $1', [
    owner.id,
    index,
    Buffer.from(root),
    Buffer.from(encodeTree(tree)),
  ]);
}

describe('an entry that was put behind the last one', () => {
  it('is continued by no process, neither by one that runs nor by one that starts', async () => {
    const receipts = scene.receipts();
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    await attempt(log, newAttempt(newPerson()));
    await forgeAttempt(owner);
    await expect(attempt(log, newAttempt(newPerson()))).rejects.toBeInstanceOf(LogUnavailable);
    await expect(scene.receipts().log(owner.id)).rejects.toBeInstanceOf(UnsignedHead);
    expect(log.head().size).toBe(2);
  });
});

describe('a row that was put into the outbox', () => {
  const id = '0192a000-0000-7000-8000-000000000001';
  const clear = { id, at: Date.now(), kind: 'sign_in', mode: 'system', status: 'ok' };

  it("is not appended, whether nothing of it is sealed or what is sealed is another row's", async () => {
    const receipts = scene.receipts();
    const owner = await scene.tenant(receipts);
    const db = scene.test.database.tenantDb(owner.id);
    const insert = 'insert into receipt_outbox (tenant_id, id, clear, sealed) values ($1, $2, $3, $4)';
    await db.sql(insert, [owner.id, id, JSON.stringify(clear), Buffer.alloc(0)]);
    await expect(receipts.flush(owner.id)).rejects.toThrow();
    await db.sql('delete from receipt_outbox where tenant_id = $1', [owner.id]);

    const draft = {
      id: newId(),
      at: Date.now(),
      kind: 'sign_in',
      status: 'denied',
      actor: { mode: 'system' },
    } as const;
    await db.transaction(async (tx) => {
      await receipts.stage(tx, owner.id, draft);
    });
    const changed = "update receipt_outbox set clear = replace(clear, 'denied', 'ok') where tenant_id = $1";
    await db.sql(changed, [owner.id]);
    await expect(receipts.flush(owner.id)).rejects.toThrow();
    await db.sql(
      'update receipt_outbox set clear = replace(clear, \'"ok"\', \'"denied"\') where tenant_id = $1',
      [owner.id],
    );
    await receipts.flush(owner.id);
    const { entries } = await receipts.search(owner.id, { viewer: { all: true }, limit: 10 });
    expect(entries.map(({ kind, status }) => [kind, status])).toEqual([
      ['sign_in', 'denied'],
      ['key', undefined],
    ]);
  });
});

/** A copy of the log's first entry, in another log or behind the others of its own, that names keys of whoever wrote it. */
async function forgeAnnouncement(
  { id: tenant }: LogOwner,
  { kid, jwk, sign }: PlantedKey,
  vkey: string,
  into?: string,
): Promise<void> {
  const db = scene.test.database.tenantDb(tenant);
  const [first] = await db.sql<{ leaves: Buffer }>(
    'select leaves from log_batch where tenant_id = $1 and first_index = 0',
    [tenant],
  );
  const [header = '', payload = ''] = textOf(first!).split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
  const claims = read(payload);
  const key = claims['key'] as Json;
  const log = { ...(key['log'] as Json), vkey };
  const leaf = Buffer.from(sign(read(header), { ...claims, key: { ...key, kid, jwk, log } }));
  const [place, values] = [into ?? null, [tenant, into === undefined ? 1 : 0]];
  await db.sql(
    `insert into log_batch (tenant_id, log_id, first_index, count, batch_id, replica_id, open_from, leaves, hashes,
       checkpoint, archive, summary)
     select tenant_id, coalesce($4, log_id), $2, 1, gen_random_uuid(), replica_id, 0, $3, hashes, checkpoint, archive, summary
     from log_batch where tenant_id = $1 and first_index = 0 limit 1`,
    [...values, encodeEntryBundle([leaf]), place],
  );
  await db.sql(
    `insert into log_term (tenant_id, type, term, log_id, first_index)
     select distinct tenant_id, type, term, coalesce($3, log_id), $2::bigint from log_term where tenant_id = $1 and first_index = 0`,
    [...values, place],
  );
}

describe('keys that are announced in rows, and whose private halves are not here', () => {
  it('are in no trust file, neither in the log that is there nor in one beside it', async () => {
    const receipts = scene.receipts();
    const owner = await scene.tenant(receipts);
    const db = scene.test.database.tenantDb(owner.id);
    const trust = await receipts.trustFile(owner.id);
    const [receiptKey, logKey] = [await plantSigningKey(db, 'receipt'), await plantSigningKey(db, 'log')];
    const publicKey = Buffer.from(logKey.jwk.x, 'base64url');
    const vkeyOf = (id: string) => encodeVkey(sha256, logOrigin(owner.issuer, id as LogId), publicKey);
    await forgeAnnouncement(owner, receiptKey, vkeyOf(String(trust.logs[0]?.origin.slice(-16))));
    const id = '0123456789abcdef';
    await db.sql(
      `insert into receipt_log select (jsonb_populate_record(l, jsonb_build_object('id', $2::text, 'origin', $3::text))).*
       from receipt_log l where tenant_id = $1`,
      [owner.id, id, logOrigin(owner.issuer, id as LogId)],
    );
    await forgeAnnouncement(owner, receiptKey, vkeyOf(id), id);
    expect(await receipts.keyAnnouncements(owner.id)).toHaveLength(6);
    expect(await receipts.trustFile(owner.id)).toEqual(trust);
  });
});
