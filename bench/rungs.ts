import { createGateway } from '#lib/gateway';
import { createKeys, createLocalKeyProvider, type Keys, type Sealer } from '#lib/keys';
import type { Minting } from '#lib/minting';
import { type Policy, type PolicyDecision, type PolicyEngine, validateArguments } from '#lib/policy';
import { createReceipts, type Receipts, type TenantLog } from '#lib/receipts';
import type { Modules, Runtime } from '#lib/runtime';
import type { BenchServer } from './tenant-file.ts';

/**
 * The ladder: the product's own modules, put together here with one step replaced by nothing. The product has no switch
 * that would do this; what a rung writes is of no use to anybody.
 */
export interface Rung {
  /** What is left out; 'nothing' is the product, put together the same way. */
  readonly without: string;
  readonly server: BenchServer;
  readonly stamped: boolean;
  readonly parts?: (runtime: Runtime) => Partial<Pick<Modules, 'policy' | 'minting'>>;
  readonly keys?: (keys: Keys) => Keys;
  readonly log?: (log: TenantLog) => TenantLog;
}

const whole = { server: 'ledger', stamped: true } as const;

export const RUNGS: readonly Rung[] = [
  { ...whole, without: 'nothing' },
  { ...whole, without: 'policy', parts: ({ policy }) => ({ policy: withDecision(policy, schemaOnly) }) },
  {
    ...whole,
    without: 'policy_and_schema',
    parts: ({ policy }) => ({ policy: withDecision(policy, allowAnything) }),
  },
  { ...whole, without: 'mint', parts: ({ minting }) => ({ minting: withoutMint(minting) }) },
  { ...whole, without: 'attempt', server: 'waived' },
  { ...whole, without: 'archive_seal', keys: withoutSeal },
  { ...whole, without: 'receipt_signature', keys: withoutReceiptSignature },
  { ...whole, without: 'outcome_durability', log: withoutWaiting },
  { ...whole, without: 'attempt_and_outcome', server: 'waived', log: withoutOutcome },
  {
    ...whole,
    without: 'policy_schema_mint_attempt_outcome',
    server: 'waived',
    parts: ({ policy, minting }) => ({
      policy: withDecision(policy, allowAnything),
      minting: withoutMint(minting),
    }),
    log: withoutOutcome,
  },
];

/** The runtime with a gateway of its own, in which the rung's step is missing. */
export function assembleRung(runtime: Runtime, rung: Rung): Runtime {
  const { config, clock, database, telemetry } = runtime;
  const keys = rung.keys?.(createKeys({ database, clock, provider: createLocalKeyProvider(config) }));
  const own = createReceipts({
    database,
    keys: keys ?? runtime.keys,
    clock,
    logger: telemetry.logger,
    highWaterDir: config.highWaterDir,
    instanceTenant: () => undefined,
  });
  const receipts = rung.log === undefined ? own : withLog(own, rung.log);
  const modules = { ...runtime, receipts, ...rung.parts?.(runtime) };
  return { ...modules, gateway: createGateway(modules) };
}

type Decide = (engine: PolicyEngine, request: Parameters<PolicyEngine['decide']>[0]) => PolicyDecision;

function withDecision(policy: Policy, decide: Decide): Policy {
  const replaced = new WeakMap<PolicyEngine, PolicyEngine>();
  const replace = (engine: PolicyEngine) => {
    const known = replaced.get(engine);
    if (known !== undefined) return known;
    const made: PolicyEngine = { ...engine, decide: (request) => decide(engine, request) };
    replaced.set(engine, made);
    return made;
  };
  return {
    ...policy,
    engine: async (tenant) => replace(await policy.engine(tenant)),
    cachedEngine: (tenant) => {
      const engine = policy.cachedEngine(tenant);
      return engine && replace(engine);
    },
  };
}

const allowAnything: Decide = ({ setSha256 }) => ({
  effect: 'allow',
  policies: ['agents-for-users', 'engineering'],
  reasons: [],
  obligations: [],
  shadow: [],
  errors: [],
  setSha256,
  hidden: false,
});

const schemaOnly: Decide = (engine, request) => {
  const { tool, arguments: args = {} } = request;
  const checked = tool === undefined ? { ok: false } : validateArguments(tool, args);
  return checked.ok ? allowAnything(engine, request) : { ...allowAnything(engine, request), effect: 'deny' };
};

function withoutMint(minting: Minting): Minting {
  const value = { kind: 'minted', reference: 'none', writeTo: () => undefined } as const;
  return { ...minting, credentialFor: () => ({ ok: true, value }) };
}

function withoutSeal(keys: Keys): Keys {
  const plain = (sealer: Sealer): Sealer => ({ ...sealer, seal: (_place, plaintext) => plaintext });
  const sealer = (async (...args: Parameters<Keys['sealer']>) => {
    const made = (await keys.sealer(...args)) as Sealer | undefined;
    return made && plain(made);
  }) as Keys['sealer'];
  return { ...keys, sealer };
}

function withoutReceiptSignature(keys: Keys): Keys {
  const nothing = new Uint8Array(64);
  return {
    ...keys,
    signerByKid: async (tenant, kid) => {
      const signer = await keys.signerByKid(tenant, kid);
      return signer.purpose === 'receipt'
        ? { ...signer, sign: () => nothing, signAhead: () => ({ take: () => nothing }) }
        : signer;
    },
  };
}

function withLog(receipts: Receipts, replace: (log: TenantLog) => TenantLog): Receipts {
  const replaced = new WeakMap<TenantLog, TenantLog>();
  const of = (log: TenantLog) => {
    const known = replaced.get(log) ?? replace(log);
    replaced.set(log, known);
    return known;
  };
  return {
    ...receipts,
    log: async (tenant) => of(await receipts.log(tenant)),
    cachedLog: (tenant) => {
      const log = receipts.cachedLog(tenant);
      return log && of(log);
    },
  };
}

/** The outcome is written, but nobody waits until it is durable. */
function withoutWaiting(log: TenantLog): TenantLog {
  return {
    ...log,
    outcome: (draft, done) => {
      log.outcome(draft, () => undefined);
      done(null, { kind: draft.kind, index: 0 });
    },
  };
}

function withoutOutcome(log: TenantLog): TenantLog {
  return { ...log, outcome: (draft, done) => done(null, { kind: draft.kind, index: 0 }) };
}
