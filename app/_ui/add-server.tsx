'use client';

import { useEffect, useRef, useState } from 'react';
import { Button } from '#ui/button.tsx';
import { useConsole } from '#ui/console-context.tsx';
import { Facts } from '#ui/facts.tsx';
import { JsonForm } from '#ui/json-form.tsx';
import type { ProbeWords } from '#ui/messages.ts';
import { ProbeView } from '#ui/probe-view.tsx';
import { chosenNames, type ShownServer, unapproved } from '#ui/shown-server.ts';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import { ServerFields } from '#ui/server-fields.tsx';
import { useJsonRequest } from '#ui/use-json-request.ts';
import { visibleText } from '#ui/visible-text.ts';

type Entered = Readonly<Record<string, unknown>>;

/**
 * A server by its URL, in two steps: what it offers is seen before anything is stored, and stored is exactly what was
 * looked at. What was typed stays while one goes back and forth.
 */
export function AddServer({ words }: { readonly words: ProbeWords }) {
  const { canonicalUrl } = useConsole();
  const [shown, setShown] = useState<ShownServer>();
  const [entered, setEntered] = useState<Entered>({});
  const { step } = words;
  return (
    <>
      <div hidden={shown !== undefined}>
        <h2 className="mb-4 text-lg font-semibold">{step.stepOne}</h2>
        <JsonForm
          url={`${canonicalUrl}/api/v1/servers/probe`}
          method="POST"
          submit={step.look}
          saved=""
          onDone={(answer, sent) => {
            setEntered(sent);
            setShown(answer as ShownServer);
          }}
        >
          <ServerFields words={words} isNew />
        </JsonForm>
      </div>
      {shown !== undefined && (
        <Offered shown={shown} entered={entered} words={words} onBack={() => setShown(undefined)} />
      )}
    </>
  );
}

interface OfferedProps {
  readonly shown: ShownServer;
  readonly entered: Entered;
  readonly words: ProbeWords;
  readonly onBack: () => void;
}

function Offered({ shown, entered, words, onBack }: OfferedProps) {
  const { canonicalUrl } = useConsole();
  const { step } = words;
  const [chosen, setChosen] = useState(() => unapproved(shown));
  const [added, setAdded] = useState(false);
  const saving = useJsonRequest();
  const approving = useJsonRequest();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);

  const { id, ...body } = entered;
  const page = `${canonicalUrl}/servers/${encodeURIComponent(String(id))}`;
  const url = `${canonicalUrl}/api/v1/servers/${encodeURIComponent(String(id))}`;
  const save = async () => {
    if (!added) {
      const saved = await saving.send({ url, method: 'PUT', body, create: true });
      if (saved?.ok !== true) return;
      setAdded(true);
    }
    const approval = { listing_sha256: shown.listing_sha256, definitions: chosenNames(shown, chosen) };
    const approved = await approving.send({ url: `${url}/approval`, method: 'POST', body: approval });
    if (approved?.ok === true) location.assign(page);
  };
  const pending = saving.pending || approving.pending;
  return (
    <div className="flex flex-col gap-5">
      <h2 ref={heading} tabIndex={-1} className="text-lg font-semibold">
        {step.stepTwo}
      </h2>
      <Summary entered={entered} words={words} />
      <ProbeView server={shown} words={words} chosen={chosen} onChoose={setChosen} />
      {saving.problem !== undefined && <ProblemCallout problem={saving.problem} />}
      {approving.problem !== undefined && <ProblemCallout problem={approving.problem} />}
      {added && approving.problem !== undefined && (
        <p className="text-sm">
          {step.half}{' '}
          <a className="link" href={`${page}/definitions`}>
            {step.halfLink}
          </a>
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button tone="primary" aria-disabled={pending} onClick={() => void save()}>
          {pending ? step.approving : step.approve}
        </Button>
        {!added && <Button onClick={onBack}>{step.change}</Button>}
      </div>
    </div>
  );
}

function Summary({ entered, words }: Pick<OfferedProps, 'entered' | 'words'>) {
  const { step, kind } = words;
  const credential = (entered['credential'] ?? {}) as { readonly user?: string; readonly agent?: string };
  const named = (value: string | undefined) => kind[(value ?? 'closed') as keyof typeof kind] ?? value;
  return (
    <Facts
      rows={[
        [
          step.url,
          <code key="url" className="font-mono text-[0.8125rem] break-all">
            {visibleText(String(entered['url']))}
          </code>,
        ],
        [step.id, String(entered['id'])],
        [step.name, visibleText(String(entered['title']))],
        [step.users, named(credential.user)],
        [step.agents, named(credential.agent)],
      ]}
    />
  );
}
