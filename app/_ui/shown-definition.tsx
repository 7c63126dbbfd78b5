import { useId } from 'react';
import { Badge } from '#ui/plain-badge.tsx';
import { CodeBlock } from '#ui/code.tsx';
import { DefinitionDifference } from '#ui/definition-difference.tsx';
import type { ProbeWords } from '#ui/messages.ts';
import { fillWords } from '#ui/fill-words.ts';
import type { ShownDefinition } from '#ui/shown-server.ts';
import { Quoted } from '#ui/quoted.tsx';
import { visibleText } from '#ui/visible-text.ts';

interface DefinitionCardProps {
  readonly definition: ShownDefinition;
  readonly words: ProbeWords;
  readonly chosen: boolean;
  readonly onChoose: (chosen: boolean) => void;
  /** Why nobody could call it, where that is so. */
  readonly unusable: string | undefined;
}

const TONES = { new: 'accent', same: 'good', changed: 'bad' } as const;
const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;

/** One definition in its server's words, with the tick that approves it. */
export function DefinitionCard({ definition, words, chosen, onChoose, unusable }: DefinitionCardProps) {
  const id = useId();
  const { name, kind, status, pinned } = definition;
  const body = definition.definition;
  const { description, title, inputSchema } = body;
  return (
    <li className="flex flex-col gap-2 border-t border-line py-3 first:border-t-0">
      <div className="flex items-start gap-2.5 text-sm">
        <input
          id={id}
          type="checkbox"
          className="tick"
          checked={chosen}
          onChange={(event) => onChoose(event.target.checked)}
        />
        <div className="flex min-w-0 flex-wrap items-center gap-2">
          <label htmlFor={id} className="font-mono text-[0.8125rem] font-medium break-all">
            {visibleText(name)}
          </label>
          <Badge tone={TONES[status]}>{words.status[status]}</Badge>
        </div>
      </div>
      <div className="flex flex-col gap-2 pl-7 text-sm">
        {typeof title === 'string' && (
          <p className="font-medium">
            <Quoted>{title}</Quoted>
          </p>
        )}
        {typeof description === 'string' && (
          <blockquote className="border-l-2 border-line pl-3 text-muted">
            <Quoted>{description}</Quoted>
          </blockquote>
        )}
        <Hints annotations={body['annotations']} words={words} />
        {unusable !== undefined && (
          <p className="text-bad">{fillWords(words.unusable, { message: unusable })}</p>
        )}
        {pinned !== undefined && (
          <div className="flex flex-col gap-1">
            <p className="font-medium">{words.difference}</p>
            <DefinitionDifference
              label={`${words.difference}: ${visibleText(name)}`}
              before={pinned.definition}
              after={body}
              words={words}
            />
          </div>
        )}
        {kind === 'tool' && inputSchema !== undefined && (
          <Whole summary={words.schema} name={name} value={inputSchema} />
        )}
        <Whole summary={words.definition} name={name} value={body} />
      </div>
    </li>
  );
}

function Whole({
  summary,
  name,
  value,
}: {
  readonly summary: string;
  readonly name: string;
  readonly value: unknown;
}) {
  return (
    <details>
      <summary className="text-muted">{summary}</summary>
      <div className="pt-2">
        <CodeBlock label={`${summary}: ${visibleText(name)}`} wrap>
          {visibleText(JSON.stringify(value, null, 2))}
        </CodeBlock>
      </div>
    </details>
  );
}

/** What a server claims about its tool. It is shown, and decides nothing. */
function Hints({ annotations, words }: { readonly annotations: unknown; readonly words: ProbeWords }) {
  if (typeof annotations !== 'object' || annotations === null) return undefined;
  const claimed = HINTS.filter((hint) => (annotations as Record<string, unknown>)[hint] === true);
  if (claimed.length === 0) return undefined;
  return (
    <p className="text-muted">
      {words.hints} {claimed.map((hint) => words.hint[hint]).join(', ')}. {words.hintNote}
    </p>
  );
}
