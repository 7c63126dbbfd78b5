import { ActionButton } from '#ui/action-button.tsx';
import { Card } from '#ui/card.tsx';
import { TextField } from '#ui/fields.tsx';
import { JsonForm } from '#ui/json-form.tsx';
import { people } from '#ui/messages.ts';
import type { PersonView } from '#lib/runtime';

interface PersonActsProps {
  readonly person: PersonView;
  readonly canonicalUrl: string;
}

/** Disabling, enabling, signing out: what can be taken back. */
export function PersonActs({ person, canonicalUrl }: PersonActsProps) {
  const { reference, state, isSelf } = person;
  const api = `${canonicalUrl}/api/v1/people/${reference}`;
  const next = (done: string) => `${canonicalUrl}/people/${reference}?done=${done}`;
  const wordsOf = (act: 'disable' | 'enable' | 'signOut') => ({
    button: people(`${act}.button`),
    title: people(`${act}.title`),
    children: people(`${act}.detail`),
    confirm: people(`${act}.confirm`),
  });
  return (
    <>
      {person.sessions > 0 && (
        <ActionButton
          url={`${api}/sessions`}
          method="DELETE"
          next={next('signedOut')}
          tone="plain"
          {...wordsOf('signOut')}
        />
      )}
      {state === 'disabled' ? (
        <ActionButton
          url={`${api}/state`}
          method="POST"
          body={{ state: 'active' }}
          next={next('enabled')}
          tone="primary"
          {...wordsOf('enable')}
        />
      ) : (
        !isSelf && (
          <ActionButton
            url={`${api}/state`}
            method="POST"
            body={{ state: 'disabled' }}
            next={next('disabled')}
            {...wordsOf('disable')}
          />
        )
      )}
    </>
  );
}

/** What can't be taken back: the reference is typed once more. */
export function ErasePerson({ person, canonicalUrl }: PersonActsProps) {
  const { reference, isSelf } = person;
  return (
    <Card title={people('erase.title')}>
      <div className="flex max-w-prose flex-col gap-3 text-sm">
        <p>{people('erase.reaches')}</p>
        <p className="text-muted">{people('erase.not')}</p>
        {isSelf && <p className="text-muted">{people('erase.self')}</p>}
      </div>
      {!isSelf && (
        <div className="mt-5">
          <JsonForm
            url={`${canonicalUrl}/api/v1/people/${reference}/erasure`}
            method="POST"
            tone="danger"
            submit={people('erase.button')}
            next={`${canonicalUrl}/people?done=erased`}
          >
            <TextField name="confirm" label={people('erase.field')} description={reference} mono keepEmpty />
          </JsonForm>
        </div>
      )}
    </Card>
  );
}
