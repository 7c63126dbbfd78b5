import { isAbsolute, normalize } from 'node:path';
import { z } from 'zod';
import {
  ARGUMENT_CHARS_MAX,
  ARGUMENTS_MAX,
  CPU_SECONDS_DEFAULT,
  DECLARATIONS_MAX,
  FILE_MB_DEFAULT,
  IDLE_MINUTES_DEFAULT,
  IDLE_MINUTES_MAX,
  MEMORY_MB_DEFAULT,
  OPEN_FILES_DEFAULT,
  PATHS_MAX,
  PROCESSES_DEFAULT,
  PROCESSES_MAX,
  PROCESSES_PER_GRANT_DEFAULT,
  PROCESSES_PER_TENANT_DEFAULT,
  SUBPROCESSES_DEFAULT,
  TMP_MB_DEFAULT,
  VARIABLES_MAX,
} from './constants.ts';
import type { StdioDeclaration } from './types.ts';

export const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const noNul = (text: string) => !text.includes('\0');
const count = (fallback: number, max: number) => z.int().min(1).max(max).default(fallback);

/** One spelling only: a path that leads through `..` may end elsewhere than it seems to. */
const path = z
  .string()
  .max(4_096)
  .refine((text) => isAbsolute(text) && noNul(text), 'is not an absolute path')
  .refine((text) => normalize(text) === text && (text === '/' || !text.endsWith('/')), {
    error: "is not written plainly: leave out '..', '.', double slashes and a slash at the end",
  })
  .refine((text) => text !== '/', 'is the whole machine');

const command = z
  .string()
  .min(1)
  .max(4_096)
  .refine((text) => noNul(text) && (isAbsolute(text) || /^[A-Za-z0-9][\w.+-]*$/.test(text)), {
    error: 'is neither an absolute path nor the name of a program (arguments belong into args)',
  });

const limits = z
  .strictObject({
    memory_mb: count(MEMORY_MB_DEFAULT, 1_048_576),
    cpu_seconds: count(CPU_SECONDS_DEFAULT, 31_536_000),
    file_mb: count(FILE_MB_DEFAULT, 1_048_576),
    open_files: z.int().min(16).max(1_048_576).default(OPEN_FILES_DEFAULT),
    processes: count(SUBPROCESSES_DEFAULT, 65_536),
    tmp_mb: count(TMP_MB_DEFAULT, 65_536),
  })
  .transform((given) => ({
    memoryMb: given.memory_mb,
    cpuSeconds: given.cpu_seconds,
    fileMb: given.file_mb,
    openFiles: given.open_files,
    processes: given.processes,
    tmpMb: given.tmp_mb,
  }));

const server = z
  .strictObject({
    name: z.string().regex(NAME, 'is not made of a–z, 0–9 and hyphens, 63 at most'),
    command,
    args: z
      .array(z.string().max(ARGUMENT_CHARS_MAX).refine(noNul, 'contains NUL'))
      .max(ARGUMENTS_MAX)
      .default([]),
    environment: z
      .record(
        z.string().regex(/^[A-Za-z_]\w*$/, 'is not the name of a variable'),
        z.string().max(65_536).refine(noNul, 'contains NUL'),
      )
      .refine((variables) => Object.keys(variables).length <= VARIABLES_MAX, 'has too many variables')
      .default({}),
    tenants: z
      .array(
        z
          .string()
          .regex(/^(?:\*|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)$/, "is neither a tenant's slug nor '*'"),
      )
      .min(1, 'opens it to nobody: name tenants, or all with "*"'),
    network: z.boolean().default(false),
    read: z.array(path).max(PATHS_MAX).default([]),
    write: z.array(path).max(PATHS_MAX).default([]),
    user: z
      .string()
      .regex(/^[A-Za-z_][\w.-]{0,63}$/, 'is not the name of a user')
      .optional(),
    idle_minutes: z.number().positive().max(IDLE_MINUTES_MAX).default(IDLE_MINUTES_DEFAULT),
    processes_per_grant: count(PROCESSES_PER_GRANT_DEFAULT, PROCESSES_MAX),
    limits: limits.prefault({}),
  })
  .transform((given): StdioDeclaration => ({
    name: given.name,
    command: given.command,
    args: given.args,
    environment: given.environment,
    tenants: given.tenants,
    network: given.network,
    read: given.read,
    write: given.write,
    user: given.user,
    idleMs: given.idle_minutes * 60_000,
    perGrant: given.processes_per_grant,
    limits: given.limits,
  }));

/** The operator's file. */
export const declarationsSchema = z.strictObject({
  processes: count(PROCESSES_DEFAULT, PROCESSES_MAX),
  processes_per_tenant: count(PROCESSES_PER_TENANT_DEFAULT, PROCESSES_MAX),
  servers: z
    .array(server)
    .max(DECLARATIONS_MAX)
    .superRefine((servers, context) => {
      const seen = new Set<string>();
      servers.forEach(({ name }, index) => {
        if (seen.has(name))
          context.addIssue({ code: 'custom', path: [index, 'name'], message: `'${name}' is declared twice` });
        seen.add(name);
      });
    }),
});
