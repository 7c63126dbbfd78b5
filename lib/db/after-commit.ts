/** What to do once a transaction is durable: NOTIFY inside it would make all commits wait for one another. */
const hooks = new WeakMap<object, (() => void)[]>();

/** Opens the list for a transaction that begins. */
export function beginHooks(tx: object): () => void {
  const list: (() => void)[] = [];
  hooks.set(tx, list);
  return () => {
    for (const hook of list) hook();
  };
}

/**
 * Runs `hook` after the transaction has committed, never when it was rolled back. A crash in between loses it:
 * for hints to other replicas, not for facts.
 */
export function afterCommit(tx: object, hook: () => void): void {
  const list = hooks.get(tx);
  if (!list) throw new Error('afterCommit was called with something that is not a running transaction');
  list.push(hook);
}
