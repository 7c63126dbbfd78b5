import { err, ok, type Result, type TenantSlug } from '#lib/core';
import { buildCommand, type Command } from './build-command.ts';
import { FULL_RETRY_SECONDS, STDIO_SCHEME, STOP_GRACE_MS } from './constants.ts';
import { CrashPauses } from './crash-pauses.ts';
import type { StdioDeps } from './create-stdio.ts';
import type { Tools } from './find-tools.ts';
import { placeProcess, type Place } from './place-process.ts';
import type { Declarations } from './read-declarations.ts';
import { readSecrets, secretsIn } from './read-secrets.ts';
import { RunningProcess } from './running-process.ts';
import { StderrLog } from './stderr-log.ts';
import type {
  ProcessListener,
  ProcessOwner,
  StartRefusal,
  Stdio,
  StdioDeclaration,
  StdioFacts,
} from './types.ts';

type Deps = StdioDeps & Required<Pick<StdioDeps, 'findTools'>>;

const NO_LAUNCHER =
  'nothing here can shut it in, and production starts nothing that is not: install bubblewrap';

/** The declared programs, and what runs of them. */
export class Programs implements Stdio {
  #bounds: Pick<Declarations, 'processes' | 'processesPerTenant'>;
  #deps: Deps;
  #tools: Tools | undefined;
  #declared: ReadonlyMap<string, StdioDeclaration>;
  #places = new Map<string, Place>();
  /** Each with its tenant. */
  #running = new Map<RunningProcess, string>();
  #pauses = new CrashPauses();
  #whenNone: (() => void) | undefined;
  /** The last word to what runs when we go, however that comes. */
  readonly #killAll = () => {
    for (const running of this.#running.keys()) running.kill('wish');
  };

  constructor(declarations: Declarations, deps: Deps) {
    this.#bounds = declarations;
    this.#deps = deps;
    this.#declared = new Map(declarations.servers.map((server) => [server.name, server]));
    for (const { name, launcher, about, problems } of this.examine())
      if (launcher === 'none' || problems.length > 0)
        deps.logger.warn({ server: name, about, problems }, 'a stdio server is not as it should be');
  }

  examine(): readonly StdioFacts[] {
    this.#places.clear();
    return [...this.#declared.values()].map((declaration) => {
      const { launcher, about, problems } = this.#place(declaration);
      const secrets = readSecrets(declaration, this.#deps.resolveSecret);
      const { name } = declaration;
      return { name, launcher, about, problems: secrets.ok ? problems : [...problems, ...secrets.error] };
    });
  }

  find(tenant: TenantSlug, url: string): StdioDeclaration | undefined {
    if (!url.startsWith(STDIO_SCHEME)) return undefined;
    const declaration = this.#declared.get(url.slice(STDIO_SCHEME.length));
    return declaration?.tenants.some((slug) => slug === '*' || slug === tenant) ? declaration : undefined;
  }

  registrationProblems: Stdio['registrationProblems'] = (tenant, { url, credential }) => {
    if (!url.startsWith(STDIO_SCHEME)) return [];
    const problems: string[] = [];
    // The same words for what does not exist and for what is another tenant's.
    if (this.find(tenant, url) === undefined) {
      const name = url.slice(STDIO_SCHEME.length);
      problems.push(`The operator has opened no stdio server '${name}' to this tenant.`);
    }
    for (const [mode, kind] of Object.entries({ user: credential.user, agent: credential.agent }))
      if (kind !== undefined && kind !== 'none')
        problems.push(`A stdio server is given no credential of kind ${kind} (mode ${mode}): use none.`);
    return problems;
  };

  start(owner: ProcessOwner, url: string, listener: ProcessListener): Result<RunningProcess, StartRefusal> {
    const declaration = this.find(owner.tenantSlug, url);
    if (declaration === undefined)
      return err({
        kind: 'not_open',
        message: 'is a program that its operator has not opened to this tenant.',
      });
    const place = this.#place(declaration);
    const secrets = readSecrets(declaration, this.#deps.resolveSecret);
    if (!secrets.ok) return err(this.#unusable(declaration, owner, secrets.error));
    if (place.problems.length > 0) return err(this.#unusable(declaration, owner, place.problems));
    if (place.launcher === 'none' && this.#deps.launcherRequired)
      return err(this.#unusable(declaration, owner, [NO_LAUNCHER]));
    const refusal = this.#refuse(declaration, owner);
    if (refusal !== undefined) return err(refusal);
    const command = buildCommand(declaration, place, this.#found(), secrets.value);
    const stderr = this.#stderrOf(declaration, owner, secretsIn(declaration, secrets.value));
    try {
      return ok(this.#run(declaration, owner, { command, stderr, listener }));
    } catch (error) {
      return err(this.#unusable(declaration, owner, [(error as Error).message]));
    }
  }

  async endAll(): Promise<void> {
    if (this.#running.size === 0) return;
    for (const running of this.#running.keys()) running.stop();
    await new Promise<void>((resolve) => {
      this.#whenNone = resolve;
      setTimeout(resolve, 3 * STOP_GRACE_MS).unref();
    });
  }

  #run(
    declaration: StdioDeclaration,
    owner: ProcessOwner,
    parts: {
      readonly command: Command;
      readonly stderr: StderrLog;
      readonly listener: ProcessListener;
    },
  ): RunningProcess {
    const startedAt = performance.now();
    const running = new RunningProcess(parts.command, declaration.idleMs, {
      ...parts,
      onGone: (wished) => {
        const now = performance.now();
        if (!wished && parts.listener.lenient !== true)
          this.#pauses.ended(pauseKey(declaration, owner), now - startedAt, now);
        this.#leave(running);
      },
    });
    if (this.#running.size === 0) process.on('exit', this.#killAll);
    this.#running.set(running, owner.tenant);
    return running;
  }

  #leave(running: RunningProcess): void {
    this.#running.delete(running);
    if (this.#running.size > 0) return;
    process.off('exit', this.#killAll);
    this.#whenNone?.();
  }

  #refuse(declaration: StdioDeclaration, owner: ProcessOwner): StartRefusal | undefined {
    const key = pauseKey(declaration, owner);
    const left = this.#pauses.left(key, performance.now());
    if (left > 0) {
      const retryAfterSeconds = Math.ceil(left / 1_000);
      const times = this.#pauses.count(key);
      const message = `has ended by itself (${times} ${times === 1 ? 'time' : 'times'} in a row) and is started again in ${retryAfterSeconds} s.`;
      return { kind: 'pausing', message, retryAfterSeconds };
    }
    const ofTenant = [...this.#running.values()].filter((tenant) => tenant === owner.tenant).length;
    const { processes, processesPerTenant } = this.#bounds;
    if (this.#running.size < processes && ofTenant < processesPerTenant) return undefined;
    const message = "can't be started now: as many processes run as there may be. Try again shortly.";
    return { kind: 'full', message, retryAfterSeconds: FULL_RETRY_SECONDS };
  }

  #unusable(
    { name }: StdioDeclaration,
    { tenantSlug }: ProcessOwner,
    problems: readonly string[],
  ): StartRefusal {
    // The operator may mend it while we run.
    this.#places.delete(name);
    const details = { server: name, tenant: tenantSlug, problems };
    this.#deps.logger.error(details, 'a stdio server can not be started as it is declared');
    const message = "can't be started as its operator declared it: 'countersign doctor' says why.";
    return { kind: 'unusable', message };
  }

  #stderrOf({ name }: StdioDeclaration, { tenantSlug }: ProcessOwner, secrets: readonly string[]): StderrLog {
    return new StderrLog(
      secrets,
      () => performance.now(),
      (text) => this.#deps.logger.info({ server: name, tenant: tenantSlug, text }, 'a stdio server said'),
    );
  }

  #found(): Tools {
    return (this.#tools ??= this.#deps.findTools());
  }

  #place(declaration: StdioDeclaration): Place {
    let place = this.#places.get(declaration.name);
    if (place === undefined) {
      place = placeProcess(declaration, this.#found(), this.#deps.own);
      this.#places.set(declaration.name, place);
    }
    return place;
  }
}

function pauseKey({ name }: StdioDeclaration, { tenant, grant }: ProcessOwner): string {
  return `${tenant} ${name} ${grant}`;
}
