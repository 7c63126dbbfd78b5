import { createServer } from 'node:net';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** What a demo keeps in its data folder, so that the second start has the same people, servers and secrets. */
export interface DemoState {
  readonly identityProviderPort: number;
  readonly everythingPort: number;
  readonly ledgerPort: number;
  readonly identityProviderSecret: string;
  readonly reportAgentSecret: string;
}

/** The state of the demo in this folder; ports that somebody else took meanwhile are replaced. */
export async function loadDemoState(dataDir: string): Promise<DemoState> {
  const file = join(dataDir, 'demo.json');
  const before = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Partial<DemoState>,
    () => ({}) as Partial<DemoState>,
  );
  const state: DemoState = {
    identityProviderPort: await freePort(before.identityProviderPort),
    everythingPort: await freePort(before.everythingPort),
    ledgerPort: await freePort(before.ledgerPort),
    identityProviderSecret: before.identityProviderSecret ?? randomBytes(32).toString('base64url'),
    reportAgentSecret: before.reportAgentSecret ?? randomBytes(32).toString('base64url'),
  };
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, JSON.stringify(state), { mode: 0o600 });
  return state;
}

/** The wanted port if it is free on loopback, else another one that is. */
export async function freePort(wanted = 0): Promise<number> {
  const taken = await tryPort(wanted);
  return taken ?? (await tryPort(0)) ?? 0;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
