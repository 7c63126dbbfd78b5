import { isIP } from 'node:net';
import { sep } from 'node:path';
import { getDomain } from 'tldts';
import { isKnownSecret } from './public-secrets.ts';
import type { Config, ConfigProblem, ProductionException, ProductionFacts } from './types.ts';

/** Production is what says so, or whose address is more than this machine's own. */
export function isProduction(config: Pick<Config, 'environment' | 'tenantUrl'>): boolean {
  return config.environment === 'production' || !isLocalName(hostOf(config.tenantUrl, '{tenant}'));
}

/** Everything for which a production start is refused. Empty outside production. */
export function productionProblems(config: Config, facts: ProductionFacts): readonly ConfigProblem[] {
  if (!isProduction(config)) return [];
  return [...addressProblems(config, facts), ...storeProblems(config, facts), ...demoProblems(facts)];
}

function addressProblems(config: Config, facts: ProductionFacts): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const [variable, url] of [
    ['TENANT_URL', config.tenantUrl],
    ['VIEWS_URL', config.viewsUrl],
  ] as const) {
    if (!url.startsWith('https:'))
      problems.push(problem(variable, 'is not https', 'Give an https:// address.'));
  }
  if (!hostTemplate(config)) {
    if (facts.tenantCount > 1) {
      problems.push(
        problem(
          'TENANT_URL',
          `${facts.tenantCount} tenants share one host`,
          'Put {tenant} into the host name: cookies of one host are shared.',
        ),
      );
    }
    pushUnlessAllowed(config, problems, 'path-template', 'TENANT_URL', 'has the tenant in its path');
  }
  const views = hostOf(config.viewsUrl, '{label}');
  const tenants = hostOf(config.tenantUrl, '{tenant}');
  if (registrableDomain(views) === registrableDomain(tenants)) {
    problems.push(
      problem(
        'VIEWS_URL',
        'is on the tenants’ registrable domain',
        'Use another domain: siblings could set each other’s cookies.',
      ),
    );
  }
  return problems;
}

function storeProblems(
  config: Config,
  { role, stdioServersWithoutLauncher }: ProductionFacts,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (config.databaseUrl === undefined) {
    pushUnlessAllowed(config, problems, 'embedded-postgres', 'DATABASE_URL', 'is not set');
  } else if (usesKnownPassword(config.databaseUrl)) {
    problems.push(problem('DATABASE_URL', 'has a well-known password', 'Set a random one.'));
  }
  if (config.databaseAdminUrl !== undefined && usesKnownPassword(config.databaseAdminUrl)) {
    problems.push(problem('DATABASE_ADMIN_URL', 'has a well-known password', 'Set a random one.'));
  }
  const powers = [
    role.superuser && 'is a superuser',
    role.bypassesRowSecurity && 'has BYPASSRLS',
    role.ownsTables && 'owns tables',
  ].filter((power) => power !== false);
  for (const power of powers) {
    problems.push(
      problem(
        'DATABASE_URL',
        `its role ${role.name} ${power}`,
        'Give the application’s own role; DATABASE_ADMIN_URL migrates.',
      ),
    );
  }
  if (isWithin(config.keysDir, config.dataDir)) {
    pushUnlessAllowed(config, problems, 'local-keys', 'KEYS_DIR', 'is inside DATA_DIR');
  }
  if (isWithin(config.highWaterDir, config.dataDir)) {
    pushUnlessAllowed(
      config,
      problems,
      'no-high-water',
      'HIGH_WATER_DIR',
      'is not set to a volume that outlives the database',
    );
  }
  for (const variable of config.publicSecrets) {
    problems.push(
      problem(variable, 'has a well-known value', 'Set a random one, here and where it is from.'),
    );
  }
  for (const server of stdioServersWithoutLauncher) {
    problems.push(
      problem(
        'STDIO_SERVERS',
        `nothing here can shut in the stdio server ${server}, which has no launcher`,
        'Install bubblewrap (countersign doctor says what it lacks), or as root give the server a user of its own, or remove it.',
      ),
    );
  }
  return problems;
}

function demoProblems({ demoTenants, loopbackIssuers }: ProductionFacts): ConfigProblem[] {
  return [
    ...demoTenants.map((slug) =>
      problem('tenant', `${slug} is a demo tenant`, 'Remove it: its people sign in without a password.'),
    ),
    ...loopbackIssuers.map((issuer) =>
      problem(
        'identity_provider',
        `${issuer} is on this machine only`,
        'Configure the organisation’s own identity provider.',
      ),
    ),
  ];
}

function pushUnlessAllowed(
  config: Config,
  problems: ConfigProblem[],
  exception: ProductionException,
  variable: string,
  message: string,
): void {
  if (config.productionAllow.includes(exception)) return;
  problems.push(
    problem(variable, message, `Mend it, or accept it by naming ${exception} in PRODUCTION_ALLOW.`),
  );
}

function problem(variable: string, message: string, remedy: string): ConfigProblem {
  return { variable, message, remedy };
}

function hostTemplate({ tenantUrl }: Config): boolean {
  return tenantUrl.split('/')[2]?.includes('{tenant}') === true;
}

function hostOf(template: string, placeholder: string): string {
  return new URL(template.replace(placeholder, 'a')).hostname;
}

function registrableDomain(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}

function isLocalName(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || host === '[::1]') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** The folder itself counts, too. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function usesKnownPassword(url: string): boolean {
  const { password } = new URL(url);
  return password !== '' && isKnownSecret(password);
}
