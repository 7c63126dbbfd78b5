import { CheckboxField, SelectField, TextAreaField, TextField } from '#ui/fields.tsx';
import { common, signIn } from '#ui/messages.ts';
import { SignInForm } from '#ui/sign-in-form.tsx';

/** The resource `identity_provider`, as the API has it. */
export interface ProviderBody {
  readonly issuer: string;
  readonly client_id: string;
  readonly client_authentication: 'client_secret_basic' | 'client_secret_post' | 'none';
  readonly scopes: readonly string[];
  readonly groups_claim: string | readonly string[];
  readonly groups_format: 'list' | 'single' | 'space' | 'comma';
  readonly missing_groups: 'refuse' | 'none';
  readonly userinfo: boolean;
  readonly endpoint_hosts: readonly string[];
  readonly roles: Readonly<Record<string, readonly (typeof ROLES)[number][]>>;
  readonly has_secret: boolean;
}

const ROLES = ['member', 'approver', 'auditor', 'admin'] as const;
const METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const;
const FORMATS = ['list', 'single', 'space', 'comma'] as const;
const MISSING = ['refuse', 'none'] as const;

interface ProviderFormProps {
  readonly url: string;
  readonly etag: string | undefined;
  /** Absent: there is no provider yet. */
  readonly body: ProviderBody | undefined;
  /** The page to load once it is saved. */
  readonly next?: string | undefined;
}

/** The provider's settings as a form over the API. */
export function ProviderForm({ url, etag, body, next }: ProviderFormProps) {
  const rows = Object.entries(body?.roles ?? { '*': ['member'] }).map(([group, roles]) => ({ group, roles }));
  const claim = body?.groups_claim ?? 'groups';
  return (
    <SignInForm
      url={url}
      etag={etag}
      next={next}
      rows={rows}
      roles={ROLES.map((id) => ({ id, label: common(`role.${id}`) }))}
      words={{
        save: signIn('save'),
        saved: signIn('saved'),
        roles: signIn('roles'),
        rolesAbout: signIn('rolesAbout'),
        group: signIn('group'),
        addGroup: signIn('addGroup'),
        removeGroup: signIn('removeGroup'),
        testUnsaved: signIn('test.unsaved'),
        testBegins: signIn('test.begin'),
      }}
    >
      <TextField
        name="issuer"
        type="url"
        label={signIn('issuer')}
        description={signIn('issuerAbout')}
        defaultValue={body?.issuer}
        required
        mono
      />
      <TextField name="client_id" label={signIn('clientId')} defaultValue={body?.client_id} required mono />
      <TextField
        name="client_secret"
        type="password"
        label={signIn('clientSecret')}
        description={signIn(body?.has_secret ? 'secretKept' : 'secretNone')}
        autoComplete="new-password"
      />
      <SelectField
        name="client_authentication"
        label={signIn('authentication')}
        defaultValue={body?.client_authentication ?? 'client_secret_basic'}
        options={METHODS.map((value) => ({ value, label: signIn(`auth.${value}`) }))}
      />
      <TextAreaField
        name="scopes"
        type="lines"
        label={signIn('scopes')}
        description={signIn('scopesAbout')}
        defaultValue={(body?.scopes ?? ['profile', 'email', 'groups']).join('\n')}
        mono
      />
      <TextField
        name="groups_claim"
        label={signIn('groupsClaim')}
        description={signIn(typeof claim === 'string' ? 'groupsClaimAbout' : 'groupsPathAbout')}
        defaultValue={typeof claim === 'string' ? claim : claim.join('.')}
        mono
      />
      <SelectField
        name="groups_format"
        label={signIn('groupsFormat')}
        defaultValue={body?.groups_format ?? 'list'}
        options={FORMATS.map((value) => ({ value, label: signIn(`format.${value}`) }))}
      />
      <SelectField
        name="missing_groups"
        label={signIn('missingGroups')}
        defaultValue={body?.missing_groups ?? 'refuse'}
        options={MISSING.map((value) => ({ value, label: signIn(`missing.${value}`) }))}
      />
      <CheckboxField
        name="userinfo"
        label={signIn('userinfo')}
        description={signIn('userinfoAbout')}
        defaultChecked={body?.userinfo ?? false}
      />
      <TextAreaField
        name="endpoint_hosts"
        type="lines"
        rows={3}
        label={signIn('endpointHosts')}
        description={signIn('endpointHostsAbout')}
        defaultValue={(body?.endpoint_hosts ?? []).join('\n')}
        mono
      />
    </SignInForm>
  );
}
