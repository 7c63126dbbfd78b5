import pg from 'pg';

/** Works on a database as whoever owns it. */
export async function asOwner<Value>(
  adminUrl: string,
  work: (client: pg.Client) => Promise<Value>,
): Promise<Value> {
  const owner = new pg.Client({ connectionString: adminUrl });
  await owner.connect();
  return await work(owner).finally(() => owner.end());
}

/** While this runs nobody can append: the log's head is locked by somebody else. */
export async function holdLogHead(owner: pg.Client, run: () => Promise<void>): Promise<void> {
  try {
    await owner.query('begin');
    await owner.query('lock table log_head in access exclusive mode');
    await run();
  } finally {
    await owner.query('rollback');
  }
}
