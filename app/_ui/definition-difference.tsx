import { diffJson } from '#ui/json-diff.ts';
import { visibleText } from '#ui/visible-text.ts';

interface DefinitionDifferenceProps {
  readonly label: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly words: { readonly removedLine: string; readonly addedLine: string };
}

const LINES = {
  same: { sign: ' ', className: '' },
  removed: { sign: '−', className: 'bg-bad-wash text-bad' },
  added: { sign: '+', className: 'bg-good-wash text-good' },
} as const;

/** What was approved beside what is shown now, line by line; a sign and a word say what the colour says. */
export function DefinitionDifference({ label, before, after, words }: DefinitionDifferenceProps) {
  const said = { same: '', removed: `${words.removedLine}: `, added: `${words.addedLine}: ` };
  return (
    <section
      aria-label={label}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      className="relative max-h-96 overflow-auto rounded-md border border-line bg-canvas py-2 font-mono text-[0.8125rem] leading-relaxed"
    >
      {diffJson(before, after).map(({ kind, text }, index) => (
        <div
          key={`${index} ${text}`}
          className={`px-3 break-all whitespace-pre-wrap ${LINES[kind].className}`}
        >
          <span aria-hidden="true">{LINES[kind].sign} </span>
          <span className="sr-only">{said[kind]}</span>
          {visibleText(text)}
        </div>
      ))}
    </section>
  );
}
