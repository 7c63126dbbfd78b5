/** What `deploy/` promises: only metrics and settings that exist, nothing secret in it, and nothing that runs with more than it needs. */
import { globSync, readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { Validator, type Schema } from '@cfworker/json-schema';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createTelemetry } from '#lib/telemetry';
import { DRAIN_MS_DEFAULT } from '../lib/config/constants.ts';
import { NODE_FLAGS } from './setup/node-flags.mjs';

const ROOT = join(import.meta.dirname, '..');
const CHART = 'deploy/helm/countersign';
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const settings = new Set([...read('.env.example').matchAll(/^#([A-Z_]+)=/gm)].map((match) => match[1] ?? ''));

/** Every metric that a process can show, by name and type. */
async function knownMetrics(): Promise<ReadonlyMap<string, string>> {
  const { metrics } = createTelemetry({ level: 'silent' });
  metrics.serverOperation(1, { method: 'tools/call' });
  metrics.clientOperation(1, { method: 'tools/call' });
  metrics.decision('allow');
  metrics.policyEvaluation(1);
  metrics.policyDifference();
  metrics.batchAppended(1, 1);
  metrics.refused('overloaded');
  metrics.oauthFlow('token', 'ok');
  metrics.spans('exported', 1);
  metrics.watch({
    receiptQueueDepth: () => 0,
    callsActive: () => 0,
    streamsActive: () => 0,
    sessionsCached: () => 0,
    stdioProcesses: () => 0,
    revocationConfirmAgeSeconds: () => 0,
    replicaFenced: () => false,
    databasePools: () => [],
    egressRequests: () => [],
  });
  const { text } = await metrics.render();
  return new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
}

/** Names of metrics in an expression of PromQL: what is no label, no function and no keyword. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/\{[^}]*\}/g, '')
    .replace(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, '')
    .replace(/^label_values\((.*),[^,]*\)$/, '$1')
    .replace(/\[[^\]]*\]/g, '');
  return [...bare.matchAll(/\b[a-z_:][a-z0-9_:]*\b(?!\s*\()/gi)]
    .map(([name]) => name)
    .filter((name) => name.includes('_'));
}

function unknownMetrics(expressions: readonly string[], known: ReadonlyMap<string, string>): string[] {
  return expressions.flatMap(metricsIn).filter((name) => {
    const base = name.replace(/_(?:bucket|sum|count)$/, '');
    const isPart = base !== name && known.get(base) === 'histogram';
    const isNumber = known.has(name) && known.get(name) !== 'histogram';
    return !isPart && !isNumber;
  });
}

/** Every string under a key, at any depth. */
function valuesOf(key: string, node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap((each) => valuesOf(key, each));
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) =>
    name === key && typeof value === 'string' ? [value] : valuesOf(key, value),
  );
}

describe('the dashboard and the alerts', () => {
  const rules = parse(read(`${CHART}/files/alerts.yaml`)) as {
    groups: { rules: Record<string, unknown>[] }[];
  };
  const dashboard = JSON.parse(read(`${CHART}/files/dashboard.json`)) as {
    panels: { id: number; title: string }[];
  };
  const expressions = [
    ...valuesOf('expr', rules),
    ...valuesOf('expr', dashboard),
    ...valuesOf('definition', dashboard),
  ];

  it('ask for metrics that exist, and for nothing else', async () => {
    expect(expressions.length).toBeGreaterThan(30);
    expect(unknownMetrics(expressions, await knownMetrics())).toEqual([]);
  });

  it('would be caught asking for one that does not, or for a histogram as a number', async () => {
    const planted = [
      'rate(countersign_nothing_total[5m])',
      'sum by (pool) (countersign_receipt_batch_leaves)',
      'countersign_calls_active_count',
    ];
    expect(unknownMetrics(planted, await knownMetrics())).toHaveLength(3);
  });

  it('show every metric of our own somewhere', async () => {
    const shown = new Set(
      expressions.flatMap(metricsIn).map((name) => name.replace(/_(?:bucket|sum|count)$/, '')),
    );
    const ours = [...(await knownMetrics()).keys()].filter((name) => /^(?:countersign|mcp)_/.test(name));
    expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  });

  it('each say how bad it is, what happened and what to do', () => {
    for (const rule of rules.groups.flatMap((group) => group.rules)) {
      expect(rule, String(rule['alert'])).toMatchObject({
        labels: { severity: expect.stringMatching(/^(critical|warning|info)$/) as string },
        annotations: { summary: expect.any(String) as string, description: expect.any(String) as string },
      });
    }
  });

  it('have panels with an id and a title of their own', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  it('are explained to operators', () => {
    const names = rules.groups.flatMap((group) => group.rules).map((rule) => String(rule['alert']));
    for (const name of names) expect(read('docs/observability.md')).toContain(name);
  });
});

describe('the image', () => {
  const dockerfile = read('deploy/Dockerfile');
  const lines = dockerfile.split('\n').filter((line) => !line.startsWith('#'));
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

  it('runs as a user without a name, who owns nothing of the application', () => {
    expect(last).toMatch(/^USER 65532:65532$/m);
    expect(last).toMatch(/^COPY --from=build --chown=0:0 \/app \/app$/m);
  });

  it('says by itself whether the process answers', () => {
    expect(last).toMatch(/^HEALTHCHECK [\s\S]*\/livez/m);
  });

  it('stands on bases with a version', () => {
    const bases = lines.filter((line) => /^ARG \w+_IMAGE=/.test(line));
    expect(bases).toHaveLength(2);
    for (const base of bases) expect(base).toMatch(/=[\w./-]+:(?!latest)[\w.-]+$/);
  });

  it('takes nothing secret and sets only what exists', () => {
    const set = [...last.matchAll(/^(?:ENV| {3}) ([A-Z_]+)=/gm)].map((match) => match[1] ?? '');
    expect(set).toContain('KEYS_DIR');
    const known = (name: string) =>
      settings.has(name) ||
      ['NEXT_TELEMETRY_DISABLED', '__NEXT_NODE_NATIVE_TS_LOADER_ENABLED', 'PATH'].includes(name);
    expect(set.filter((name) => !known(name))).toEqual([]);
    expect(dockerfile).not.toMatch(/^(?:ARG|ENV) [^\n]*(?:PASSWORD|SECRET|TOKEN|DATABASE_URL)/im);
  });

  it('is built from named folders alone', () => {
    const [first, ...rest] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    const taken = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(taken.filter((path) => /^\.|^(?:node_modules|e2e|docs|deploy|data)/.test(path))).toEqual([]);
  });

  it('starts Node with the flags that npm scripts start it with', () => {
    const entry = /^ENTRYPOINT (\[.*\])$/m.exec(last)?.[1] ?? '[]';
    expect(JSON.parse(entry)).toEqual(['node', ...NODE_FLAGS, '/app/bin/countersign.ts']);
  });

  it('has the Node in it that package.json pins', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: { node: string } };
    expect(dockerfile).toContain(`BUILD_IMAGE=node:${dependencies.node}-`);
  });
});

interface ComposeService {
  readonly environment?: Record<string, string>;
  readonly networks: readonly string[] | Readonly<Record<string, object>>;
  readonly ports?: readonly string[];
  readonly image: string;
  readonly [member: string]: unknown;
}

describe('the compose file', () => {
  const compose = parse(read('deploy/compose/compose.yaml'), { merge: true }) as {
    services: Record<string, ComposeService>;
    networks: Record<string, { internal?: boolean; ipam?: { config: { ip_range?: string }[] } }>;
  };
  const replicas = Object.entries(compose.services).filter(([name]) => name.startsWith('countersign-'));

  it('has two replicas that write nowhere but in their volumes and a tmpfs, with no capability', () => {
    expect(replicas).toHaveLength(2);
    for (const [, replica] of replicas) {
      expect(replica).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(replica['security_opt']).toContain('no-new-privileges:true');
      expect(replica['tmpfs']).toHaveLength(1);
    }
  });

  it('gives the owner’s password to the migration alone', () => {
    for (const [, { environment = {} }] of replicas)
      expect(environment).not.toHaveProperty('DATABASE_ADMIN_URL');
    expect(compose.services['migrate']?.environment).toHaveProperty('DATABASE_ADMIN_URL');
  });

  it('holds no password, and starts without none of them', () => {
    const text = read('deploy/compose/compose.yaml');
    const uses = [...text.matchAll(/\$\{(\w+)(.*?)\}/g)];
    expect(uses.length).toBeGreaterThan(8);
    for (const [use, , rest] of uses) expect(rest, use).toMatch(/^:\?/);
    const example = read('deploy/compose/.env.example');
    for (const name of ['POSTGRES_PASSWORD', 'OWNER_PASSWORD', 'APP_PASSWORD'])
      expect(example).toMatch(new RegExp(`^${name}=$`, 'm'));
  });

  it('lets only the proxy be reached, and keeps the database in a network without a way out', () => {
    const published = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name]) => name)).toEqual(['proxy']);
    expect(compose.services['database']?.networks).toEqual(['back']);
    expect(compose.networks['back']?.internal).toBe(true);
  });

  it('believes the proxy alone what address a client has, at an address that nobody else gets', () => {
    const networks = compose.services['proxy']?.networks as { front?: { ipv4_address?: string } };
    const proxy = networks.front?.ipv4_address;
    expect(proxy).toBeDefined();
    for (const [, { environment }] of replicas) expect(environment?.['TRUSTED_PROXIES']).toBe(proxy);
    const [range] = compose.networks['front']?.ipam?.config ?? [];
    const others = new BlockList();
    const [first = '', bits = ''] = range?.ip_range?.split('/') ?? [];
    others.addSubnet(first, Number(bits));
    expect(others.check(proxy ?? '')).toBe(false);
  });

  it('sets only what exists', () => {
    const set = [...replicas.map(([, replica]) => replica), compose.services['migrate']].flatMap((service) =>
      Object.keys(service?.environment ?? {}),
    );
    expect(set.filter((name) => !settings.has(name))).toEqual([]);
  });

  it('waits for longer than a drain takes', () => {
    for (const [, replica] of replicas) {
      const drainMs = DRAIN_MS_DEFAULT + Number(replica.environment?.['DRAIN_DELAY_MS']);
      const graceMs = Number.parseInt(String(replica['stop_grace_period']), 10) * 1_000;
      expect(graceMs).toBeGreaterThan(drainMs + 10_000);
    }
  });

  it('names versions of every image', () => {
    for (const { image } of Object.values(compose.services)) expect(image).toMatch(/:(?!latest)[\w.-]+$/);
  });
});

describe('the chart', () => {
  const values = parse(read(`${CHART}/values.yaml`)) as Record<string, unknown>;
  const validator = new Validator(JSON.parse(read(`${CHART}/values.schema.json`)) as Schema, '7', false);
  const given = {
    ...values,
    image: { ...(values['image'] as object), repository: 'registry.example/countersign' },
    tenantUrl: 'https://{tenant}.mcp.example.com',
    viewsUrl: 'https://{label}.example-usercontent.net',
    database: { existingSecret: 'countersign-database', urlKey: 'DATABASE_URL' },
    migration: { enabled: true, existingSecret: 'countersign-owner', urlKey: 'DATABASE_ADMIN_URL' },
  };
  const accepts = (change: object) => validator.validate({ ...given, ...change }).valid;

  it('takes its own defaults with what nobody can guess, and not without', () => {
    expect(validator.validate(given).errors).toEqual([]);
    expect(validator.validate(values).valid).toBe(false);
  });

  it.each([
    ['an address without TLS', { tenantUrl: 'http://{tenant}.mcp.example.com' }],
    ['an address without its placeholder', { viewsUrl: 'https://example.com' }],
    ['an image without a version', { image: { repository: 'x', tag: 'latest' } }],
    ['a database password among the variables', { env: { DATABASE_URL: 'postgresql://x' } }],
    ['a secret among the variables', { env: { COUNTERSIGN_SECRET_X: 'x' } }],
    ['a migration without its secret', { migration: { enabled: true, existingSecret: '' } }],
    ['a stop that takes no time', { drain: { seconds: -1 } }],
    ['a member that nobody reads', { replicas: 3 }],
  ])('refuses %s', (_, change) => {
    expect(accepts(change)).toBe(false);
  });

  it('reads every value that it has, and no other', () => {
    const templates = globSync(`${CHART}/templates/*`, { cwd: ROOT }).map(read).join('\n');
    const mentioned = new Set([...templates.matchAll(/\.Values\.(\w+)/g)].map((match) => match[1] ?? ''));
    const schema = JSON.parse(read(`${CHART}/values.schema.json`)) as { properties: object };
    const known = Object.keys(schema.properties);
    expect([...mentioned].filter((name) => !known.includes(name))).toEqual([]);
    expect(Object.keys(values).filter((name) => !mentioned.has(name))).toEqual([]);
    expect(Object.keys(values).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('sets only what exists, and gives the owner’s password to the migration alone', () => {
    const set = (file: string) =>
      [...read(`${CHART}/templates/${file}`).matchAll(/name: ([A-Z][A-Z_]+)\b/g)].map(
        (match) => match[1] ?? '',
      );
    expect(set('deployment.yaml')).toContain('DATABASE_URL');
    expect(
      [...set('deployment.yaml'), ...set('migration.yaml')].filter((name) => !settings.has(name)),
    ).toEqual([]);
    expect(set('migration.yaml')).toEqual(['DATABASE_ADMIN_URL']);
    expect(set('deployment.yaml')).not.toContain('DATABASE_ADMIN_URL');
  });

  it('lets a pod stop for longer than load balancers and calls under way are given', () => {
    const deployment = read(`${CHART}/templates/deployment.yaml`);
    const grace = /^ +terminationGracePeriodSeconds: \{\{ add (.+) (\d+) \}\}$/m.exec(deployment);
    expect(grace?.[1]).toBe('.Values.drain.delaySeconds .Values.drain.seconds');
    expect(Number(grace?.[2])).toBeGreaterThanOrEqual(20);
    const drain = values['drain'] as { seconds: number };
    expect(drain.seconds * 1_000).toBe(DRAIN_MS_DEFAULT);
  });
});
