import { Card } from '#ui/card.tsx';
import { TextAreaField, TextField } from '#ui/fields.tsx';
import { JsonForm } from '#ui/json-form.tsx';
import { agents, agentWords } from '#ui/messages.ts';
import { RemoveAgent } from '#ui/remove-agent.tsx';
import { RotateSecret } from '#ui/rotate-secret.tsx';
import { visibleText } from '#ui/visible-text.ts';

/** An agent that an admin registered, in the words of the API. */
export interface AgentBody {
  readonly name: string;
  readonly owner?: string;
  readonly redirect_uris?: readonly string[];
  readonly grant_types?: readonly string[];
  readonly authentication?: string;
  readonly jwks?: unknown;
}

interface AgentAdminProps {
  readonly clientId: string;
  readonly canonicalUrl: string;
  readonly etag: string;
  readonly body: AgentBody;
  readonly tokenCommand: string;
}

/** What an admin may change of an agent that the console owns. */
export function AgentAdmin({ clientId, canonicalUrl, etag, body, tokenCommand }: AgentAdminProps) {
  const name = visibleText(body.name);
  const url = `${canonicalUrl}/api/v1/agents/${encodeURIComponent(clientId)}`;
  const page = `${canonicalUrl}/agents/${encodeURIComponent(clientId)}`;
  const hasSecret = body.authentication?.startsWith('client_secret') === true;
  const usesRedirects = body.grant_types?.includes('authorization_code') === true;
  const { grant_types, authentication, jwks } = body;
  return (
    <>
      <Card title={agents('view.editTitle')}>
        <JsonForm
          url={url}
          method="PUT"
          etag={etag}
          fixed={{ grant_types, authentication, ...(jwks === undefined ? {} : { jwks }) }}
          submit={agents('view.save')}
          saved={agents('view.saved')}
        >
          <TextField
            name="name"
            label={agents('new.name')}
            description={agents('new.nameAbout')}
            defaultValue={body.name}
            required
          />
          <TextField
            name="owner"
            label={agents('new.owner')}
            description={agents('new.ownerAbout')}
            defaultValue={body.owner}
          />
          {usesRedirects && (
            <TextAreaField
              name="redirect_uris"
              type="lines"
              label={agents('new.redirects')}
              description={agents('new.redirectsAbout')}
              defaultValue={body.redirect_uris?.join('\n')}
              rows={3}
              mono
            />
          )}
        </JsonForm>
      </Card>
      {hasSecret && (
        <Card title={agents('view.rotate')} description={agents('view.rotateDetail')}>
          <RotateSecret
            clientId={clientId}
            url={`${url}/secret`}
            page={page}
            command={tokenCommand}
            words={agentWords.secret}
            button={agents('view.rotate')}
            title={agents('view.rotateTitle', { name })}
            confirm={agents('view.rotateConfirm')}
          >
            {agents('view.rotateDetail')}
          </RotateSecret>
        </Card>
      )}
      <RemoveAgent name={name} url={url} etag={etag} canonicalUrl={canonicalUrl}>
        {agents('view.removeDetail')}
      </RemoveAgent>
    </>
  );
}
