import type { TenantRecord } from '#lib/identity';
import type { PinnedServer } from '#lib/registry';
import { explainRefusedLog, NoLog } from '#lib/receipts';
import { diagnoseSignIn } from './diagnose-sign-in.ts';
import { bad, good, judge, type Finding } from './finding.ts';
import type { Modules } from './types.ts';

/** What concerns one tenant. What rests on something that is missing is not looked at. */
export async function diagnoseTenant(modules: Modules, tenant: TenantRecord): Promise<readonly Finding[]> {
  const { slug, state } = tenant;
  if (state !== 'active') return [diagnoseState(slug, state)];
  const keys = await diagnoseKeys(modules, tenant);
  if (!keys.ok) return [keys];
  const log = await diagnoseLog(modules, tenant);
  const { slug: instance } = await modules.identity.tenants.instance();
  if (slug === instance) return [keys, log];
  return [
    keys,
    log,
    diagnoseAddress(modules, tenant),
    ...(await diagnoseSignIn(modules, tenant)),
    await diagnosePolicies(modules, tenant),
    ...(await diagnoseServers(modules, tenant)),
  ];
}

function diagnoseState(slug: string, state: TenantRecord['state']): Finding {
  const name = `${slug}: state`;
  switch (state) {
    case 'shredded':
      return good(name, 'shredded: its keys are destroyed');
    case 'shredding':
      return bad(name, {
        wrong:
          'is being shredded, and its key provider has not destroyed the key yet: backups could still be opened',
        mend: `Run 'countersign shred --tenant ${slug} --confirm ${slug}' again, once the provider has.`,
      });
    case 'reopening':
      return bad(name, {
        wrong: 'is not served: the settling of a restore was interrupted',
        mend: `Run 'countersign log reopen --tenant ${slug}' again.`,
      });
    case 'creating':
      return bad(name, {
        wrong: 'was not made to the end: it has no keys or no log yet',
        mend: 'Apply its tenant file again.',
      });
    default:
      return bad(name, { wrong: `is ${state} and not served`, mend: 'Leave it so, or make it active.' });
  }
}

async function diagnoseKeys({ keys }: Modules, { id, slug }: TenantRecord): Promise<Finding> {
  const name = `${slug}: keys`;
  const checked = await keys.check(id);
  if (!checked.ok) {
    return bad(name, {
      wrong: checked.error.message,
      mend: 'Put the file of its backup into KEYS_DIR (docs/keys.md): nothing of this tenant opens without it.',
    });
  }
  const { foreign } = await keys.describe(id);
  return judge(name, foreign.length === 0, {
    wrong: `the table of signing keys has rows that none of its keys sealed, and that count for nothing: ${foreign.join(', ')}`,
    mend: 'Find out who can write the database (docs/security.md), and remove them.',
  });
}

async function diagnoseLog({ receipts }: Modules, { id, slug }: TenantRecord): Promise<Finding> {
  const name = `${slug}: log`;
  try {
    const { size, id: log } = (await receipts.log(id)).head();
    return good(name, `${log} with ${size} entries, continues what was seen here`);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof NoLog) {
      return bad(name, { wrong: message, mend: 'Restore the database from a backup: its log is missing.' });
    }
    if (explainRefusedLog(error) === undefined) throw error;
    const isFile = (error as { code?: unknown }).code === 'receipts:high-water-file';
    const mend = isFile
      ? 'Mend the file, then start again.'
      : `Bring the missing entries back, or run 'countersign log reopen --tenant ${slug}': every grant and session ends.`;
    return bad(name, { wrong: message, mend });
  }
}

/** Resource identifiers, issuers and redirect URIs are made from the canonical URL: a changed one breaks every client. */
function diagnoseAddress({ addresses }: Modules, { slug, canonicalUrl, issuer }: TenantRecord): Finding {
  const name = `${slug}: address`;
  const configured = addresses.canonicalUrl(slug);
  if (configured !== canonicalUrl) {
    return bad(name, {
      wrong: `TENANT_URL makes it ${configured}, but tokens, resource identifiers and the redirect URI at its identity provider say ${canonicalUrl}`,
      mend: 'Set TENANT_URL back; or start with the new one, register the new redirect URI, and let every agent connect anew.',
    });
  }
  return good(
    name,
    issuer === canonicalUrl ? canonicalUrl : `${canonicalUrl}; receipts name it ${issuer}, for ever`,
  );
}

async function diagnosePolicies({ policy }: Modules, { id, slug }: TenantRecord): Promise<Finding> {
  return judge(`${slug}: policies`, await policy.isSaved(id), {
    wrong:
      'those that the database calls active were not put in force here, or stem from before that was sealed: everything is denied',
    mend: 'Find out who can write the database (docs/security.md); then look at their versions in the console and activate one, or apply the tenant file again.',
  });
}

async function diagnoseServers(
  { registry, stdio }: Modules,
  { id, slug }: TenantRecord,
): Promise<readonly Finding[]> {
  const servers = await registry.list(id);
  return servers.map((server) => {
    if (server.state === 'altered') return diagnoseServer(slug, server);
    const [problem] = stdio.registrationProblems(slug, server);
    return problem === undefined ? diagnoseServer(slug, server) : closedProgram(slug, server, problem);
  });
}

/** Registered while the operator's file said otherwise. */
function closedProgram(slug: string, { id, url }: PinnedServer, problem: string): Finding {
  return bad(`${slug}: server ${id}`, {
    wrong: problem,
    mend: `Open ${url} to ${slug} in the file of STDIO_SERVERS, or register the server with what there is.`,
  });
}

function diagnoseServer(slug: string, server: PinnedServer): Finding {
  const name = `${slug}: server ${server.id}`;
  if (server.state === 'altered') {
    return bad(name, {
      wrong:
        'its row in the database is not as it was saved, or stems from before rows were sealed: nothing is sent to it',
      mend: 'Find out who can write the database (docs/security.md); then save its settings in the console, or apply the tenant file again.',
    });
  }
  if (server.pinsAltered === true) {
    return bad(name, {
      wrong:
        'what the database says is pinned of it is not what was approved, or stems from before that was sealed: none of its tools can be used',
      mend: 'Find out who can write the database (docs/security.md); then approve what it shows in the console, or apply the tenant file again.',
    });
  }
  if (server.state === 'unpinned') {
    return bad(name, {
      wrong: 'nothing of it is pinned, so none of its tools can be used',
      mend: `Check that ${server.url} answers, and approve what it shows in the console, or apply the tenant file again.`,
    });
  }
  const all = [server.tools, server.prompts, server.resources, server.templates];
  const drifted = all.flatMap((pins) => [...pins.values()]).filter(({ drift }) => drift !== undefined);
  return judge(name, server.state === 'pinned', {
    wrong: `shows other definitions than were pinned: ${drifted.map(({ kind, name: of }) => `${kind} ${of}`).join(', ')}; their use is denied`,
    mend: 'Review the new definitions, and approve them in the console or apply the tenant file again.',
  });
}
