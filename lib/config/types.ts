/** Choices that production refuses unless they are named in PRODUCTION_ALLOW. */
export type ProductionException = 'embedded-postgres' | 'local-keys' | 'path-template' | 'no-high-water';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** All settings of one process. Frozen; paths are absolute. */
export interface Config {
  readonly environment: 'production' | 'development' | 'test';
  readonly host: string;
  readonly port: number;
  /** 0 takes a free one. */
  readonly metricsPort: number;
  readonly workers: number;
  /** Template with `{tenant}`. */
  readonly tenantUrl: string;
  /** Template with `{label}`. */
  readonly viewsUrl: string;
  readonly dataDir: string;
  readonly keysDir: string;
  /** Where each replica keeps the newest head it has seen. */
  readonly highWaterDir: string;
  /** The application's role; without it an embedded PostgreSQL runs in the data folder. */
  readonly databaseUrl?: string;
  /** The role that owns the schema and migrates. */
  readonly databaseAdminUrl?: string;
  /** Addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly productionAllow: readonly ProductionException[];
  /** `file:` references are read below it. */
  readonly secretsDir?: string;
  /** The operator's file of MCP servers that are programs on this machine. */
  readonly stdioServersFile?: string;
  /** Private destinations that the operator allows upstreams and identity providers to have: `host:port`, address or CIDR. */
  readonly egressPrivateHosts: readonly string[];
  readonly logLevel: LogLevel;
  /** Where traces go; without it none are made. */
  readonly tracing?: TracingConfig;
  readonly backupRetentionDays: number;
  readonly bodyBytesMax: number;
  readonly resultBytesMax: number;
  readonly upstreamTimeoutMs: number;
  /** How long calls under way may go on after SIGTERM. */
  readonly drainMs: number;
  /** Of sign-ins and authorizations, of one address; of a tenant ten times as many. */
  readonly beginningsPerMinute: number;
  /** How long requests are still taken after SIGTERM, while `/readyz` says no already. */
  readonly drainDelayMs: number;
  /** Names of secret variables whose value anybody could guess: the production guard refuses them. */
  readonly publicSecrets: readonly string[];
}

export interface TracingConfig {
  /** Base URL of an OTLP/HTTP receiver. */
  readonly endpoint: string;
  /** The part of the calls that is traced where the caller has not decided: 0 to 1. */
  readonly ratio: number;
  /** For the receiver; may hold its password. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One thing wrong with the environment: which variable, what, and how to mend it. */
export interface ConfigProblem {
  readonly variable: string;
  readonly message: string;
  readonly remedy: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the production guard has to know besides the settings. */
export interface ProductionFacts {
  readonly demoTenants: readonly string[];
  /** Issuers on loopback: a demo identity provider, or one that nobody else can reach. */
  readonly loopbackIssuers: readonly string[];
  readonly tenantCount: number;
  readonly role: {
    readonly name: string;
    readonly superuser: boolean;
    readonly bypassesRowSecurity: boolean;
    readonly ownsTables: boolean;
  };
  readonly stdioServersWithoutLauncher: readonly string[];
}
