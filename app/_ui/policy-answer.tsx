import type { TestAnswer } from '#api/policy-wire.ts';
import type { PolicyEditorWords } from '#ui/messages.ts';

type Side = TestAnswer['sides'][number];

/** What a call would be answered, as its receipt would say it, and what each side's policies made of it. */
export function PolicyAnswer({
  answer,
  words,
}: {
  readonly answer: TestAnswer;
  readonly words: PolicyEditorWords;
}) {
  const allowed = answer.effect === 'allow';
  return (
    <div className="flex flex-col gap-4 text-sm">
      <div className={`rounded-lg px-4 py-3 ${allowed ? 'bg-good-wash text-good' : 'bg-bad-wash text-bad'}`}>
        <p className="font-semibold">
          <span aria-hidden="true">{allowed ? '✓ ' : '✕ '}</span>
          {words[answer.effect]}
        </p>
        {answer.argument_problems.length === 0 &&
          answer.reasons.map((reason) => (
            <p key={reason} className="break-words">
              {reason}
            </p>
          ))}
        {answer.argument_problems.length > 0 && (
          <>
            <p>{words.argumentProblems}:</p>
            <ul className="list-disc pl-5">
              {answer.argument_problems.map(({ path, message }) => (
                <li key={`${path} ${message}`} className="break-words">
                  {path !== '' && <code className="font-mono text-xs">{path} </code>}
                  {message}
                </li>
              ))}
            </ul>
          </>
        )}
        {answer.hidden && <p>{words.hidden}</p>}
      </div>
      <p className="break-all">
        <span className="text-muted">{words.decidedBy}: </span>
        {answer.policies.length === 0 ? words.nobodyDecided : answer.policies.join(', ')}
      </p>
      {answer.sides.map((side) => (
        <SideAnswer key={side.side} side={side} words={words} />
      ))}
    </div>
  );
}

function SideAnswer({ side, words }: { readonly side: Side; readonly words: PolicyEditorWords }) {
  return (
    <section>
      <p className="font-medium">
        {side.side === 'person' ? words.sidePerson : words.sideAgent}: {words[side.effect]}
      </p>
      <ul className="mt-1 flex flex-col gap-1.5">
        {side.satisfied.map(({ id, effect, reason }) => (
          <li key={id} className="break-words">
            <span className="font-medium">{id}</span> {effect === 'permit' ? words.permits : words.forbids}
            {reason !== undefined && <span className="text-muted">: {reason}</span>}
          </li>
        ))}
        {side.errors.map((id) => (
          <li key={id} className="text-bad">
            <span className="font-medium">{id}</span> {words.errs}
          </li>
        ))}
        {side.satisfied.length === 0 && side.errors.length === 0 && <li>{words.nothingApplies}</li>}
        {side.near.map(({ id, effect, because, clause }) => (
          <li key={id} className="break-words text-muted">
            <span className="font-medium">{id}</span>{' '}
            {because === 'principal'
              ? words.elsewhere
              : effect === 'permit'
                ? words.wouldPermit
                : words.wouldForbid}{' '}
            <code className="font-mono text-xs">{clause === '' ? words.deepCondition : clause}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
