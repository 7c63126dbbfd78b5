import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { err, ok, type Result } from '#lib/core';
import {
  BACKUP_RETENTION_DAYS_DEFAULT,
  BACKUP_RETENTION_DAYS_MAX,
  BODY_BYTES_MAX_DEFAULT,
  BYTES_MAX_CEILING,
  DATA_DIR_DEFAULT,
  DRAIN_DELAY_MS_CEILING,
  BEGINNINGS_DEFAULT,
  BEGINNINGS_MAX,
  DRAIN_MS_CEILING,
  DRAIN_MS_DEFAULT,
  HOST_DEFAULT,
  PORT_DEFAULT,
  RESULT_BYTES_MAX_DEFAULT,
  UPSTREAM_TIMEOUT_MS_CEILING,
  UPSTREAM_TIMEOUT_MS_DEFAULT,
  WORKERS_MAX,
} from './constants.ts';
import {
  days,
  headerList,
  httpUrl,
  isAddressRange,
  isPrivateHost,
  list,
  listOf,
  port,
  postgresUrl,
  ratio,
  template,
  whole,
} from './environment-values.ts';
import { publicSecrets } from './public-secrets.ts';
import type { Config, ConfigProblem, Environment } from './types.ts';

const SCHEMA = z
  .object({
    NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
    HOST: z.string().min(1).default(HOST_DEFAULT),
    PORT: port(PORT_DEFAULT),
    METRICS_PORT: port(0),
    WORKERS: whole(1, 1, WORKERS_MAX),
    TENANT_URL: template('{tenant}').optional(),
    VIEWS_URL: template('{label}').optional(),
    DATA_DIR: z.string().min(1).default(DATA_DIR_DEFAULT),
    KEYS_DIR: z.string().min(1).optional(),
    HIGH_WATER_DIR: z.string().min(1).optional(),
    SECRETS_DIR: z.string().min(1).optional(),
    STDIO_SERVERS: z.string().min(1).optional(),
    DATABASE_URL: postgresUrl,
    DATABASE_ADMIN_URL: postgresUrl,
    TRUSTED_PROXIES: listOf(isAddressRange, 'an address or a CIDR range'),
    PRODUCTION_ALLOW: list.pipe(
      z.array(z.enum(['embedded-postgres', 'local-keys', 'path-template', 'no-high-water'])),
    ),
    EGRESS_PRIVATE_HOSTS: listOf(isPrivateHost, 'host:port, an address or a CIDR range'),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
    OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl,
    OTEL_EXPORTER_OTLP_HEADERS: headerList,
    OTEL_TRACES_SAMPLER_ARG: ratio(1),
    BACKUP_RETENTION: days(BACKUP_RETENTION_DAYS_DEFAULT, BACKUP_RETENTION_DAYS_MAX),
    BODY_BYTES_MAX: whole(BODY_BYTES_MAX_DEFAULT, 1_024, BYTES_MAX_CEILING),
    RESULT_BYTES_MAX: whole(RESULT_BYTES_MAX_DEFAULT, 1_024, BYTES_MAX_CEILING),
    UPSTREAM_TIMEOUT_MS: whole(UPSTREAM_TIMEOUT_MS_DEFAULT, 100, UPSTREAM_TIMEOUT_MS_CEILING),
    BEGINNINGS_PER_MINUTE: whole(BEGINNINGS_DEFAULT, 1, BEGINNINGS_MAX),
    DRAIN_MS: whole(DRAIN_MS_DEFAULT, 0, DRAIN_MS_CEILING),
    DRAIN_DELAY_MS: whole(0, 0, DRAIN_DELAY_MS_CEILING),
  })
  .superRefine((values, context) => {
    if (values.PORT !== 0 || (values.TENANT_URL !== undefined && values.VIEWS_URL !== undefined)) return;
    const message =
      'a free port (0) needs TENANT_URL and VIEWS_URL, for addresses are built before it is known';
    context.addIssue({ code: 'custom', path: ['PORT'], message });
  });

const REMEDY = 'Mend or unset it; .env.example lists every variable with its default.';

/** The settings, or everything that is wrong with them at once. An empty variable counts as unset. */
export function loadConfig(environment: Environment): Result<Config, readonly ConfigProblem[]> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = SCHEMA.safeParse(given);
  if (!parsed.success) {
    return err(
      parsed.error.issues.map((issue) => ({
        variable: String(issue.path[0]),
        message: issue.message,
        remedy: REMEDY,
      })),
    );
  }
  return ok(Object.freeze(toConfig(parsed.data, publicSecrets(given))));
}

function toConfig(values: z.output<typeof SCHEMA>, knownSecrets: readonly string[]): Config {
  const dataDir = resolve(values.DATA_DIR);
  const below = (path: string | undefined, name: string) =>
    path === undefined ? resolve(dataDir, name) : resolve(path);
  const secretsDir = values.SECRETS_DIR;
  return {
    environment: values.NODE_ENV,
    host: values.HOST,
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    workers: values.WORKERS,
    tenantUrl: values.TENANT_URL ?? `http://localhost:${values.PORT}/t/{tenant}`,
    viewsUrl: values.VIEWS_URL ?? `http://{label}.mcpapps.localhost:${values.PORT}`,
    dataDir,
    keysDir: below(values.KEYS_DIR, 'keys'),
    highWaterDir: below(values.HIGH_WATER_DIR, 'high-water'),
    ...(secretsDir === undefined
      ? {}
      : { secretsDir: isAbsolute(secretsDir) ? secretsDir : resolve(secretsDir) }),
    ...(values.STDIO_SERVERS === undefined ? {} : { stdioServersFile: resolve(values.STDIO_SERVERS) }),
    ...(values.DATABASE_URL === undefined ? {} : { databaseUrl: values.DATABASE_URL }),
    ...(values.DATABASE_ADMIN_URL === undefined ? {} : { databaseAdminUrl: values.DATABASE_ADMIN_URL }),
    trustedProxies: values.TRUSTED_PROXIES,
    productionAllow: values.PRODUCTION_ALLOW,
    egressPrivateHosts: values.EGRESS_PRIVATE_HOSTS,
    logLevel: values.LOG_LEVEL,
    ...tracingOf(values),
    backupRetentionDays: values.BACKUP_RETENTION,
    bodyBytesMax: values.BODY_BYTES_MAX,
    resultBytesMax: values.RESULT_BYTES_MAX,
    upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
    beginningsPerMinute: values.BEGINNINGS_PER_MINUTE,
    drainMs: values.DRAIN_MS,
    drainDelayMs: values.DRAIN_DELAY_MS,
    publicSecrets: knownSecrets,
  };
}

function tracingOf(values: z.output<typeof SCHEMA>): Pick<Config, 'tracing'> {
  const endpoint = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return {};
  const { OTEL_TRACES_SAMPLER_ARG: sampled, OTEL_EXPORTER_OTLP_HEADERS: headers } = values;
  return { tracing: { endpoint, ratio: sampled, headers } };
}
