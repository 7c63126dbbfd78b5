import { page, runtime } from '#lib/runtime';
import { Callout } from '#ui/callout.tsx';
import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { Facts } from '#ui/facts.tsx';
import { SelectField, TextField } from '#ui/fields.tsx';
import { JsonForm } from '#ui/json-form.tsx';
import { settings } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';

interface SettingsBody {
  readonly display_name: string;
  readonly admission: 'listed' | 'approval' | 'open';
  readonly grants: { readonly hours: number; readonly refresh_replay_seconds: number };
}

const KINDS = ['settings', 'identity_provider', 'server', 'policy', 'agent'] as const;
const MODES = ['approval', 'listed', 'open'] as const;

const load = page({
  auth: { roles: ['admin'] },
  input: {},
  load: async ({ tenant, session, ip }) => {
    const { console, manifest } = runtime();
    const [lists, log] = await Promise.all([
      Promise.all(KINDS.map(async (kind) => await manifest.list(tenant, kind))),
      console.logFacts({ tenant, session, ip }),
    ]);
    const resources = lists.flat();
    const own = resources.find(({ kind }) => kind === 'settings');
    if (own === undefined) throw new Error('a tenant has settings, its own or the defaults');
    return {
      etag: own.etag,
      isFile: own.owner === 'file',
      body: own.body as unknown as SettingsBody,
      owned: resources.filter(({ owner }) => owner === 'file').map(({ kind, id = '' }) => ({ kind, id })),
      log,
    };
  },
});

export default renderPage(load, (loaded) => {
  const { data, tenant } = loaded;
  return (
    <ConsolePage
      loaded={loaded}
      section="settings"
      title={settings('title')}
      description={settings('description')}
    >
      <div className="flex flex-col gap-6">
        {data.isFile && (
          <Callout title={settings('fileOwned')}>
            <p>{settings('fileOwnedAbout')}</p>
          </Callout>
        )}
        <Card>
          <fieldset disabled={data.isFile}>
            <JsonForm
              readOnly={data.isFile}
              url={`${tenant.canonicalUrl}/api/v1/settings`}
              method="PUT"
              etag={data.etag}
              submit={settings('save')}
              saved={settings('saved')}
            >
              <Fields body={data.body} />
            </JsonForm>
          </fieldset>
        </Card>
        <Card title={settings('signIn')} description={settings('signInAbout')}>
          <a href={`${tenant.canonicalUrl}/settings/sign-in`} className="link text-sm">
            {settings('signInLink')}
          </a>
        </Card>
        <Card title={settings('facts')}>
          <Facts
            rows={[
              [settings('canonicalUrl'), <Code key="url">{tenant.canonicalUrl}</Code>],
              [
                settings('issuer'),
                <span key="issuer">
                  <Code>{tenant.issuer}</Code>
                  <span className="block text-muted">{settings('issuerAbout')}</span>
                </span>,
              ],
              [settings('log'), <Code key="log">{data.log.id}</Code>],
              [settings('logSize'), String(data.log.size)],
              [settings('logOrigin'), <Code key="origin">{data.log.origin ?? ''}</Code>],
              [settings('trust'), <Code key="trust">{`${tenant.canonicalUrl}/log/trust.json`}</Code>],
            ]}
          />
        </Card>
        <Owned owned={data.owned} />
      </div>
    </ConsolePage>
  );
});

function Fields({ body }: { readonly body: SettingsBody }) {
  return (
    <>
      <TextField
        name="display_name"
        label={settings('name')}
        description={settings('nameAbout')}
        defaultValue={body.display_name}
        required
      />
      <SelectField
        name="admission"
        label={settings('admission')}
        description={settings('admissionAbout')}
        options={MODES.map((value) => ({ value, label: settings(`admissionMode.${value}`) }))}
        defaultValue={body.admission}
      />
      <TextField
        name="grants.hours"
        type="number"
        label={settings('hours')}
        description={settings('hoursAbout')}
        defaultValue={body.grants.hours}
        required
      />
      <TextField
        name="grants.refresh_replay_seconds"
        type="number"
        label={settings('replay')}
        description={settings('replayAbout')}
        defaultValue={body.grants.refresh_replay_seconds}
        required
      />
    </>
  );
}

interface OwnedProps {
  readonly owned: readonly { readonly kind: (typeof KINDS)[number]; readonly id: string }[];
}

function Owned({ owned }: OwnedProps) {
  return (
    <Card
      title={settings('ownership')}
      description={settings(owned.length === 0 ? 'ownershipNone' : 'ownershipAbout')}
    >
      {owned.length > 0 && (
        <ul className="list-disc pl-5 text-sm">
          {owned.map(({ kind, id }) => (
            <li key={`${kind} ${id}`} className="break-words">
              {settings(`owned.${kind}`, { id })}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
