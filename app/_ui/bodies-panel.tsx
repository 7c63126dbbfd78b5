'use client';

import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, SubmitButton } from '#ui/button.tsx';
import { CodeBlock } from '#ui/code.tsx';
import { useConsole } from '#ui/console-context.tsx';
import { indentJson } from '#ui/indent-json.ts';
import type { ReceiptWords } from '#ui/messages.ts';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import { saveFile } from '#ui/save-file.ts';
import { useJsonRequest } from '#ui/use-json-request.ts';
import { visibleText } from '#ui/visible-text.ts';

type Words = ReceiptWords['bodies'];

interface Opened {
  readonly reading: string;
  readonly receipts: readonly {
    readonly id: string;
    readonly kind: string;
    readonly bodies: Readonly<Record<string, string>>;
  }[];
}

/** More than this in one piece makes a page slow, and nobody reads it there. */
const SHOWN_CHARS_MAX = 64 * 1024;

interface BodiesPanelProps {
  /** Where the form goes without scripts: the bodies as plain text. */
  readonly action: string;
  readonly receipt: string;
  readonly words: Words;
  /** The token of the form. */
  readonly children: ReactNode;
}

/** Opens the bodies of a call on the page. A button and never a link: each opening is in the log before anything is shown. */
export function BodiesPanel({ action, receipt, words, children }: BodiesPanelProps) {
  const { canonicalUrl } = useConsole();
  const [opened, setOpened] = useState<Opened>();
  const { pending, problem, send } = useJsonRequest<Opened>();
  const open = async (event: FormEvent) => {
    event.preventDefault();
    const outcome = await send({ url: `${canonicalUrl}/api/v1/receipts/${receipt}/bodies`, method: 'POST' });
    if (outcome?.ok === true) setOpened(outcome.body);
  };
  return (
    <div className="flex flex-col gap-4">
      {opened === undefined && (
        <form action={action} method="post" onSubmit={(event) => void open(event)}>
          {children}
          <SubmitButton tone="plain">{pending ? words.busy : words.button}</SubmitButton>
        </form>
      )}
      {problem !== undefined && <ProblemCallout problem={problem} />}
      <div aria-live="polite" className="flex flex-col gap-4">
        {opened !== undefined && (
          <Shown opened={opened} words={words} readings={`${canonicalUrl}/receipts/${opened.reading}`} />
        )}
      </div>
    </div>
  );
}

function Shown({
  opened,
  words,
  readings,
}: {
  readonly opened: Opened;
  readonly words: Words;
  readonly readings: string;
}) {
  // The order in which things happened: the attempt's arguments, then the outcome's result.
  const inOrder = [...opened.receipts].sort((left, right) => rank(left.kind) - rank(right.kind));
  const pieces = inOrder.flatMap(({ id, bodies }) =>
    Object.entries(bodies).map(([name, text]) => ({ id, name, text })),
  );
  return (
    <>
      <p className="text-sm">
        <a className="link" href={readings}>
          {words.reading}
        </a>
      </p>
      {pieces.length === 0 && <p className="text-sm text-muted">{words.none}</p>}
      {pieces.map(({ id, name, text }) => (
        <Body key={`${id} ${name}`} name={name} text={text} file={`${id}.${name}.json`} words={words} />
      ))}
    </>
  );
}

function rank(kind: string): number {
  return kind === 'attempt' ? 0 : 1;
}

interface BodyProps {
  readonly name: string;
  readonly text: string;
  readonly file: string;
  readonly words: Words;
}

/** One body, laid out for reading; the file is what was hashed, byte for byte. */
function Body({ name, text, file, words }: BodyProps) {
  const label = name in words.name ? words.name[name as keyof Words['name']] : visibleText(name);
  const laidOut = text.length <= SHOWN_CHARS_MAX ? indentJson(text) : text;
  const shown = laidOut.slice(0, SHOWN_CHARS_MAX);
  return (
    <section aria-label={label}>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-sm font-semibold">{label}</h3>
        <Button onClick={() => saveFile(text, file, 'application/json')}>
          {words.download}
          <span className="sr-only"> {label}</span>
        </Button>
      </div>
      <CodeBlock label={label} wrap>
        {visibleText(shown)}
      </CodeBlock>
      {shown.length < laidOut.length && (
        <p className="mt-1 text-sm text-muted">
          {words.cut.replace('{shown}', String(shown.length)).replace('{total}', String(laidOut.length))}
        </p>
      )}
    </section>
  );
}
