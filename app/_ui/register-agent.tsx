'use client';

import { useState } from 'react';
import { CLIENT_ID_PATTERN } from '#lib/core';
import { AgentSecret } from '#ui/agent-secret.tsx';
import { useConsole } from '#ui/console-context.tsx';
import { SelectField, TextAreaField, TextField } from '#ui/fields.tsx';
import { JsonForm } from '#ui/json-form.tsx';
import type { AgentWords } from '#ui/messages.ts';

interface RegisterAgentProps {
  readonly words: AgentWords;
  /** With `CLIENT` where the client id belongs: what gets a token once the agent is there. */
  readonly tokenCommand: string;
  readonly clientPlace: string;
}

const GRANTS = {
  users: ['authorization_code', 'refresh_token'],
  itself: ['client_credentials'],
} as const;
type Acts = keyof typeof GRANTS;

/** Registers an agent; a secret that was made for it is shown in place of the form, once. */
export function RegisterAgent({ words, tokenCommand, clientPlace }: RegisterAgentProps) {
  const { canonicalUrl } = useConsole();
  const [acts, setActs] = useState<Acts>('itself');
  const [made, setMade] = useState<{ readonly clientId: string; readonly secret: string }>();
  const pageOf = (clientId: string) => `${canonicalUrl}/agents/${encodeURIComponent(clientId)}`;
  if (made !== undefined)
    return (
      <AgentSecret
        {...made}
        command={tokenCommand.replace(clientPlace, made.clientId)}
        words={words.secret}
        next={pageOf(made.clientId)}
      />
    );
  return (
    <JsonForm
      url={`${canonicalUrl}/api/v1/agents`}
      method="PUT"
      create
      idField="client_id"
      fixed={{ grant_types: GRANTS[acts] }}
      submit={words.submit}
      saved=""
      onDone={(answer) => {
        const { resource, secret } = answer as { resource: { id: string }; secret?: string };
        if (secret === undefined) location.assign(pageOf(resource.id));
        else setMade({ clientId: resource.id, secret });
      }}
    >
      <TextField
        name="client_id"
        label={words.clientId}
        description={words.clientIdAbout}
        rule={{ pattern: CLIENT_ID_PATTERN, message: words.clientIdWrong }}
        required
        mono
      />
      <TextField name="name" label={words.name} description={words.nameAbout} required />
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1.5 text-sm font-medium">{words.acts}</legend>
        {(['itself', 'users'] as const).map((choice) => (
          <label key={choice} className="flex items-center gap-2.5 text-sm">
            <input
              type="radio"
              className="tick"
              value={choice}
              checked={acts === choice}
              onChange={() => setActs(choice)}
            />
            {choice === 'itself' ? words.actsItself : words.actsUsers}
          </label>
        ))}
        <p className="text-sm text-muted">{acts === 'itself' ? words.actsItselfAbout : undefined}</p>
      </fieldset>
      <CredentialFields key={acts} acts={acts} words={words} />
      <TextField name="owner" label={words.owner} description={words.ownerAbout} type="text" />
    </JsonForm>
  );
}

/** How it proves who it is. An agent by itself can't do so with nothing. */
function CredentialFields({ acts, words }: { readonly acts: Acts; readonly words: AgentWords }) {
  const first = acts === 'itself' ? 'client_secret_basic' : 'none';
  const kinds = (['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const).filter(
    (kind) => acts === 'users' || kind !== 'none',
  );
  const [chosen, setChosen] = useState<string>(first);
  return (
    <>
      {acts === 'users' && (
        <TextAreaField
          name="redirect_uris"
          type="lines"
          label={words.redirects}
          description={words.redirectsAbout}
          rows={2}
          required
          mono
        />
      )}
      <SelectField
        name="authentication"
        label={words.authentication}
        options={kinds.map((value) => ({ value, label: words.auth[value] }))}
        defaultValue={first}
        onChoose={setChosen}
      />
      {chosen === 'private_key_jwt' && (
        <TextAreaField
          name="jwks"
          type="json"
          label={words.jwks}
          description={words.jwksAbout}
          rows={4}
          required
          mono
        />
      )}
    </>
  );
}
