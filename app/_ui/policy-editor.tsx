'use client';

import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { POLICY_ID_PATTERN } from '#lib/core';
import { Button } from '#ui/button.tsx';
import { CedarArea } from '#ui/cedar-area.tsx';
import { useConsole } from '#ui/console-context.tsx';
import { DifferenceView, type DifferenceWords, type DifferentPolicy } from '#ui/difference-view.tsx';
import type { PolicyEditorWords } from '#ui/messages.ts';
import { PolicyConflict } from '#ui/policy-conflict.tsx';
import type { QuestionChoices } from '#ui/policy-question.tsx';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import { useDraftCheck } from '#ui/use-draft-check.ts';
import { useJsonRequest } from '#ui/use-json-request.ts';

/** Asked for only when somebody wants to try: it is as large as the rest of the page. */
const PolicyQuestion = lazy(async () => ({
  default: (await import('#ui/policy-question.tsx')).PolicyQuestion,
}));

interface PolicyEditorProps {
  /** Absent: a new one. */
  readonly id?: string;
  readonly text: string;
  readonly etag?: string;
  readonly readOnly: boolean;
  readonly choices: QuestionChoices;
  readonly words: PolicyEditorWords;
  readonly differenceWords: DifferenceWords;
}

interface Stored {
  readonly text: string;
  readonly etag: string | undefined;
}

/** One policy: written, checked while it is written, tried on requests, and saved after a look at what changes. */
export function PolicyEditor({ words, differenceWords, readOnly, choices, ...given }: PolicyEditorProps) {
  const { canonicalUrl } = useConsole();
  const [id, setId] = useState(given.id ?? '');
  const [text, setText] = useState(given.text);
  const [stored, setStored] = useState<Stored>({ text: given.text, etag: given.etag });
  const [review, setReview] = useState<readonly DifferentPolicy[]>();
  const [note, setNote] = useState('');
  const [theirs, setTheirs] = useState<Stored | 'gone'>();
  const [trying, setTrying] = useState(false);
  const isMisnamed = id !== '' && !new RegExp(POLICY_ID_PATTERN).test(id);
  const [asked, setAsked] = useState(false);
  const idProblem = isMisnamed ? words.idWrong : asked && id === '' ? words.idNeeded : '';
  const { check, run } = useDraftCheck(isMisnamed ? '' : id, text);
  const { pending, problem, send } = useJsonRequest<{ readonly text?: string }>();
  const reading = useJsonRequest<{ readonly body: { readonly text: string } }>();
  const dirty = text !== stored.text && !readOnly;
  const leaving = useWarning(dirty);
  const url = `${canonicalUrl}/api/v1/policies/${encodeURIComponent(id)}`;
  const problems = check.state === 'checked' && check.text === text ? check.validation.problems : [];

  const showReview = async () => {
    setNote('');
    if (id === '' || isMisnamed) {
      setAsked(true);
      document.getElementById('policy-id')?.focus();
      return;
    }
    const found = await run();
    if (found.state !== 'checked') return;
    const { validation } = found;
    if (validation.problems.length > 0) setNote(words.mendFirst);
    else if (validation.difference.length === 0) setNote(words.nothingChanged);
    else setReview(validation.difference);
  };

  const save = async () => {
    // Nothing is there yet, or no longer: then nothing of somebody else's is overwritten either.
    const create = stored.etag === undefined;
    const condition = create ? { create } : { etag: stored.etag };
    const outcome = await send({ url, method: 'PUT', body: { text }, ...condition });
    if (outcome === undefined) return;
    setReview(undefined);
    if (outcome.ok) {
      leaving.allow();
      setStored({ text, etag: outcome.etag ?? stored.etag });
      if (given.id === undefined) location.assign(`${canonicalUrl}/policies/${encodeURIComponent(id)}`);
      else setNote(words.saved);
    } else if (outcome.problem.status === 412) {
      const now = await reading.send({ url, method: 'GET' });
      if (now?.ok) setTheirs({ text: now.body.body.text, etag: now.etag });
      else if (now?.problem.status === 404) setTheirs('gone');
    }
  };

  return (
    <div className="flex flex-col gap-6">
      {theirs !== undefined && (
        <PolicyConflict
          theirs={theirs === 'gone' ? undefined : theirs.text}
          mine={text}
          words={words}
          onTake={() => {
            if (theirs !== 'gone') setText(theirs.text);
            setStored(theirs === 'gone' ? { text: '', etag: undefined } : theirs);
            setTheirs(undefined);
          }}
          onKeep={() => {
            setStored(theirs === 'gone' ? { text: '', etag: undefined } : theirs);
            setTheirs(undefined);
          }}
        />
      )}
      {problem !== undefined && problem.status !== 412 && <ProblemCallout problem={problem} />}
      {check.state === 'failed' && <ProblemCallout problem={check.problem} />}
      {given.id === undefined && (
        <div className="max-w-xl">
          <label htmlFor="policy-id" className="text-sm font-medium">
            {words.id}
          </label>
          <input
            id="policy-id"
            className="control mt-1.5 font-mono"
            value={id}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            aria-describedby="policy-id-about policy-id-problem"
            aria-invalid={idProblem !== ''}
            onChange={(event) => setId(event.target.value.trim())}
          />
          <p id="policy-id-about" className="mt-1 text-sm text-muted">
            {words.idAbout}
          </p>
          <p id="policy-id-problem" className="mt-1 text-sm text-bad">
            {idProblem}
          </p>
        </div>
      )}
      <div>
        <CedarArea
          id="policy-text"
          label={words.text}
          value={text}
          onChange={(value) => {
            setText(value);
            setReview(undefined);
            setNote('');
          }}
          readOnly={readOnly}
          problems={problems}
          words={words}
        />
        <output className="mt-2 block text-sm text-muted">
          {check.state === 'checked' && check.text === text
            ? problems.length === 0
              ? words.noProblems
              : `${words.problems}: ${problems.length}`
            : check.state === 'failed'
              ? ''
              : words.checking}
        </output>
      </div>
      {review !== undefined && (
        <section aria-label={words.reviewTitle} className="flex flex-col gap-4">
          <div>
            <h2 className="font-semibold">{words.reviewTitle}</h2>
            <p className="text-sm text-muted">{words.reviewAbout}</p>
          </div>
          <DifferenceView policies={review} words={differenceWords} />
          <div className="flex flex-wrap gap-2">
            <Button tone="primary" aria-disabled={pending} onClick={() => void save()}>
              {words.save}
            </Button>
            <Button onClick={() => setReview(undefined)}>{words.goOn}</Button>
          </div>
        </section>
      )}
      <div className="flex flex-wrap items-center gap-3">
        {!readOnly && review === undefined && (
          <Button tone="primary" onClick={() => void showReview()}>
            {words.review}
          </Button>
        )}
        {!trying && <Button onClick={() => setTrying(true)}>{words.question}</Button>}
        <output className="text-sm">{note}</output>
      </div>
      {trying && (
        <section aria-label={words.question} className="border-t border-line pt-6">
          <h2 className="font-semibold">{words.question}</h2>
          <p className="mb-4 text-sm text-muted">{words.questionAbout}</p>
          <Suspense>
            <PolicyQuestion
              choices={choices}
              words={words}
              policies={dirty ? { [id === '' ? 'new' : id]: text } : {}}
            />
          </Suspense>
        </section>
      )}
    </div>
  );
}

/** What was typed is not lost by a wrong click: the browser asks first. */
function useWarning(dirty: boolean) {
  const ask = useRef(dirty);
  useEffect(() => {
    ask.current = dirty;
  }, [dirty]);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (ask.current) event.preventDefault();
    };
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, []);
  return {
    allow: () => {
      ask.current = false;
    },
  };
}
