import { isIP } from 'node:net';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { err, ok, type Result } from '#lib/core';
import {
  BACKUP_RETENTION_DAYS_DEFAULT,
  BODY_BYTES_MAX_DEFAULT,
  DATA_DIR_DEFAULT,
  HOST_DEFAULT,
  PORT_DEFAULT,
  RESULT_BYTES_MAX_DEFAULT,
  UPSTREAM_TIMEOUT_MS_DEFAULT,
  WORKERS_MAX,
} from './constants.ts';
import type { Config, ConfigProblem, Environment } from './types.ts';

const port = (fallback: number) =>
  z.coerce
    .number('a port is a number')
    .int('a port is a whole number')
    .min(0)
    .max(65_535, 'a port is at most 65535')
    .default(fallback);
const count = (fallback: number, max: number) =>
  z.coerce
    .number('a whole number is expected')
    .int('a whole number is expected')
    .min(1, 'at least 1')
    .max(max, `at most ${max}`)
    .default(fallback);
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );

function template(placeholder: string) {
  return z.string().superRefine((text, context) => {
    if (text.split(placeholder).length !== 2) {
      context.addIssue({ code: 'custom', message: `the template contains ${placeholder} exactly once` });
      return;
    }
    const expanded = text.replace(placeholder, 'a');
    if (!URL.canParse(expanded) || !/^https?:$/.test(new URL(expanded).protocol)) {
      context.addIssue({ code: 'custom', message: 'the template is not an http or https URL' });
    } else if (text.endsWith('/') || /[?#]/.test(text)) {
      context.addIssue({ code: 'custom', message: 'the template ends without slash, query or fragment' });
    }
  });
}

const proxies = list.superRefine((ranges, context) => {
  for (const range of ranges.filter((each) => !isAddressRange(each))) {
    context.addIssue({ code: 'custom', message: `'${range}' is neither an address nor a CIDR range` });
  }
});

const postgresUrl = z
  .string()
  .refine((text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text), 'a postgresql:// URL is expected')
  .optional();

const SCHEMA = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  HOST: z.string().min(1).default(HOST_DEFAULT),
  PORT: port(PORT_DEFAULT),
  METRICS_PORT: port(0),
  WORKERS: count(1, WORKERS_MAX),
  TENANT_URL: template('{tenant}').optional(),
  VIEWS_URL: template('{label}').optional(),
  DATA_DIR: z.string().min(1).default(DATA_DIR_DEFAULT),
  KEYS_DIR: z.string().min(1).optional(),
  HIGH_WATER_DIR: z.string().min(1).optional(),
  SECRETS_DIR: z.string().min(1).optional(),
  DATABASE_URL: postgresUrl,
  DATABASE_ADMIN_URL: postgresUrl,
  TRUSTED_PROXIES: proxies,
  PRODUCTION_ALLOW: list.pipe(
    z.array(z.enum(['embedded-postgres', 'local-keys', 'path-template', 'no-high-water'])),
  ),
  EGRESS_PRIVATE_HOSTS: list,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  BACKUP_RETENTION_DAYS: count(BACKUP_RETENTION_DAYS_DEFAULT, 3_650),
  BODY_BYTES_MAX: count(BODY_BYTES_MAX_DEFAULT, 64 * 1024 * 1024),
  RESULT_BYTES_MAX: count(RESULT_BYTES_MAX_DEFAULT, 64 * 1024 * 1024),
  UPSTREAM_TIMEOUT_MS: count(UPSTREAM_TIMEOUT_MS_DEFAULT, 3_600_000),
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
  return ok(Object.freeze(toConfig(parsed.data)));
}

function toConfig(values: z.output<typeof SCHEMA>): Config {
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
    ...(values.DATABASE_URL === undefined ? {} : { databaseUrl: values.DATABASE_URL }),
    ...(values.DATABASE_ADMIN_URL === undefined ? {} : { databaseAdminUrl: values.DATABASE_ADMIN_URL }),
    trustedProxies: values.TRUSTED_PROXIES,
    productionAllow: values.PRODUCTION_ALLOW,
    egressPrivateHosts: values.EGRESS_PRIVATE_HOSTS,
    logLevel: values.LOG_LEVEL,
    backupRetentionDays: values.BACKUP_RETENTION_DAYS,
    bodyBytesMax: values.BODY_BYTES_MAX,
    resultBytesMax: values.RESULT_BYTES_MAX,
    upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
  };
}

function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
