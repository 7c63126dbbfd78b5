'use client';

import { DNS_LABEL_PATTERN } from '#lib/core';
import { CheckboxField, SelectField, TextField } from '#ui/fields.tsx';
import type { ProbeWords } from '#ui/messages.ts';

interface ServerFieldsProps {
  readonly words: ProbeWords;
  readonly isNew?: boolean;
  readonly values?: {
    readonly url?: string;
    readonly title?: string;
    readonly credential?: { readonly user?: string; readonly agent?: string };
    readonly email?: boolean;
  };
}

/** What every server has, new or known. Empty: that mode is not served. */
export function ServerFields({ words, isNew = false, values = {} }: ServerFieldsProps) {
  const { step, kind } = words;
  const options = [
    { value: 'minted', label: kind.minted },
    { value: 'none', label: kind.none },
    { value: '', label: kind.closed },
  ];
  const chosen = (value: string | undefined, fresh: string) => (isNew ? fresh : (value ?? ''));
  return (
    <>
      <TextField
        name="url"
        type="url"
        label={step.url}
        description={step.urlAbout}
        placeholder="https://mcp.example.com/mcp"
        defaultValue={values.url}
        required
        mono
      />
      {isNew && (
        <TextField
          name="id"
          label={step.id}
          description={step.idAbout}
          rule={{ pattern: DNS_LABEL_PATTERN, message: step.idWrong }}
          required
          mono
        />
      )}
      <TextField
        name="title"
        label={step.name}
        description={step.nameAbout}
        defaultValue={values.title}
        required
      />
      <SelectField
        name="credential.user"
        label={step.credentialUser}
        options={options}
        defaultValue={chosen(values.credential?.user, 'minted')}
      />
      <SelectField
        name="credential.agent"
        label={step.credentialAgent}
        options={options}
        defaultValue={chosen(values.credential?.agent, '')}
      />
      <CheckboxField
        name="email"
        label={step.email}
        description={step.emailAbout}
        defaultChecked={values.email ?? false}
      />
    </>
  );
}
