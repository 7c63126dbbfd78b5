/** For every model with a tenant's rows: one row, without its tenant. A new model needs a line here before its tests pass. */
import { randomBytes, randomUUID } from 'node:crypto';

export type Row = Readonly<Record<string, unknown>>;

const bytes = () => randomBytes(32);
const text = () => randomBytes(12).toString('hex');
const soon = () => new Date(Date.now() + 3_600_000);

export const ROW_BUILDERS: Readonly<Record<string, () => Row>> = {
  IdentityProvider: () => ({
    id: text(),
    issuer: 'https://idp.example',
    clientId: text(),
    settings: {},
    roleMapping: {},
  }),
  Person: () => ({ id: randomUUID(), lookup: bytes(), reference: text(), claims: bytes() }),
  BrowserSession: () => ({
    idHash: bytes(),
    personId: randomUUID(),
    csrfSecret: bytes(),
    lastSeenAt: new Date(),
    expiresAt: soon(),
  }),
  SignInAttempt: () => ({ stateHash: bytes(), sealed: bytes(), expiresAt: soon() }),
  Agent: () => ({ clientId: text(), name: text(), origin: 'file', admission: 'listed', metadata: {} }),
  OauthPayload: () => ({ model: 'Grant', idHash: bytes(), sealed: bytes() }),
  Grant: () => ({ id: text(), mode: 'agent', clientId: text(), serverId: text(), expiresAt: soon() }),
  RefreshReplay: () => ({ tokenHash: bytes(), clientId: text(), sealed: bytes(), expiresAt: soon() }),
  OauthSettings: () => ({ admission: 'open', grantSeconds: 3_600, refreshReplaySeconds: 10 }),
  KeyEncryptionKey: () => ({
    id: randomUUID(),
    provider: 'local',
    reference: text(),
    checkValue: bytes(),
    state: 'active',
  }),
  DataKey: () => ({ id: randomUUID(), purpose: 'data', wrapped: bytes(), state: 'retired' }),
  PersonKey: () => ({ personId: randomUUID(), id: randomUUID(), wrapped: bytes() }),
  SigningKey: () => ({
    kid: text(),
    purpose: 'mint',
    algorithm: 'EdDSA',
    publicJwk: {},
    sealed: bytes(),
    state: 'inactive',
  }),
  Secret: () => ({ id: randomUUID(), purpose: 'idp-client', sealed: bytes() }),
  ReceiptLog: () => ({ id: text(), issuer: text(), origin: text(), state: 'closed' }),
  LogHead: () => ({
    logId: text(),
    size: 1n,
    root: bytes(),
    frontier: bytes(),
    checkpoint: text(),
    receiptKid: text(),
    logKids: text(),
  }),
  LogBatch: () => ({
    logId: text(),
    firstIndex: 0n,
    count: 1,
    batchId: randomUUID(),
    replicaId: randomUUID(),
    openFrom: 0n,
    leaves: bytes(),
    hashes: bytes(),
    checkpoint: text(),
    archive: bytes(),
    summary: text(),
  }),
  LogTerm: () => ({ type: 1, term: randomUUID(), logId: text(), firstIndex: 0n }),
  LogTile: () => ({ logId: text(), level: 0, index: 0n, hashes: bytes(), root: bytes() }),
  LogReplica: () => ({ logId: text(), replicaId: randomUUID() }),
  ReceiptOutbox: () => ({ id: randomUUID(), clear: text(), sealed: bytes() }),
  PolicySet: () => ({ sha256: text(), version: 1, policies: {} }),
  PolicyActivation: () => ({
    number: 1,
    version: 1,
    mode: 'operator',
    receiptId: randomUUID(),
    change: {},
  }),
  Server: () => ({ id: text(), url: 'https://mcp.example', title: text(), settings: {}, state: 'pinned' }),
  Definition: () => ({ serverId: text(), kind: 'tool', name: text(), sha256: text(), text: '{}' }),
  McpSession: () => ({
    idHash: bytes(),
    grantId: text(),
    serverId: text(),
    sealed: bytes(),
    expiresAt: soon(),
  }),
  McpRelay: () => ({ id: randomUUID(), sealed: bytes(), expiresAt: soon() }),
  McpTask: () => ({ idHash: bytes(), tool: text(), callId: randomUUID(), expiresAt: soon() }),
  ManifestApplication: () => ({ sha256: text(), appliedBy: 'cli:test' }),
};
