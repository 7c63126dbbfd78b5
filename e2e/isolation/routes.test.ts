import { globSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../demo/programs.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type HttpAnswer, sendHttp } from '../harness/send-http.ts';
import { type InProcess, serveInProcess } from '../harness/serve-in-process.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { type Probe, ROUTE_PROBES } from './route-probes.ts';
import { furnishTenant, type Ids, idsOfNothing, openInteraction, type Tenant } from './two-tenants.ts';

const FILES = [
  ...globSync('app/**/{route.ts,route.tsx,page.ts,page.tsx}', { cwd: ROOT }),
  ...globSync('app/.well-known/**/{route.ts,page.tsx}', { cwd: ROOT }),
].filter((file, index, all) => all.indexOf(file) === index);

let test: TestDatabase;
let instance: Instance;
/** Whose things are looked for, and who looks. */
let a: Tenant;
let b: Tenant;
let nothing: Ids;
let unfiltered: InProcess;

beforeAll(async () => {
  test = await createTestDatabase();
  instance = await startInstance({ database: test });
  a = await furnishTenant(instance, 'alpha', 'ada@acme.example');
  b = await furnishTenant(instance, 'beta', 'ada@acme.example');
  nothing = idsOfNothing(a.ids);
  const database = await test.replica({ withoutTenantFilter: true, poolSize: 8 });
  unfiltered = await serveInProcess(
    database,
    instance.env,
    FILES.filter((file) => file.endsWith('route.ts')),
  );
});
afterAll(async () => {
  await unfiltered.stop();
  await instance.stop();
  await Promise.all([a.organisation.stop(), b.organisation.stop()]);
  await test.close();
});

interface Credentials {
  readonly cookies?: string;
  readonly csrf?: string;
  readonly bearer?: string;
}

/** Sends a probe to a tenant's address. `port` is where it listens, if not at the instance's own. */
function send(probe: Probe, at: Tenant, credentials: Credentials, port = instance.port): Promise<HttpAnswer> {
  const { canonicalUrl, slug } = at.organisation;
  const fill = (text: string) =>
    text
      .replaceAll('{tenant}', slug)
      .replaceAll('{canonical}', canonicalUrl)
      .replaceAll('{server}', at.ids.server);
  const path = fill(probe.path);
  const url = path.startsWith('//') ? `${instance.origin}${path.slice(1)}` : `${canonicalUrl}${path}`;
  const target = new URL(url);
  const { host } = target;
  target.port = String(port);
  const form = Object.entries(probe.form ?? {}).map(([name, value]) => [name, fill(value)]);
  // Forms of our own pages say where they come from; programs do not.
  const isForm = (probe.method ?? 'GET') !== 'GET' && !probe.path.startsWith('/oauth/');
  const cookies = [credentials.cookies, probe.cookies].filter(Boolean).join('; ');
  const body =
    probe.json === undefined
      ? probe.form && new URLSearchParams(form).toString()
      : JSON.stringify(probe.json);
  return sendHttp(target.href, {
    method: probe.method ?? 'GET',
    headers: {
      host,
      accept: /\/api\/|\/oauth\/token/.test(target.pathname) ? 'application/json' : 'text/html',
      ...(probe.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(probe.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(isForm ? { origin: instance.origin, 'x-csrf-token': credentials.csrf ?? '' } : {}),
      ...(cookies === '' ? {} : { cookie: cookies }),
      ...(probe.bearer && credentials.bearer ? { authorization: `Bearer ${credentials.bearer}` } : {}),
      ...probe.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
}

/** What can be told apart: status, place and visible words, without the ids asked for and what is random each time. */
function visible({ status, headers, text }: HttpAnswer, ids: Ids): string {
  const location = decodeURIComponent(headers.location ?? '');
  let words = `${status} ${headers['content-type'] ?? ''} ${location} ${text}`.replaceAll(
    /<script\b[\s\S]*?<\/script>/g,
    '',
  );
  words = words.replaceAll(/<[^>]+>/g, ' ');
  for (const id of Object.values(ids) as string[]) words = words.replaceAll(id, '·');
  return words.replaceAll(/[A-Za-z0-9_-]{16,}/g, '·').replaceAll(/\d/g, '0');
}

const own = (tenant: Tenant): Credentials => ({
  cookies: tenant.browser.cookies(tenant.organisation.canonicalUrl),
  csrf: tenant.csrf,
  bearer: tenant.ids.access,
});

/** A session of the owner's that may be ended. */
async function spareSession({ organisation }: Tenant): Promise<Credentials> {
  const browser = await organisation.signIn('ada@acme.example');
  const cookies = browser.cookies(organisation.canonicalUrl);
  const answer = await sendHttp(`${organisation.canonicalUrl}/api/v1/session`, {
    headers: { cookie: cookies },
  });
  return { cookies, csrf: (JSON.parse(answer.text) as { csrf_token: string }).csrf_token };
}

/** B's session as it is, and under the name that A's cookie has. */
function disguises(): Credentials[] {
  const credentials = own(b);
  const [, value = ''] = (credentials.cookies ?? '').split('=');
  const [name = ''] = (own(a).cookies ?? '').split('=');
  return [credentials, { ...credentials, cookies: `${name}=${value}` }];
}

function holdsNothingOf(tenant: Tenant, { text, headers }: HttpAnswer, except: string): void {
  const seen = `${text} ${JSON.stringify(headers)}`;
  for (const marker of tenant.markers) {
    if (!except.includes(marker)) expect(seen).not.toContain(marker);
  }
}

/** Everything that B may try on one file, at one listener. */
async function tryEverything(file: string, port: number): Promise<void> {
  const entry = ROUTE_PROBES[file];
  if (entry === undefined) throw new Error(`${file} has no probes in route-probes.ts`);
  const [probes, blanks] = [entry.probes(a.ids), entry.probes(nothing)];
  for (const [index, probe] of probes.entries()) {
    const blank = blanks[index] ?? probe;
    // At B's own address, A's ids are as good as none.
    if (!probe.endsSession) {
      const found = await send(probe, b, own(b), port);
      const missed = await send(blank, b, own(b), port);
      expect(visible(found, a.ids), probe.path).toBe(visible(missed, nothing));
      holdsNothingOf(a, found, JSON.stringify(probe));
    }

    // At A's address, B is as good as a stranger.
    if (entry.reach === 'public' && entry.spends) continue;
    const stranger = await send(probe, a, {}, port);
    for (const disguise of disguises()) {
      const answer = await send(probe, a, disguise, port);
      if (probe.bearer) expect(answer.status, probe.path).toBe(401);
      else expect(visible(answer, a.ids), probe.path).toBe(visible(stranger, a.ids));
      if (entry.reach === 'guarded') {
        expect([302, 303, 307, 401, 403, 404], probe.path).toContain(answer.status);
        holdsNothingOf(a, answer, JSON.stringify(probe) + a.ids.server);
      }
    }
  }
}

describe('the routes of one tenant', () => {
  it('have probes, every file of them', () => {
    expect(FILES.length).toBeGreaterThan(20);
    expect(Object.keys(ROUTE_PROBES).sort()).toEqual([...FILES].sort());
  });

  it.each(FILES)('give nothing of another to its sessions and tokens: %s', async (file) => {
    await tryEverything(file, instance.port);
  });

  it.each(FILES.filter((file) => file.endsWith('route.ts')))(
    'give nothing either with row-level security alone: %s',
    async (file) => {
      await tryEverything(file, unfiltered.port);
    },
  );

  it('still have their own sessions, agents and MCP sessions after all that', async () => {
    const answer = await a.session.call('read_balance', { account: 'x' });
    expect(answer.body.result?.isError).not.toBe(true);
    const page = await a.browser.open(`${a.organisation.canonicalUrl}/connections`);
    expect(page.text).toContain(a.ids.client);
  });

  it('would have shown it: with row-level security alone the owner finds every one of them', async () => {
    for (const [file, entry] of Object.entries(ROUTE_PROBES)) {
      if (entry.spends || !file.endsWith('route.ts')) continue;
      for (const probe of entry.probes(a.ids)) {
        const { status, text } = await send(probe, a, own(a), unfiltered.port);
        expect(probe.owner, `${file} ${probe.path}: ${text.slice(0, 300)}`).toContain(status);
      }
    }
  });

  it('would have shown it: the owner finds every one of them', async () => {
    // What all the tries before took is longer than a code lives.
    const ids = { ...a.ids, ...(await openInteraction(a.organisation, a.browser)) };
    for (const [file, entry] of Object.entries(ROUTE_PROBES)) {
      for (const probe of entry.probes(ids)) {
        const credentials = probe.endsSession || probe.ownSession ? await spareSession(a) : own(a);
        const { status, text } = await send(probe, a, credentials);
        expect(probe.owner, `${file} ${probe.path}: ${text.slice(0, 300)}`).toContain(status);
      }
    }
  });
});
