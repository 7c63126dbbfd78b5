import { Code } from '#ui/code.tsx';
import { hosted } from '#ui/messages.ts';
import { Quoted } from '#ui/quoted.tsx';
import { visibleText } from '#ui/visible-text.ts';

type Tools = readonly { readonly name: string; readonly description?: string }[];

interface ConsentToolsProps {
  readonly tools: Tools;
  readonly mayAllow: boolean;
}

/** As many as are read at a glance; the rest is one click away, and counted. */
const SHOWN = 5;
/** One more is not worth a click. */
const SHOWN_MAX = SHOWN + 1;

/** What the agent could call, each in the server's own words as an admin approved them. */
export function ConsentTools({ tools, mayAllow }: ConsentToolsProps) {
  const shown = tools.length > SHOWN_MAX ? tools.slice(0, SHOWN) : tools;
  const rest = tools.slice(shown.length);
  return (
    <section aria-labelledby="tools">
      <h2 id="tools" className="mb-2 text-sm font-semibold">
        {hosted(mayAllow ? 'consent.tools' : 'consent.toolsIfAdmitted')}
      </h2>
      {tools.length === 0 && <p className="text-sm text-muted">{hosted('consent.noTools')}</p>}
      <List tools={shown} />
      {rest.length > 0 && (
        <details className="mt-2">
          <summary className="min-h-6 text-sm">{hosted('consent.moreTools', { count: rest.length })}</summary>
          <div className="mt-2">
            <List tools={rest} />
          </div>
        </details>
      )}
    </section>
  );
}

function List({ tools }: { readonly tools: Tools }) {
  if (tools.length === 0) return undefined;
  return (
    <ul className="flex flex-col gap-2">
      {tools.map(({ name, description }) => (
        <li key={name} className="border-l-2 border-line pl-3">
          <Code>{visibleText(name)}</Code>
          {description !== undefined && (
            <div className="line-clamp-2 text-xs text-muted">
              <Quoted>{description}</Quoted>
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}
