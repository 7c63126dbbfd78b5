import { z } from 'zod';
import { refuse } from '#lib/http';
import { page, runtime } from '#lib/runtime';
import { ActionButton } from '#ui/action-button.tsx';
import { Callout } from '#ui/callout.tsx';
import { Card } from '#ui/card.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { TextAreaField, TextField } from '#ui/fields.tsx';
import { JsonForm } from '#ui/json-form.tsx';
import { probeWords, servers } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';
import { ServerFields } from '#ui/server-fields.tsx';
import { NO_SERVER, serverId } from '#ui/server-id.ts';
import { visibleText } from '#ui/visible-text.ts';

interface ServerBody {
  readonly url: string;
  readonly title: string;
  readonly credential: { readonly user?: string; readonly agent?: string };
  readonly email?: boolean;
  readonly allow_methods?: readonly string[];
  readonly without_attempt?: readonly string[];
  readonly timeout_seconds?: number;
}

const load = page({
  auth: { roles: ['admin'] },
  input: { params: z.object({ tenant: z.string(), id: serverId }) },
  load: async ({ tenant, input }) => {
    const { id } = input.params;
    const resource = await runtime().manifest.load(tenant, { kind: 'server', id });
    if (resource === undefined) return refuse(NO_SERVER);
    const { body, etag, owner, state } = resource;
    return { id, etag, owner, isAltered: state === 'altered', body: body as unknown as ServerBody };
  },
});

export default renderPage(load, (loaded) => {
  const { id, etag, owner, isAltered, body } = loaded.data;
  const { canonicalUrl } = loaded.tenant;
  const title = visibleText(body.title);
  const url = `${canonicalUrl}/api/v1/servers/${id}`;
  const isFile = owner === 'file';
  return (
    <ConsolePage
      loaded={loaded}
      section="servers"
      title={servers('settings.title', { title })}
      trail={[
        { href: `${canonicalUrl}/servers`, label: servers('title') },
        { href: `${canonicalUrl}/servers/${id}`, label: title },
      ]}
    >
      <div className="flex flex-col gap-6">
        {isAltered && (
          <Callout tone="bad" title={servers('state.altered')}>
            <p>{servers('settings.altered')}</p>
          </Callout>
        )}
        {isFile && (
          <Callout title={servers('settings.fileOwned')}>
            <p>{servers('settings.fileOwnedAbout')}</p>
          </Callout>
        )}
        <Card>
          <fieldset disabled={isFile}>
            <JsonForm
              readOnly={isFile}
              url={url}
              method="PUT"
              etag={etag}
              submit={servers('settings.save')}
              saved={servers('settings.saved')}
            >
              <ServerFields words={probeWords} values={body} />
              <p className="max-w-prose text-sm text-muted">{servers('settings.urlChanged')}</p>
              <Further body={body} />
            </JsonForm>
          </fieldset>
        </Card>
        {!isFile && (
          <Card title={servers('settings.remove')} description={servers('settings.removeAbout')}>
            <ActionButton
              url={url}
              method="DELETE"
              etag={etag}
              button={servers('settings.remove')}
              title={servers('settings.removeTitle', { title })}
              confirm={servers('settings.removeConfirm')}
              next={`${canonicalUrl}/servers`}
            >
              {servers('settings.removeDetail')}
            </ActionButton>
          </Card>
        )}
      </div>
    </ConsolePage>
  );
});

function Further({ body }: { readonly body: ServerBody }) {
  return (
    <>
      <TextField
        name="timeout_seconds"
        type="number"
        label={servers('settings.timeout')}
        description={servers('settings.timeoutAbout')}
        defaultValue={body.timeout_seconds}
      />
      <TextAreaField
        name="allow_methods"
        type="lines"
        label={servers('settings.allowMethods')}
        description={servers('settings.allowMethodsAbout')}
        defaultValue={body.allow_methods?.join('\n')}
        rows={3}
        mono
      />
      <TextAreaField
        name="without_attempt"
        type="lines"
        label={servers('settings.waivers')}
        description={servers('settings.waiversAbout')}
        defaultValue={body.without_attempt?.join('\n')}
        rows={3}
        mono
      />
    </>
  );
}
