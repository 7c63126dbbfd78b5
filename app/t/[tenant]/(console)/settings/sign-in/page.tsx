import { page, runtime } from '#lib/runtime';
import { Callout } from '#ui/callout.tsx';
import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { Copyable } from '#ui/copyable.tsx';
import { Facts } from '#ui/facts.tsx';
import { common, signIn } from '#ui/messages.ts';
import { type ProviderBody, ProviderForm } from '#ui/provider-form.tsx';
import { renderPage } from '#ui/render-page.tsx';
import { SignInTestButton } from '#ui/sign-in-test-buttons.tsx';

const load = page({
  auth: { roles: ['admin'] },
  input: {},
  load: async ({ tenant }) => {
    const { manifest, addresses } = runtime();
    const resource = await manifest.load(tenant, { kind: 'identity_provider' });
    return {
      etag: resource?.etag,
      isFile: resource?.owner === 'file',
      hosts: resource?.hosts,
      body: resource?.body as unknown as ProviderBody | undefined,
      redirectUri: addresses.ssoCallbackUrl(tenant.slug),
    };
  },
});

export default renderPage(load, (loaded) => {
  const { etag, isFile, body, hosts, redirectUri } = loaded.data;
  const { canonicalUrl } = loaded.tenant;
  const isRefused = hosts !== undefined && hosts.refused.length > 0;
  return (
    <ConsolePage
      loaded={loaded}
      section="settings"
      title={signIn('title')}
      description={signIn('description')}
      trail={[{ href: `${canonicalUrl}/settings`, label: signIn('settings') }]}
    >
      <div className="flex flex-col gap-5">
        {isRefused && (
          <Callout tone="bad" title={signIn('moved.title')}>
            <MovedHosts hosts={hosts} />
            <p className="max-w-prose">{signIn(isFile ? 'moved.file' : 'moved.console')}</p>
          </Callout>
        )}
        {isFile && (
          <Callout title={signIn('file.title')}>
            <p>{signIn('file.detail')}</p>
          </Callout>
        )}
        {body !== undefined && (
          <Card title={signIn('test.title')} description={signIn('test.detail')}>
            <div className="flex flex-wrap gap-3">
              <SignInTestButton label={signIn('test.saved')} pendingLabel={signIn('test.begin')} />
            </div>
          </Card>
        )}
        <Card title={signIn('redirect')} description={signIn('redirectAbout')}>
          <div className="flex flex-col gap-4">
            <Copyable label={signIn('redirectSignIn')}>{redirectUri}</Copyable>
            <Copyable label={signIn('redirectSignOut')}>{canonicalUrl}</Copyable>
          </div>
        </Card>
        <Card title={signIn('provider')}>
          {isFile && body !== undefined ? (
            <ProviderFacts body={body} />
          ) : (
            <ProviderForm
              url={`${canonicalUrl}/api/v1/identity-provider`}
              etag={etag}
              body={body}
              next={isRefused ? `${canonicalUrl}/settings/sign-in` : undefined}
            />
          )}
        </Card>
        {isFile && body !== undefined && (
          <Card title={signIn('roles')} description={signIn('rolesAbout')}>
            <Facts
              rows={Object.entries(body.roles).map(([group, roles]) => [
                group,
                roles.map((role) => common(`role.${role}`)).join(', '),
              ])}
            />
          </Card>
        )}
      </div>
    </ConsolePage>
  );
});

interface MovedHostsProps {
  readonly hosts: { readonly pinned: readonly string[]; readonly refused: readonly string[] };
}

/** Both lists beside each other, a host a line, so that the one which is new is seen. */
function MovedHosts({ hosts: { pinned, refused } }: MovedHostsProps) {
  const lists = { pinned, refused };
  return (
    <dl className="my-3 grid max-w-prose gap-x-8 gap-y-3 sm:grid-cols-2">
      {(['pinned', 'refused'] as const).map((name) => (
        <div key={name}>
          <dt className="mb-0.5">{signIn(`moved.${name}`)}</dt>
          {lists[name].map((host) => (
            <dd key={host}>
              <Code>{host}</Code>
              {!pinned.includes(host) && <strong className="ml-2">{signIn('moved.new')}</strong>}
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}

/** What a file says, to read. */
function ProviderFacts({ body }: { readonly body: ProviderBody }) {
  const { groups_claim: claim } = body;
  return (
    <Facts
      rows={[
        [signIn('issuer'), <Code key="issuer">{body.issuer}</Code>],
        [signIn('clientId'), <Code key="client">{body.client_id}</Code>],
        [signIn('authentication'), signIn(`auth.${body.client_authentication}`)],
        [signIn('scopes'), body.scopes.join(' ')],
        [
          signIn('groupsClaim'),
          <Code key="claim">{typeof claim === 'string' ? claim : JSON.stringify(claim)}</Code>,
        ],
        [signIn('groupsFormat'), signIn(`format.${body.groups_format}`)],
        [signIn('missingGroups'), signIn(`missing.${body.missing_groups}`)],
        ...(body.endpoint_hosts.length === 0
          ? []
          : [[signIn('endpointHosts'), <Code key="hosts">{body.endpoint_hosts.join(' ')}</Code>] as const]),
      ]}
    />
  );
}
