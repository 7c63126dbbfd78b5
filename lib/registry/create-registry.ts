import { randomBytes } from 'node:crypto';
import { canonicalJson, uuidV7, type Clock, type ServerId, type TenantId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type { Keys } from '#lib/keys';
import type { Receipts } from '#lib/receipts';
import { compareDefinitions } from './compare-definitions.ts';
import { fitting } from './fitting-names.ts';
import { pin, type Say } from './pin-definitions.ts';
import { readListing } from './read-listed.ts';
import { createServerCache } from './server-cache.ts';
import { settingsOf } from './server-settings.ts';
import { createRegistryStore, type RegistryStore } from './store.ts';
import type { Drift, PinnedServer, ReceiptActor, Registry, ServerDraft } from './types.ts';

export interface RegistryDeps {
  readonly database: Database;
  readonly keys: Pick<Keys, 'lookup'>;
  readonly receipts: Pick<Receipts, 'stage'>;
  readonly clock: Clock;
  readonly telemetry: { readonly logger: { error(details: object, message: string): void } };
}

/** Builds the registry. Resolves when it hears of other replicas' changes. */
export async function createRegistry(deps: RegistryDeps): Promise<Registry> {
  const { clock, receipts } = deps;
  const store = createRegistryStore(deps.database, deps.keys);
  const { logger } = deps.telemetry;
  const onError = (error: unknown) =>
    logger.error({ error: String(error) }, 'a server could not be confirmed');
  const onAltered = (tenant: TenantId, server: ServerId) =>
    logger.error(
      { tenant, server },
      'a server is not as it was saved or approved, so nothing of it is called',
    );
  const cache = await createServerCache({ store, clock, onError, onAltered });
  const say: Say = async (tx, tenant, actor, server, details) => {
    const at = clock.now();
    const id = uuidV7(at, randomBytes(10));
    const { id: serverId, urlSha256 } = server;
    const named = { id: serverId, ...(urlSha256 === undefined ? {} : { urlSha256 }) };
    await receipts.stage(tx, tenant, { id, at, kind: 'admin', actor, status: 'ok', server: named, details });
  };
  return {
    save: async (tx, tenant, draft, author) => await save(store, say, tx, tenant, draft, author),
    pin: async (tx, tenant, server, listed, author, choice) => {
      const before = await store.findIn(tx, tenant, server);
      if (before === undefined || before.state === 'altered')
        throw new Error(`server '${server}' is pinned before it is saved`);
      return await pin({ store, say, tx, tenant, author }, before, listed, choice);
    },
    read: readListing,
    async remove(tx, tenant, server, author) {
      const before = await store.findIn(tx, tenant, server);
      if (before === undefined) return false;
      await store.remove(tx, tenant, server);
      await say(tx, tenant, author, before, { action: 'server.remove', url: before.url });
      return true;
    },
    server: cache.load,
    cached: cache.cached,
    list: store.list,
    listIn: store.listIn,
    async noteDrift(tenant, server, drifts) {
      const known = await cache.load(tenant, server);
      const news = known === undefined ? [] : drifts.filter((drift) => isNews(known, drift));
      if (known === undefined || news.length === 0) return;
      await store.noteDrift(tenant, server, news, async (tx, noted) => {
        for (const drift of noted) {
          const pinned = definitionsOf(known, drift)?.get(drift.name)?.definitionSha256 ?? '';
          const details = {
            kind: drift.kind,
            name: drift.name,
            pinned_sha256: pinned,
            live_sha256: drift.liveSha256,
          };
          await say(tx, tenant, { mode: 'system' }, known, { action: 'definition.drift', ...details });
        }
      });
    },
    compare: compareDefinitions,
    onChange: cache.onChange,
    close: cache.close,
  };
}

async function save(
  store: RegistryStore,
  say: Say,
  tx: TenantTransaction,
  tenant: TenantId,
  draft: ServerDraft,
  author: ReceiptActor,
) {
  const { id, url, title } = draft;
  const fields = { url, title, settings: settingsOf(draft) };
  const before = await store.findIn(tx, tenant, id);
  if (before !== undefined && canonicalJson(fieldsOf(before)) === canonicalJson(fields)) {
    return { change: 'unchanged' as const, version: before.version };
  }
  // Of a row that was altered, too: what was pinned was pinned of what stands there.
  const previousUrl = await store.urlIn(tx, id);
  const version =
    before === undefined
      ? await store.create(tx, tenant, id, fields)
      : await store.update(tx, tenant, id, fields);
  const isAnother = previousUrl !== undefined && previousUrl !== url && before?.state !== 'unpinned';
  if (isAnother) await store.dropDefinitions(tx, tenant, id);
  const { settings } = fields;
  await say(
    tx,
    tenant,
    author,
    { id },
    {
      action: before === undefined ? 'server.create' : 'server.update',
      url,
      title,
      ...settings,
      allowMethods: fitting(settings.allowMethods),
      // A waiver is part of every completeness report: all of them, as far as a receipt holds them, by name.
      waivers: fitting(settings.waivers),
      waiver_count: settings.waivers.length,
      ...(before?.state === 'altered' ? { previous: 'altered' } : {}),
      ...(isAnother ? { previous_url: previousUrl, pins: 'dropped' } : {}),
    },
  );
  return { change: before === undefined ? ('created' as const) : ('updated' as const), version };
}

function fieldsOf({ url, title, credential, emailAllowed, allowMethods, waivers, timeoutMs }: PinnedServer) {
  const lists = { allowMethods: [...allowMethods], waivers: [...waivers] };
  return { url, title, settings: { credential: { ...credential }, emailAllowed, ...lists, timeoutMs } };
}

function definitionsOf(server: PinnedServer, { kind }: Pick<Drift, 'kind'>) {
  return {
    tool: server.tools,
    prompt: server.prompts,
    resource: server.resources,
    template: server.templates,
  }[kind];
}

function isNews(server: PinnedServer, drift: Drift): boolean {
  const pinned = definitionsOf(server, drift).get(drift.name);
  return pinned !== undefined && pinned.drift === undefined && pinned.definitionSha256 !== drift.liveSha256;
}
