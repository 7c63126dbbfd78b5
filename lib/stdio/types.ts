import type { Result, TenantSlug } from '#lib/core';

/** How a process is kept from what is not its own. `user`: by a user of its own; `none`: not at all. */
export type LauncherKind = 'bubblewrap' | 'user' | 'none';

export interface StdioLimits {
  readonly memoryMb: number;
  readonly cpuSeconds: number;
  readonly fileMb: number;
  readonly openFiles: number;
  readonly processes: number;
  readonly tmpMb: number;
}

/** A program as the operator declared it. */
export interface StdioDeclaration {
  readonly name: string;
  /** Absolute path, or a name that is looked up once among the system's folders. */
  readonly command: string;
  readonly args: readonly string[];
  /** Values, or references to secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Slugs of the tenants it is open to; `*` for every one. */
  readonly tenants: readonly string[];
  readonly network: boolean;
  /** What it sees of this machine besides the system's folders. */
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** The user that it runs as. */
  readonly user: string | undefined;
  readonly idleMs: number;
  /** Processes of one grant. */
  readonly perGrant: number;
  readonly limits: StdioLimits;
}

/** Whom a process is for. Nobody else ever reaches it. */
export interface ProcessOwner {
  readonly tenant: string;
  readonly tenantSlug: TenantSlug;
  readonly grant: string;
}

export type StartRefusalKind = 'not_open' | 'unusable' | 'full' | 'pausing';

/** Why no process was started. `message` completes "The server …". */
export interface StartRefusal {
  readonly kind: StartRefusalKind;
  readonly message: string;
  /** When it is worth another try. */
  readonly retryAfterSeconds?: number;
}

/** How a process ended; in words that complete "The server …". */
export interface ProcessEnd {
  readonly message: string;
}

export interface ProcessListener {
  /** Of standard output, as it comes. */
  onChunk(chunk: Buffer): void;
  /** Once, and nothing after it. */
  onEnd(end: ProcessEnd): void;
  /** It was asked what it need not know: that it ends now is no crash. */
  readonly lenient?: boolean;
}

export interface StdioProcess {
  /** Of its declaration. */
  readonly idleMs: number;
  /** One message, without the line's end. False: too much waits already, and this was not added. */
  write(text: string): boolean;
  /** What it writes stays in its pipe, which makes it wait. */
  pause(): void;
  resume(): void;
  /** Closes its standard input, and ends it by force where that is not enough. */
  stop(): void;
  /** Ends it, and what it started, at once. `fault`: by its own doing, which counts as if it had ended by itself. */
  kill(why: 'wish' | 'fault'): void;
}

/** What an operator should know of one declaration. */
export interface StdioFacts {
  readonly name: string;
  readonly launcher: LauncherKind;
  /** How it is shut in, in words. */
  readonly about: string;
  /** What stands in the way of starting it. */
  readonly problems: readonly string[];
}

export interface Stdio {
  /** Every declared program, examined anew. */
  examine(): readonly StdioFacts[];
  /** The program behind a URL, where it is open to this tenant. */
  find(tenant: TenantSlug, url: string): Pick<StdioDeclaration, 'name' | 'perGrant'> | undefined;
  /** What speaks against registering such a server for a tenant; nothing of what others may use. */
  registrationProblems(
    tenant: TenantSlug,
    server: {
      readonly url: string;
      readonly credential: { readonly user?: string | undefined; readonly agent?: string | undefined };
    },
  ): readonly string[];
  /** Starts a process of its own for an owner. The listener hears nothing before this has returned. */
  start(owner: ProcessOwner, url: string, listener: ProcessListener): Result<StdioProcess, StartRefusal>;
  /** Ends whatever runs, politely at first. */
  endAll(): Promise<void>;
}
