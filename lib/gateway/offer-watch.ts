import type { DefinitionKind } from '#lib/registry';
import type { ActContext, ActParts } from './parts.ts';
import { visibleSha256, type Viewer } from './visible-offer.ts';

/** The lists of which it is said when they change, with what is in them. */
export const LIST_CHANGES = {
  tools: { method: 'notifications/tools/list_changed', kinds: ['tool'] },
  prompts: { method: 'notifications/prompts/list_changed', kinds: ['prompt'] },
  resources: { method: 'notifications/resources/list_changed', kinds: ['resource', 'template'] },
} as const satisfies Record<string, { method: string; kinds: readonly DefinitionKind[] }>;

export type ListName = keyof typeof LIST_CHANGES;

/** Who is told, besides what a viewer is. */
type Watcher = Viewer & Pick<ActContext, 'tenant'>;

/** What is to be done when the offer was looked at. */
export interface OfferNews {
  /** Another list than before is shown to this principal. */
  changed(method: string): void;
  /** There is no such server any more, or nobody has approved what it offers. */
  gone(): void;
}

/**
 * Notices when policies, pins or drift change what one principal may see of a server. The offer before and the one after
 * are compared when there was a change, so that watching costs nothing; what a policy permits by time or address alone
 * changes unnoticed.
 */
export class OfferWatch {
  #parts: ActParts;
  #lists: readonly ListName[];
  #watcher: Watcher;
  #stale = false;

  constructor(parts: ActParts, watcher: Watcher, lists: readonly ListName[]) {
    this.#parts = parts;
    this.#watcher = watcher;
    this.#lists = lists;
  }

  /** The principal with server and policies as they were last looked at. */
  get viewer(): Viewer {
    return this.#watcher;
  }

  /** Something may be other than it was. */
  touch(): void {
    this.#stale = true;
  }

  sweep(now: number, news: OfferNews): void {
    if (!this.#stale || !this.#parts.flights.mayLook(now)) return;
    this.#stale = false;
    // What can't be reached is asked for again soon; whoever reaches for it says so in the log.
    this.#look(news).catch(() => this.touch());
  }

  async #look(news: OfferNews): Promise<void> {
    const before = this.#watcher;
    const { tenant, principal } = before;
    const [server, engine] = await Promise.all([
      this.#parts.registry.server(tenant.id, principal.server),
      this.#parts.policy.engine(tenant.id),
    ]);
    if (server === undefined || server.state === 'unpinned' || server.state === 'altered') return news.gone();
    const receivedAt = this.#parts.clock.now();
    this.#watcher = { ...before, server, engine };
    for (const { method, kinds } of this.#lists.map((name) => LIST_CHANGES[name])) {
      const shown = visibleSha256({ ...before, receivedAt }, kinds);
      if (shown !== visibleSha256({ ...this.#watcher, receivedAt }, kinds)) news.changed(method);
    }
  }
}
